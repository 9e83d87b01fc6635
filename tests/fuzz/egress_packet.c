/* SPDX-License-Identifier: GPL-3.0-or-later */
/* egress_packet.c feeds packets, each behind two bytes that say how long it is, to the judge. None
 * is let through but by the rules' word. */
#include <stdint.h>
#include <stdlib.h>
#include "egress/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

static enum judge_word answer(void *context, const struct packet *segment,
                              const struct hello *hello)
{
    (void)segment;
    *(int *)context += 1;
    return hello && hello->name[0] == 'd' ? JUDGE_LET : JUDGE_REFUSE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int asked = 0;
    autojudge struct judge *j = NULL;
    if (judge_new(answer, &asked, &j) != 0)
        return 0;
    uint64_t now = 0;
    for (size_t at = 0; size - at >= 2;) {
        size_t len = (size_t)data[at] << 8 | data[at + 1], bytes;
        at += 2;
        len = len < size - at ? len : size - at;
        struct packet p;
        enum judge_why why;
        int before = asked;
        if (packet_read(data + at, len, &p) == 0) {
            MUST(p.len <= len &&
                 (p.len == 0 || (p.data >= data + at && p.data + p.len <= data + at + len)));
            MUST(judge_take(j, &p, now, &why) != JUDGE_LET || asked == before + 1);
        }
        MUST(judge_flows(j, &bytes) <= JUDGE_FLOWS_MAX && bytes <= JUDGE_BYTES_MAX);
        at += len;
        now += 1000000000;
    }
    return 0;
}

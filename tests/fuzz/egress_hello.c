/* SPDX-License-Identifier: GPL-3.0-or-later */
/* egress_hello.c feeds bytes to the reading of a ClientHello, in segments of a size that the first
 * byte says. What is found must not depend on how it came. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "egress/hello.h"
#include "egress/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

/* The first answer that is not HELLO_MORE, segment by segment. */
static enum hello_found in_segments(const uint8_t *data, size_t size, size_t segment,
                                    struct hello *ret)
{
    autostream struct stream *s = NULL;
    if (stream_new(UINT32_MAX - 100, &s) != 0)
        return HELLO_MORE;
    for (size_t at = 0; at < size; at += segment) {
        enum stream_taken taken;
        size_t len = segment < size - at ? segment : size - at, have;
        uint32_t sequence = UINT32_MAX - 99 + (uint32_t)at;
        if (stream_take(s, sequence, data + at, len, HELLO_MAX * 2, &taken) != 0)
            return HELLO_MORE;
        MUST(taken == STREAM_GREW);
        MUST(stream_take(s, sequence, data + at, len, HELLO_MAX * 2, &taken) == 0 &&
             taken == STREAM_OLD);
        const uint8_t *all = stream_data(s, &have);
        MUST(have == at + len);
        enum hello_found found = hello_read(all, have, ret);
        if (found != HELLO_MORE)
            return found;
    }
    return HELLO_MORE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hello whole = {.name = ""}, parts = {.name = ""};
    char normal[NAME_CAP];
    if (size < 1 || size > HELLO_MAX)
        return 0;
    enum hello_found found = hello_read(data + 1, size - 1, &whole);
    MUST(in_segments(data + 1, size - 1, (size_t)data[0] + 1, &parts) == found);
    MUST(strcmp(whole.name, parts.name) == 0 && whole.hidden == parts.hidden);
    if (found == HELLO_NAMED)
        MUST(name_normal(whole.name, strlen(whole.name), normal) == 0 &&
             strcmp(normal, whole.name) == 0);
    else
        MUST(!whole.name[0]);
    return 0;
}

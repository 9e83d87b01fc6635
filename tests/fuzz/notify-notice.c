/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify-notice.c feeds bytes to what sekisho-notify reads from its connection. What is taken gives a text of
 * printable lines without any byte that was not in a table, an id or a time. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "notify/notice.h"
#include "record/record.h"

#define NOTICE_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autojson json_t *message = NULL;
    autobuf struct buf subject = {0}, text = {0};
    struct notice n;
    if (record_parse((const char *)data, size, NOTICE_MAX, &message) != 0 || notice_read(message, &n) != 0)
        return 0;
    MUST(notice_subject(&n, "pc\r\nBcc: x", &subject) == 0 && notice_text(&n, "pc\r\nBcc: x", &text) == 0);
    MUST(!strpbrk(subject.data, "\r\n") && !strchr(text.data, '\r') && strlen(text.data) == text.len);
    MUST(str_is_utf8(text.data, text.len) && strspn(n.incident + 2, "0123456789-") == strlen(n.incident) - 2);
    return 0;
}

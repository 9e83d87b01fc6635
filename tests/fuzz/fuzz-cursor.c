/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz-cursor.c owns the fuzzing of struct cursor: the input is a list of reads, then the bytes that
 * they read. It must never touch the bytes but through the cursor. */
#include <stdlib.h>
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t sink; /* so that no read is optimised away */

static size_t read_one(struct cursor *c, uint8_t kind)
{
    const char *text = NULL;
    size_t len = 0;
    switch (kind % 7) {
    case 0:
        return cursor_u8(c);
    case 1:
        return cursor_u16(c);
    case 2:
        return cursor_u32(c);
    case 3:
        return (size_t)cursor_u64(c);
    case 4:
        text = cursor_str(c, kind, &len);
        break;
    case 5:
        if (!cursor_line(c, &text, &len))
            len = 0;
        break;
    default:
        len = kind;
        text = cursor_bytes(c, len);
        if (!text)
            len = 0;
    }
    size_t sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += (unsigned char)text[i];
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t reads = data[0] < size ? data[0] : size - 1;
    struct cursor c;
    cursor_init(&c, data + 1 + reads, size - 1 - reads);
    for (size_t i = 0; i < reads; i++)
        sink = read_one(&c, data[1 + i]);
    if (cursor_done(&c) == 0 && (c.err || c.left))
        abort();
    return 0;
}

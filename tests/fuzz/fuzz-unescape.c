/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz-unescape.c owns the fuzzing of str_escape and str_unescape: any bytes come back unchanged, the
 * escaped form is clean, and unescaping what a peer sent is bounded. */
#include <stdlib.h>
#include <string.h>
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autobuf struct buf escaped = {0}, back = {0}, raw = {0};
    const char *bytes = (const char *)data;
    str_escape(&escaped, bytes, size);
    if (size > 0 && escaped.err == 0) {
        if (!str_is_utf8(escaped.data, escaped.len) || memchr(escaped.data, '\n', escaped.len) ||
            memchr(escaped.data, 0x1b, escaped.len))
            abort();
        if (str_unescape(&back, escaped.data, escaped.len) != 0 || back.len != size ||
            memcmp(back.data, bytes, size) != 0)
            abort();
        (void)str_columns(escaped.data, escaped.len);
    }
    if (str_unescape(&raw, bytes, size) == 0 && raw.len > size)
        abort();
    return 0;
}

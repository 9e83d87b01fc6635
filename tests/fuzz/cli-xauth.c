/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli-xauth.c owns the fuzzing of the X authority file: any bytes give a cookie of the right form, or
 * none. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "cli/xauth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char hex[XAUTH_HEX_CAP] = "";
    int r = xauth_cookie(data, size, "host", "1", hex);
    size_t len = strlen(hex);
    if (r == 0 && (len == 0 || len % 2 || strspn(hex, "0123456789abcdef") != len))
        abort();
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* medium-identity.c feeds bytes to what sekisho-device reads from a medium. What is taken is written back byte by
 * byte the same: one identity has one form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "device/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what))                                                                               \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct identity i;
    autobuf struct buf text = {0};
    if (identity_parse((const char *)data, size, &i) != 0)
        return 0;
    MUST(identity_write(&i, &text) == 0);
    MUST(text.len == size && memcmp(text.data, data, size) == 0);
    return 0;
}

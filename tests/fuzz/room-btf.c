/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room-btf.c fuzzes the reading of the kernel's types. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "room/btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autobtf struct btf *types = NULL;
    uint32_t at;
    autofree void *own = malloc(size + 1); /* aligned as what is read is */
    if (!own)
        return 0;
    memcpy(own, data, size);
    if (btf_parse(own, size, &types) != 0)
        return 0;
    (void)!btf_function(types, "asked", &at);
    (void)!btf_member(types, "file", "f_path", &at);
    (void)!btf_member(types, "inode", "i_ino", &at);
    return 0;
}

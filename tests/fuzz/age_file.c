/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age_file.c feeds arbitrary bytes to the reading of age files: armor, header, stanzas, payload. The
 * corpus is sealed for the identity below. */
#include <sekisho/err.h>
#include "crypto/age.h"

#define IDENTITY "AGE-SECRET-KEY-1AFQ9SWELUCHRFPEJT0JSU6TQAXZ9HD0HG4TP0CMVA7902SH2ZFCS4RW9XU"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autobuf struct buf plain = {0};
    struct age_identity identity;
    struct age_stream stream;
    size_t header_len = 0;
    if (age_identity_parse(IDENTITY, &identity) != 0)
        abort();
    int r = age_read_header(data, size, &identity, 1, NULL, &header_len, &stream);
    if (r == 0 && (header_len > size || header_len > AGE_HEADER_MAX))
        abort();
    /* what is given out can't be longer than what went in */
    r = age_decrypt(data, size, &identity, 1, NULL, &plain);
    if (plain.len > size || (r == SK_ERR_FORMAT && plain.len > 0))
        abort();
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age_scrypt.c owns passphrase stanzas, for reading only: exports are never sealed with a
 * passphrase. It must never start work over AGE_WORK_MAX. */
#include <errno.h>
#include <sekisho/err.h>
#include <sodium.h>
#include <string.h>
#include "base/str.h"
#include "crypto/age_internal.h"

#define SALT_LEN     16 /* bytes */
#define SALT_COLUMNS 22 /* base64 of 16 bytes */
#define SALT_LABEL   "age-encryption.org/v1/scrypt"
#define BLOCK_SIZE   8 /* scrypt r */
#define PARALLEL     1 /* scrypt p */

static int work_factor_of(const struct age_slice *text, unsigned *ret)
{
    char digits[3];
    uint64_t value;
    if (text->len == 0 || text->at[0] == '0')
        return SK_ERR_FORMAT;
    for (size_t i = 0; i < text->len; i++)
        if (text->at[i] < '0' || text->at[i] > '9')
            return SK_ERR_FORMAT;
    if (text->len >= sizeof digits)
        return SK_ERR_LIMIT;
    memcpy(digits, text->at, text->len);
    digits[text->len] = '\0';
    int r = str_to_u64(digits, AGE_WORK_MAX, &value);
    if (r == 0)
        *ret = (unsigned)value;
    return r;
}

int age_scrypt_unwrap(const struct age_stanza *s, const char *passphrase,
                      uint8_t ret_key[static AGE_FILE_KEY_LEN])
{
    uint8_t salt[sizeof SALT_LABEL - 1 + SALT_LEN] = SALT_LABEL;
    unsigned work;
    if (s->arg_count != 3 || s->args[1].len != SALT_COLUMNS || s->body_len != AGE_BODY_LEN)
        return SK_ERR_FORMAT;
    int r = age_base64_decode(s->args[1].at, s->args[1].len, salt + sizeof SALT_LABEL - 1,
                              SALT_LEN);
    if (r == 0)
        r = work_factor_of(&s->args[2], &work);
    if (r != 0)
        return r;
    uint8_t wrapping[AGE_KEY_LEN];
    if (crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)passphrase, strlen(passphrase), salt,
                                              sizeof salt, UINT64_C(1) << work, BLOCK_SIZE,
                                              PARALLEL, wrapping, sizeof wrapping) != 0)
        return -ENOMEM;
    bool fits = age_unwrap_key(ret_key, s->body, wrapping);
    sodium_memzero(wrapping, sizeof wrapping);
    return fits;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age_keys.c owns how keys come from keys: HKDF, the wrapping of a file key, X25519 stanzas, and the
 * texts of recipients and identities. It must never leave a secret on the stack. */
#include <sekisho/err.h>
#include <sodium.h>
#include <string.h>
#include "base/str.h"
#include "crypto/age_internal.h"

#define RECIPIENT_PREFIX "age"
#define IDENTITY_PREFIX  "age-secret-key-"
#define POINT_COLUMNS    43 /* base64 of 32 bytes */

void age_hkdf(uint8_t out[static AGE_KEY_LEN], struct age_bytes secret, struct age_bytes salt,
              const char *info)
{
    static const uint8_t no_salt[AGE_KEY_LEN];
    static const uint8_t first_block = 1;
    if (salt.len == 0)
        salt = (struct age_bytes){no_salt, sizeof no_salt};
    crypto_auth_hmacsha256_state state;
    uint8_t extracted[AGE_KEY_LEN];
    crypto_auth_hmacsha256_init(&state, salt.at, salt.len);
    crypto_auth_hmacsha256_update(&state, secret.at, secret.len);
    crypto_auth_hmacsha256_final(&state, extracted);
    crypto_auth_hmacsha256_init(&state, extracted, sizeof extracted);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)info, strlen(info));
    crypto_auth_hmacsha256_update(&state, &first_block, 1);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(extracted, sizeof extracted);
    sodium_memzero(&state, sizeof state);
}

static const uint8_t zero_nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES];

void age_wrap_key(uint8_t body[static AGE_BODY_LEN], const uint8_t key[static AGE_FILE_KEY_LEN],
                  const uint8_t wrapping[static AGE_KEY_LEN])
{
    crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, key, AGE_FILE_KEY_LEN, NULL, 0, NULL,
                                              zero_nonce, wrapping);
}

bool age_unwrap_key(uint8_t ret_key[static AGE_FILE_KEY_LEN],
                    const uint8_t body[static AGE_BODY_LEN],
                    const uint8_t wrapping[static AGE_KEY_LEN])
{
    return crypto_aead_chacha20poly1305_ietf_decrypt(ret_key, NULL, NULL, body, AGE_BODY_LEN, NULL,
                                                     0, zero_nonce, wrapping) == 0;
}

/* The key that wraps a file key: from the shared secret, salted with both public points. */
static int wrapping_key(const uint8_t scalar[static AGE_KEY_LEN],
                        const uint8_t their_point[static AGE_KEY_LEN],
                        const uint8_t salt[static 2 * AGE_KEY_LEN],
                        uint8_t ret[static AGE_KEY_LEN])
{
    uint8_t shared[AGE_KEY_LEN];
    /* -1 when the point is of low order and the secret would be all zeros */
    int r = crypto_scalarmult(shared, scalar, their_point);
    if (r == 0)
        age_hkdf(ret, (struct age_bytes){shared, sizeof shared},
                 (struct age_bytes){salt, 2 * AGE_KEY_LEN}, "age-encryption.org/v1/X25519");
    sodium_memzero(shared, sizeof shared);
    return r;
}

int age_x25519_wrap(const struct age_recipient *r, const uint8_t key[static AGE_FILE_KEY_LEN],
                    struct buf *out)
{
    uint8_t ephemeral[AGE_KEY_LEN], wrapping[AGE_KEY_LEN], body[AGE_BODY_LEN];
    uint8_t salt[2 * AGE_KEY_LEN];
    randombytes_buf(ephemeral, sizeof ephemeral);
    crypto_scalarmult_base(salt, ephemeral);
    memcpy(salt + AGE_KEY_LEN, r->point, AGE_KEY_LEN);
    int failed = wrapping_key(ephemeral, r->point, salt, wrapping);
    if (!failed) {
        age_wrap_key(body, key, wrapping);
        buf_puts(out, "-> X25519 ");
        age_base64_put(out, salt, AGE_KEY_LEN);
        buf_putc(out, '\n');
        age_base64_put(out, body, sizeof body);
        buf_putc(out, '\n');
    }
    sodium_memzero(ephemeral, sizeof ephemeral);
    sodium_memzero(wrapping, sizeof wrapping);
    return failed ? SK_ERR_CRYPTO : out->err;
}

static int share_of(const struct age_stanza *s, uint8_t ret[static AGE_KEY_LEN])
{
    if (s->arg_count != 2 || s->args[1].len != POINT_COLUMNS || s->body_len != AGE_BODY_LEN)
        return SK_ERR_FORMAT;
    return age_base64_decode(s->args[1].at, s->args[1].len, ret, AGE_KEY_LEN);
}

int age_x25519_check(const struct age_stanza *s)
{
    uint8_t share[AGE_KEY_LEN];
    return share_of(s, share);
}

int age_x25519_unwrap(const struct age_stanza *s, const struct age_identity *i,
                      uint8_t ret_key[static AGE_FILE_KEY_LEN])
{
    uint8_t salt[2 * AGE_KEY_LEN], wrapping[AGE_KEY_LEN];
    int r = share_of(s, salt);
    if (r != 0)
        return r;
    crypto_scalarmult_base(salt + AGE_KEY_LEN, i->scalar);
    if (wrapping_key(i->scalar, salt, salt, wrapping) != 0)
        return SK_ERR_FORMAT;
    bool fits = age_unwrap_key(ret_key, s->body, wrapping);
    sodium_memzero(wrapping, sizeof wrapping);
    return fits;
}

int age_recipient_parse(const char *text, struct age_recipient *ret)
{
    struct age_recipient parsed = {{0}};
    /* the prefix tells the case: a recipient is written in lower case only */
    int r = strncmp(text, RECIPIENT_PREFIX, strlen(RECIPIENT_PREFIX)) == 0 ? 0 : SK_ERR_FORMAT;
    if (r == 0)
        r = age_bech32_decode(text, RECIPIENT_PREFIX, parsed.point, sizeof parsed.point);
    if (r == 0)
        *ret = parsed;
    return r;
}

enum age_form age_recipient_form(const char *text)
{
    static const struct {
        const char *start;
        enum age_form form;
    } forms[] = {
        {"age1pq1", AGE_FORM_POST_QUANTUM},
        {"age1tagpq1", AGE_FORM_POST_QUANTUM},
        {"ssh-", AGE_FORM_SSH},
        {"ecdsa-sha2-", AGE_FORM_SSH},
        {"sk-ssh-", AGE_FORM_SSH},
        {"sk-ecdsa-sha2-", AGE_FORM_SSH},
        {"AGE-SECRET-KEY-", AGE_FORM_SECRET},
        {"AGE-PLUGIN-", AGE_FORM_SECRET},
    };
    for (size_t i = 0; i < array_count(forms); i++)
        if (str_starts(text, forms[i].start))
            return forms[i].form;
    /* the data of bech32 has no '1'; one in a text of a plain recipient's length is a slip of the
     * pen */
    bool plugin = str_starts(text, RECIPIENT_PREFIX "1") && strlen(text) != AGE_RECIPIENT_CAP - 1 &&
                  strchr(text + strlen(RECIPIENT_PREFIX "1"), '1');
    return plugin ? AGE_FORM_PLUGIN : AGE_FORM_UNKNOWN;
}

void age_recipient_format(const struct age_recipient *r, char out[static AGE_RECIPIENT_CAP])
{
    age_bech32_encode(out, RECIPIENT_PREFIX, r->point, sizeof r->point);
}

int age_identity_parse(const char *text, struct age_identity *ret)
{
    struct age_identity parsed = {{0}};
    /* an identity is written in upper case only */
    int r = text[0] == 'A' ? 0 : SK_ERR_FORMAT;
    if (r == 0)
        r = age_bech32_decode(text, IDENTITY_PREFIX, parsed.scalar, sizeof parsed.scalar);
    if (r == 0)
        *ret = parsed;
    sodium_memzero(&parsed, sizeof parsed);
    return r;
}

void age_identity_format(const struct age_identity *i, char out[static AGE_IDENTITY_CAP])
{
    age_bech32_encode(out, IDENTITY_PREFIX, i->scalar, sizeof i->scalar);
    for (char *p = out; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
}

int age_identity_generate(struct age_identity *ret)
{
    if (sodium_init() < 0)
        return SK_ERR_CRYPTO;
    randombytes_buf(ret->scalar, sizeof ret->scalar);
    return 0;
}

int age_identity_recipient(const struct age_identity *i, struct age_recipient *ret)
{
    struct age_recipient made;
    if (crypto_scalarmult_base(made.point, i->scalar) != 0)
        return SK_ERR_CRYPTO;
    *ret = made;
    return 0;
}

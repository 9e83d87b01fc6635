/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the age implementation share. Everybody else uses crypto/age.h. */
#ifndef CRYPTO_AGE_INTERNAL_H
#define CRYPTO_AGE_INTERNAL_H

#include "crypto/age.h"

#define AGE_KEY_LEN     32 /* bytes of each derived key, secret and point */
#define AGE_BODY_LEN    32 /* bytes of a stanza body that wraps a file key: 16 and a tag */
#define AGE_STANZA_ARGS 3  /* arguments that a kind of stanza known here may have */
#define AGE_LINE_BYTES  48 /* bytes that a full line of 64 base64 columns holds */
#define AGE_LINE_COLUMNS 64

/* Derive 32 bytes: HKDF-SHA-256 (RFC 5869) with one expansion block. An empty salt stands for 32
 * zero bytes. libsodium 1.0.18 has no HKDF of its own. */
struct age_bytes {
    const void *at;
    size_t len; /* bytes */
};
void age_hkdf(uint8_t out[static AGE_KEY_LEN], struct age_bytes secret, struct age_bytes salt,
              const char *info);

/* Bech32 (BIP 173) without its length limit. The text must be all lower case or all upper case.
 * decode: exactly len bytes under this lower-case prefix, or SK_ERR_FORMAT.
 * encode: lower case; out holds what the caller's AGE_…_CAP says. */
int age_bech32_decode(const char *text, const char *prefix, uint8_t *ret, size_t len) SK_MUST_CHECK;
void age_bech32_encode(char *out, const char *prefix, const uint8_t *data, size_t len);

/* Canonical base64 without padding (RFC 4648, zero tail bits). decode_some: at most cap bytes. */
int age_base64_decode_some(const char *text, size_t text_len, uint8_t *ret, size_t cap,
                           size_t *ret_len) SK_MUST_CHECK;
int age_base64_decode(const char *text, size_t text_len, uint8_t *ret, size_t len) SK_MUST_CHECK;
void age_base64_put(struct buf *b, const uint8_t *data, size_t len);

/* One stanza of a header. Slices point into the file. */
struct age_slice {
    const char *at;
    size_t len; /* bytes */
};
struct age_stanza {
    struct age_slice args[AGE_STANZA_ARGS]; /* the first ones; the kind is args[0] */
    size_t arg_count;                       /* all of them */
    uint8_t body[AGE_LINE_BYTES];           /* the first line's bytes */
    size_t body_len;                        /* all bytes of the body */
};
bool age_stanza_is(const struct age_stanza *s, const char *kind);

/* X25519 stanzas. unwrap: 1 when the identity fits and *ret_key is filled, 0 when it does not,
 * SK_ERR_FORMAT when the stanza is malformed. */
int age_x25519_wrap(const struct age_recipient *r, const uint8_t key[static AGE_FILE_KEY_LEN],
                    struct buf *out) SK_MUST_CHECK;
int age_x25519_unwrap(const struct age_stanza *s, const struct age_identity *i,
                      uint8_t ret_key[static AGE_FILE_KEY_LEN]) SK_MUST_CHECK;
/* Is the stanza well-formed? 0 or SK_ERR_FORMAT. */
int age_x25519_check(const struct age_stanza *s) SK_MUST_CHECK;

/* scrypt stanzas: 1, 0, SK_ERR_FORMAT, SK_ERR_LIMIT (work factor), -ENOMEM. */
int age_scrypt_unwrap(const struct age_stanza *s, const char *passphrase,
                      uint8_t ret_key[static AGE_FILE_KEY_LEN]) SK_MUST_CHECK;

/* Wrap a file key, or unwrap one: ChaCha20-Poly1305 under a key used once, so with a zero nonce. */
void age_wrap_key(uint8_t body[static AGE_BODY_LEN], const uint8_t key[static AGE_FILE_KEY_LEN],
                  const uint8_t wrapping[static AGE_KEY_LEN]);
bool age_unwrap_key(uint8_t ret_key[static AGE_FILE_KEY_LEN],
                    const uint8_t body[static AGE_BODY_LEN],
                    const uint8_t wrapping[static AGE_KEY_LEN]);

/* The stream's key from the file key and the nonce behind the header. */
void age_stream_derive(struct age_stream *ret, const uint8_t key[static AGE_FILE_KEY_LEN],
                       const uint8_t nonce[static AGE_NONCE_LEN]);

/* Does the file begin as armor does (white space before it is skipped)? */
bool age_armor_is(const void *file, size_t len);
/* Append the bytes inside strict armor (c2sp.org/age, "ASCII armor"). 0 or SK_ERR_FORMAT. */
int age_armor_decode(const void *file, size_t len, struct buf *out) SK_MUST_CHECK;

#endif

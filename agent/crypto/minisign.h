/* SPDX-License-Identifier: GPL-3.0-or-later */
/* minisign's formats (jedisct1.github.io/minisign): policies, permits and manifests are signed in
 * them, so that the stock minisign(1) checks and makes the same files. Only the prehashed form
 * ("ED": Ed25519 over BLAKE2b-512) is accepted; an untrusted comment is never used or shown. */
#ifndef CRYPTO_MINISIGN_H
#define CRYPTO_MINISIGN_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

#define MINISIGN_KEY_ID_LEN      8
#define MINISIGN_COMMENT_MAX     1024 /* bytes of a comment line */
#define MINISIGN_PUBLIC_TEXT_CAP 57   /* bytes with NUL: base64 of "Ed", key id, public key */
#define MINISIGN_ID_TEXT_CAP     17   /* bytes with NUL: the key id as minisign prints it */

struct minisign_public {
    uint8_t id[MINISIGN_KEY_ID_LEN];
    uint8_t key[32];
};

/* A secret key in clear memory: lock it (sodium_mlock) where it lives long, wipe it with
 * minisign_secret_wipe. */
struct minisign_secret {
    struct minisign_public pub;
    uint8_t seed_and_key[64];
};

/* What a signature says besides its bytes. */
struct minisign_signature {
    uint8_t key_id[MINISIGN_KEY_ID_LEN];
    char trusted_comment[MINISIGN_COMMENT_MAX + 1]; /* verified text, NUL-terminated */
};

/* Public keys: "RWQ…" alone, or a .pub file's two lines. 0 or SK_ERR_FORMAT. */
int minisign_public_parse(const char *text, size_t len, struct minisign_public *ret) SK_MUST_CHECK;
void minisign_public_format(const struct minisign_public *pub,
                            char out[static MINISIGN_PUBLIC_TEXT_CAP]);
/* A whole .pub file as `minisign -G` writes it. */
void minisign_public_file(const struct minisign_public *pub, struct buf *out);
/* Upper-case hex as minisign prints key ids: a little-endian number without leading zeros. */
void minisign_id_format(const uint8_t id[static MINISIGN_KEY_ID_LEN],
                        char out[static MINISIGN_ID_TEXT_CAP]);

/* Check a .minisig file's bytes over data with any of keys[count]. On success *ret (may be NULL)
 * is filled and *ret_which (may be NULL) is the index of the key.
 * 0, SK_ERR_FORMAT (not a signature file, trailing data, legacy form), SK_ERR_KEY_UNKNOWN,
 * SK_ERR_SIGNATURE. */
int minisign_verify(const void *data, size_t len, const char *signature, size_t signature_len,
                    const struct minisign_public *keys, size_t count,
                    struct minisign_signature *ret, size_t *ret_which) SK_MUST_CHECK;

/* Append a .minisig file over data. The trusted comment must be one line of UTF-8.
 * 0, SK_ERR_FORMAT, SK_ERR_LIMIT or a buffer's error. */
int minisign_sign(const void *data, size_t len, const struct minisign_secret *secret,
                  const char *trusted_comment, struct buf *out) SK_MUST_CHECK;

/* A new random key. 0 or SK_ERR_CRYPTO. */
int minisign_generate(struct minisign_secret *ret) SK_MUST_CHECK;
void minisign_secret_wipe(struct minisign_secret *secret);

/* Append a secret key file. With a passphrase it is encrypted as `minisign -G` does (scrypt,
 * libsodium's SENSITIVE limits: 1 GiB and a few seconds; `light` uses INTERACTIVE limits, for
 * tests); NULL writes it in clear as `minisign -G -W` does. */
int minisign_secret_format(const struct minisign_secret *secret, const char *passphrase, bool light,
                           struct buf *out) SK_MUST_CHECK;
/* Read a secret key file. 0, SK_ERR_FORMAT, SK_ERR_PASSPHRASE (wrong, or needed and NULL),
 * SK_ERR_LIMIT (the file asks for more than 1 GiB or MINISIGN's SENSITIVE work), -ENOMEM. */
int minisign_secret_parse(const char *text, size_t len, const char *passphrase,
                          struct minisign_secret *ret) SK_MUST_CHECK;

#endif

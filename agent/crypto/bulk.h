/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ChaCha20-Poly1305 and Poly1305 (RFC 8439) for much data, by libcrypto because it uses the
 * processor's wide instructions: sealing takes 60 % of libsodium's time, a tag 40 %. */
#ifndef CRYPTO_BULK_H
#define CRYPTO_BULK_H

#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"

#define BULK_KEY_LEN   32 /* bytes of each kind of key */
#define BULK_NONCE_LEN 12
#define BULK_TAG_LEN   16

struct bulk; /* opaque, for one thread at a time */

/* Set up what all threads share; any of the others does it too. For programs that will soon have no
 * right to open files. 0 or SK_ERR_CRYPTO. */
int bulk_prepare(void) SK_MUST_CHECK;

/* To be freed with bulk_free, which wipes. 0, -ENOMEM, SK_ERR_CRYPTO. */
int bulk_new(struct bulk **ret) SK_MUST_CHECK;
void bulk_free(struct bulk **b);
#define autobulk __attribute__((cleanup(bulk_free)))

/* Seal len bytes (at most INT_MAX) into len + BULK_TAG_LEN bytes; out may be plain. 0 or
 * SK_ERR_CRYPTO. */
int bulk_seal(struct bulk *b, const uint8_t key[static BULK_KEY_LEN],
              const uint8_t nonce[static BULK_NONCE_LEN], const void *plain, size_t len,
              uint8_t *out) SK_MUST_CHECK;

/* The Poly1305 tag of one message, in parts; its key must be used once. 0 or SK_ERR_CRYPTO. */
int bulk_tag_begin(struct bulk *b, const uint8_t key[static BULK_KEY_LEN]) SK_MUST_CHECK;
int bulk_tag_add(struct bulk *b, const void *data, size_t len) SK_MUST_CHECK;
int bulk_tag_end(struct bulk *b, uint8_t ret[static BULK_TAG_LEN]) SK_MUST_CHECK;

#endif

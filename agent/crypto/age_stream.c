/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age_stream.c owns the payload: STREAM over ChaCha20-Poly1305 in chunks of 64 KiB. It must never
 * hand out a byte that was not authenticated. */
#include <sekisho/err.h>
#include <sodium.h>
#include "crypto/age_internal.h"

#define STREAM_NONCE_LEN BULK_NONCE_LEN
#define POLY_BLOCK       16 /* bytes that RFC 8439 pads to */

void age_stream_derive(struct age_stream *ret, const uint8_t key[static AGE_FILE_KEY_LEN],
                       const uint8_t nonce[static AGE_NONCE_LEN])
{
    age_hkdf(ret->key, (struct age_bytes){key, AGE_FILE_KEY_LEN},
             (struct age_bytes){nonce, AGE_NONCE_LEN}, "payload");
}

void age_stream_wipe(struct age_stream *s)
{
    sodium_memzero(s, sizeof *s);
}

/* Eleven bytes of big-endian counter, and one that marks the last chunk. */
static void chunk_nonce(uint8_t out[static STREAM_NONCE_LEN], uint64_t index, bool last)
{
    out[0] = out[1] = out[2] = 0;
    for (unsigned i = 0; i < 8; i++)
        out[3 + i] = (uint8_t)(index >> 8 * (7 - i));
    out[STREAM_NONCE_LEN - 1] = last;
}

/* Only the last chunk may be short, and only the first may be empty. */
static bool is_chunk_length(uint64_t index, bool last, size_t len)
{
    return last ? len <= AGE_CHUNK_LEN && (len > 0 || index == 0) : len == AGE_CHUNK_LEN;
}

int age_seal_chunk(const struct age_stream *s, struct bulk *bulk, uint64_t index, bool last,
                   const void *plain, size_t len, uint8_t *out)
{
    uint8_t nonce[STREAM_NONCE_LEN];
    if (!is_chunk_length(index, last, len))
        return SK_ERR_LIMIT;
    chunk_nonce(nonce, index, last);
    return bulk_seal(bulk, s->key, nonce, plain, len, out);
}

/* The tag that RFC 8439 (2.8) gives a ciphertext without further data. */
static int chunk_tag(const struct age_stream *s, struct bulk *bulk,
                     const uint8_t nonce[static STREAM_NONCE_LEN], const uint8_t *sealed,
                     size_t len, uint8_t ret[static AGE_TAG_LEN])
{
    static const uint8_t zeros[POLY_BLOCK];
    uint8_t key[BULK_KEY_LEN], lengths[16] = {0};
    for (unsigned i = 0; i < 8; i++)
        lengths[8 + i] = (uint8_t)((uint64_t)len >> 8 * i);
    crypto_stream_chacha20_ietf(key, sizeof key, nonce, s->key);
    int r = bulk_tag_begin(bulk, key);
    sodium_memzero(key, sizeof key);
    if (r == 0)
        r = bulk_tag_add(bulk, sealed, len);
    if (r == 0)
        r = bulk_tag_add(bulk, zeros, (POLY_BLOCK - len % POLY_BLOCK) % POLY_BLOCK);
    if (r == 0)
        r = bulk_tag_add(bulk, lengths, sizeof lengths);
    return r != 0 ? r : bulk_tag_end(bulk, ret);
}

int age_check_chunk(const struct age_stream *s, struct bulk *bulk, uint64_t index, bool last,
                    const uint8_t *sealed, size_t len)
{
    uint8_t nonce[STREAM_NONCE_LEN], tag[AGE_TAG_LEN];
    if (len < AGE_TAG_LEN || !is_chunk_length(index, last, len - AGE_TAG_LEN))
        return SK_ERR_CRYPTO;
    chunk_nonce(nonce, index, last);
    int r = chunk_tag(s, bulk, nonce, sealed, len - AGE_TAG_LEN, tag);
    if (r != 0)
        return r;
    return sodium_memcmp(tag, sealed + len - AGE_TAG_LEN, sizeof tag) == 0 ? 0 : SK_ERR_CRYPTO;
}

int age_open_chunk(const struct age_stream *s, uint64_t index, bool last, const void *sealed,
                   size_t len, uint8_t *out)
{
    uint8_t nonce[STREAM_NONCE_LEN];
    if (len < AGE_TAG_LEN || !is_chunk_length(index, last, len - AGE_TAG_LEN))
        return SK_ERR_CRYPTO;
    chunk_nonce(nonce, index, last);
    int failed = crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, len, NULL, 0,
                                                           nonce, s->key);
    return failed ? SK_ERR_CRYPTO : 0;
}

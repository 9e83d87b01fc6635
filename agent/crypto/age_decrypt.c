/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age_decrypt.c owns the opening of whole files in memory, for checks and tests. It must never
 * append a chunk that was not authenticated. */
#include <sekisho/err.h>
#include <sodium.h>
#include "crypto/age_internal.h"

#define SEALED_CHUNK_LEN ((size_t)AGE_CHUNK_LEN + AGE_TAG_LEN)

static int open_chunk(const struct age_stream *s, uint64_t index, bool last, const uint8_t *sealed,
                      size_t len, struct buf *out)
{
    size_t plain_len = len < AGE_TAG_LEN ? 0 : len - AGE_TAG_LEN;
    char *room = buf_room(out, plain_len);
    if (!room)
        return out->err;
    int r = age_open_chunk(s, index, last, sealed, len, (uint8_t *)room);
    if (r == 0)
        buf_grow(out, plain_len);
    return r;
}

static int open_payload(const struct age_stream *s, const uint8_t *sealed, size_t len,
                        struct buf *out)
{
    for (uint64_t index = 0;; index++) {
        bool last = len <= SEALED_CHUNK_LEN;
        size_t chunk = last ? len : SEALED_CHUNK_LEN;
        int r = open_chunk(s, index, last, sealed, chunk, out);
        if (r == SK_ERR_CRYPTO && last && len == SEALED_CHUNK_LEN) {
            /* a file cut behind a full chunk: that chunk is authentic, the end is missing */
            if (open_chunk(s, index, false, sealed, chunk, out) == SK_ERR_LIMIT)
                return SK_ERR_LIMIT;
        } else if (r == SK_ERR_CRYPTO && !last) {
            /* the stream ended here and something follows it: hand out its last chunk */
            if (open_chunk(s, index, true, sealed, chunk, out) == SK_ERR_LIMIT)
                return SK_ERR_LIMIT;
        }
        if (r != 0 || last)
            return r;
        sealed += chunk;
        len -= chunk;
    }
}

static int decrypt_binary(const uint8_t *file, size_t len, const struct age_identity *identities,
                          size_t count, const char *passphrase, struct buf *out)
{
    struct age_stream stream;
    size_t header_len;
    int r = age_read_header(file, len, identities, count, passphrase, &header_len, &stream);
    if (r != 0)
        return r;
    r = open_payload(&stream, file + header_len, len - header_len, out);
    age_stream_wipe(&stream);
    return r;
}

int age_decrypt(const void *file, size_t len, const struct age_identity *identities, size_t count,
                const char *passphrase, struct buf *out)
{
    autobuf struct buf binary = {0};
    if (!age_armor_is(file, len))
        return decrypt_binary(file, len, identities, count, passphrase, out);
    int r = age_armor_decode(file, len, &binary);
    if (r != 0)
        return r;
    return decrypt_binary((const uint8_t *)binary.data, binary.len, identities, count, passphrase,
                          out);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* age v1 (c2sp.org/age) on libsodium, chunks sealed by libcrypto: X25519 recipients for exports;
 * decryption for tests and for checking, with X25519 identities and passphrases. Every stanza of an
 * unknown kind is skipped when reading and never written. */
#ifndef CRYPTO_AGE_H
#define CRYPTO_AGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "crypto/bulk.h"

#define AGE_CHUNK_LEN      65536 /* bytes of plaintext in each chunk but the last */
#define AGE_TAG_LEN        16    /* bytes that a chunk grows by */
#define AGE_FILE_KEY_LEN   16
#define AGE_NONCE_LEN      16
#define AGE_HEADER_MAX     (64 * 1024) /* bytes of a header that we read */
#define AGE_RECIPIENTS_MAX 20
#define AGE_RECIPIENT_CAP  63 /* bytes with NUL of "age1…" */
#define AGE_IDENTITY_CAP   75 /* bytes with NUL of "AGE-SECRET-KEY-1…" */
#define AGE_WORK_MAX       22 /* largest scrypt work factor that we accept, log2 N */

struct age_recipient {
    uint8_t point[32];
};
struct age_identity {
    uint8_t scalar[32];
};

/* "age1…" / "AGE-SECRET-KEY-1…" (bech32, one case). 0 or SK_ERR_FORMAT. */
int age_recipient_parse(const char *text, struct age_recipient *ret) SK_MUST_CHECK;
void age_recipient_format(const struct age_recipient *r, char out[static AGE_RECIPIENT_CAP]);
int age_identity_parse(const char *text, struct age_identity *ret) SK_MUST_CHECK;
void age_identity_format(const struct age_identity *i, char out[static AGE_IDENTITY_CAP]);
int age_identity_generate(struct age_identity *ret) SK_MUST_CHECK;
int age_identity_recipient(const struct age_identity *i, struct age_recipient *ret) SK_MUST_CHECK;

/* What somebody took for such a recipient, by its beginning. UNKNOWN: age_recipient_parse tells
 * whether it is one. */
enum age_form {
    AGE_FORM_UNKNOWN,
    AGE_FORM_POST_QUANTUM, /* "age1pq1…", "age1tagpq1…": ML-KEM-768, which libsodium has from 1.0.22
                              on */
    AGE_FORM_PLUGIN,       /* "age1NAME1…": the plugin of that name seals to it */
    AGE_FORM_SSH,
    AGE_FORM_SECRET, /* an identity */
};
enum age_form age_recipient_form(const char *text);

/* The payload of one file: chunks are independent of each other (STREAM), so threads may seal or
 * open different chunks of the same stream at once. */
struct age_stream {
    uint8_t key[32];
};
void age_stream_wipe(struct age_stream *s);

/* Append the header and the 16-byte nonce of a new file for count recipients, and make its stream.
 * 0, SK_ERR_LIMIT (no recipient or too many), SK_ERR_CRYPTO (a recipient of low order). */
int age_write_header(const struct age_recipient *recipients, size_t count, struct buf *out,
                     struct age_stream *ret) SK_MUST_CHECK;

/* Seal chunk number index: len bytes of plain become len + AGE_TAG_LEN bytes at out, which may be
 * plain. Every chunk but the last has AGE_CHUNK_LEN bytes; the last has 1…AGE_CHUNK_LEN, or 0 when
 * it is the only one. bulk is the calling thread's. 0, SK_ERR_LIMIT, SK_ERR_CRYPTO. */
int age_seal_chunk(const struct age_stream *s, struct bulk *bulk, uint64_t index, bool last,
                   const void *plain, size_t len, uint8_t *out) SK_MUST_CHECK;
/* Is this the sealed chunk of that number? Without opening it. 0 or SK_ERR_CRYPTO. */
int age_check_chunk(const struct age_stream *s, struct bulk *bulk, uint64_t index, bool last,
                    const uint8_t *sealed, size_t len) SK_MUST_CHECK;
/* Open a chunk; len counts the tag. 0 or SK_ERR_CRYPTO (not authentic). */
int age_open_chunk(const struct age_stream *s, uint64_t index, bool last, const void *sealed,
                   size_t len, uint8_t *out) SK_MUST_CHECK;

/* Read a header (binary form) from the start of a file. *ret_len is where the payload's chunks
 * begin. identities may be NULL with count 0, passphrase may be NULL.
 * 0, SK_ERR_FORMAT, SK_ERR_KEY_UNKNOWN (none of the identities fits), SK_ERR_SIGNATURE (header
 * MAC), SK_ERR_LIMIT. */
int age_read_header(const void *file, size_t len, const struct age_identity *identities,
                    size_t count, const char *passphrase, size_t *ret_len,
                    struct age_stream *ret) SK_MUST_CHECK;

/* Whole files in memory, armored or not: append the plaintext. On a payload error the plaintext of
 * the authentic chunks before it stays appended. */
int age_decrypt(const void *file, size_t len, const struct age_identity *identities, size_t count,
                const char *passphrase, struct buf *out) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An output: written once from its start to its end, made durable, then proved by reading it back
 * past the page cache. What was written is remembered as a Poly1305 tag under a random key that
 * never leaves memory: one key, one message, so that neither a failing nor a lying medium can hand
 * back other bytes with the same tag (chance below 2^-60 for a TiB), at a quarter of SHA-256's
 * cost. */
#ifndef EXPORT_OUTPUT_H
#define EXPORT_OUTPUT_H

#include "crypto/bulk.h"
#include "export/transfer.h"

struct output {
    int fd;            /* the caller's, open for reading and writing */
    struct bulk *bulk; /* the caller's, used for one output after the other */
    uint64_t bytes;    /* written so far */
    uint8_t key[BULK_KEY_LEN];
    uint8_t tag[BULK_TAG_LEN]; /* once ended */
};

/* 0 or SK_ERR_CRYPTO. */
int output_begin(struct output *o, int fd, struct bulk *bulk) SK_MUST_CHECK;
/* The next bytes. 0, -errno, SK_ERR_CRYPTO. */
int output_write(struct output *o, const void *data, size_t len) SK_MUST_CHECK;
int output_end(struct output *o) SK_MUST_CHECK;

/* fsync(2); an error is final. 0 or -errno. */
int output_sync(int fd) SK_MUST_CHECK;

/* Read the file again and compare. Call after output_sync; counts what it reads as work of t.
 * 0, SK_ERR_DIGEST, SK_ERR_CRYPTO, -ENOMEM, -errno. */
int output_check(struct output *o, struct transfer *t) SK_MUST_CHECK;
/* Is the file so long? 0, SK_ERR_DIGEST, -errno. */
int output_check_size(int fd, uint64_t bytes) SK_MUST_CHECK;

#endif

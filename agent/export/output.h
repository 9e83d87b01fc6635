/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An output: written once from its start to its end, made durable, then proved by reading it back
 * past the page cache. What was written is remembered as a Poly1305 tag under a random key that
 * never leaves memory: one key, one message, so that neither a failing nor a lying medium can hand
 * back other bytes with the same tag (chance below 2^-60 for a TiB), at a third of SHA-256's cost. */
#ifndef EXPORT_OUTPUT_H
#define EXPORT_OUTPUT_H

#include <sodium.h>
#include "export/transfer.h"

struct output {
    int fd;         /* the caller's, open for reading and writing */
    uint64_t bytes; /* written so far */
    uint8_t key[crypto_onetimeauth_KEYBYTES];
    uint8_t tag[crypto_onetimeauth_BYTES]; /* once ended */
    crypto_onetimeauth_state state;
};

void output_begin(struct output *o, int fd);
/* The next bytes. 0 or -errno. */
int output_write(struct output *o, const void *data, size_t len) SK_MUST_CHECK;
void output_end(struct output *o);

/* fsync(2); an error is final. 0 or -errno. */
int output_sync(const struct output *o) SK_MUST_CHECK;

/* Read the file again (O_DIRECT where the file system takes it, otherwise after
 * POSIX_FADV_DONTNEED) and compare. Call after output_sync; counts what it reads as work of t.
 * 0, SK_ERR_DIGEST, -ENOMEM, -errno. */
int output_check(struct output *o, struct transfer *t) SK_MUST_CHECK;

#endif

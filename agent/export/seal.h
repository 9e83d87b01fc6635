/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the threads of one export share (seal.c says what they do). */
#ifndef EXPORT_SEAL_H
#define EXPORT_SEAL_H

#include "export/pipeline.h"
#include "export/transfer.h"

#define SEAL_THREADS_MAX 4 /* however many processors there are: SHA-256 of one stream is one thread's */

struct seal {
    struct transfer *transfer;
    struct pipeline pipeline;
    struct age_stream stream;
    struct buf header;
    size_t threads;
    /* filling */
    uint64_t *begins; /* job->count: byte of the archive at which each file's content begins */
    /* hashing and digesting */
    struct digest *plain, *sealed;
    size_t hashed; /* files that are hashed to their end */
    /* writing */
    uint64_t bytes; /* written, the header too */
};

/* Do one turn other than filling. bulk is the calling thread's. A failure stops all. */
void seal_do(struct seal *s, const struct turn *turn, struct bulk *bulk);

/* Read the files into batches as one archive; while there is no room this thread does other turns.
 */
void seal_fill(struct seal *s, struct bulk *bulk);

/* Hash one batch as it was filled. 0, SK_ERR_DIGEST (file number s->hashed is not the permit's), SK_ERR_CRYPTO. */
int seal_hash(struct seal *s, const struct batch *filled) SK_MUST_CHECK;

/* Read the result again, by s->threads threads: every chunk must be the one that was sealed under
 * this stream's key. Call after fsync(2). 0, SK_ERR_DIGEST, -errno. */
int seal_check(struct seal *s) SK_MUST_CHECK;

#endif

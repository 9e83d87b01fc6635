/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One running transfer: what the threads of a job share, and the two ways to run it. */
#ifndef EXPORT_TRANSFER_H
#define EXPORT_TRANSFER_H

#include <stdatomic.h>
#include "export/job.h"

#define TRANSFER_STEP    ((size_t)1024 * 1024) /* bytes read or written at a time */
#define TRANSFER_NO_FILE (-1)

struct transfer_result {
    uint64_t bytes;
    uint8_t digest[DIGEST_LEN];
};

struct transfer {
    const struct job *job;
    const int *sources;              /* job->count */
    const int *outputs;              /* copy: job->count, seal: 1; open for reading and writing */
    struct transfer_result *results; /* job->count */
    struct transfer_result sealed;   /* seal: the output; open: the source */
    size_t threads;     /* seal: so many; 0: as many as there are processors, within limits */
    int failed_file;    /* index of the file that failed, or TRANSFER_NO_FILE */
    uint64_t total;     /* bytes of all sources when it began */
    atomic_ullong work; /* bytes handled: each byte counts once copied, once checked */
};

/* Sizes of the sources and state of the outputs: regular files all, outputs empty.
 * 0, SK_ERR_STATE, -errno. Sets total. */
int transfer_prepare(struct transfer *t) SK_MUST_CHECK;

/* Bytes to show to people: total once everything has been copied and checked. */
uint64_t transfer_progress(struct transfer *t);

/* Copy each source to its output / seal all sources as one archive into output 0; both fsync what
 * they wrote and read it back past the cache. 0, SK_ERR_DIGEST (content is not what was expected,
 * or changed underneath, or came back different), SK_ERR_CRYPTO, -errno; t->failed_file says where.
 */
int copy_run(struct transfer *t) SK_MUST_CHECK;
int seal_run(struct transfer *t) SK_MUST_CHECK;
/* Open the one source, which is sealed to the job's identity, into output 0. As above; also
 * SK_ERR_KEY_UNKNOWN (sealed to others), SK_ERR_FORMAT, SK_ERR_SIGNATURE (no sealed file),
 * SK_ERR_TAMPERED (it was changed, or its end is missing). */
int open_run(struct transfer *t) SK_MUST_CHECK;

#endif

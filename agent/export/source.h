/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source that is read once from its start to its end, hashed on the way, and must stay as it is
 * meanwhile. */
#ifndef EXPORT_SOURCE_H
#define EXPORT_SOURCE_H

#include <sys/stat.h>
#include "export/job.h"
#include "export/transfer.h"

struct source {
    int fd; /* the caller's */
    struct digest
        *digest; /* the caller's, used for one file after the other; NULL: who reads hashes */
    struct stat before;
    uint64_t at; /* bytes read */
};

/* 0 or -errno. */
int source_begin(struct source *s, int fd, struct digest *digest) SK_MUST_CHECK;

/* The next bytes, at most len and at most what the file had when it was begun. Count, 0 at the end,
 * or negative: SK_ERR_DIGEST when it became shorter, SK_ERR_CRYPTO, -errno. */
ssize_t source_read(struct source *s, void *data, size_t len) SK_MUST_CHECK;

/* Is it as it was at the beginning: same inode, size and mtime (fstat(2))? 0, SK_ERR_DIGEST,
 * -errno. */
int source_unchanged(const struct source *s) SK_MUST_CHECK;
/* Close the hash and compare with the digest that is expected, if one is. 0, SK_ERR_DIGEST,
 * SK_ERR_CRYPTO. */
int source_digest(struct digest *digest, const struct job_file *expected,
                  uint8_t ret[static DIGEST_LEN]) SK_MUST_CHECK;
/* Both. Fills *ret. */
int source_end(struct source *s, const struct job_file *expected,
               struct transfer_result *ret) SK_MUST_CHECK;

#endif

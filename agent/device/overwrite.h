/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Overwriting with a pattern that no layer below can guess or shorten, and reading it back past the cache.
 * The pattern is a ChaCha20 key stream (RFC 8439) of a random seed by the place in the file: so each block
 * differs, and a reading that agrees shows that this very block was written. */
#ifndef DEVICE_OVERWRITE_H
#define DEVICE_OVERWRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/digest.h"
#include "base/fault.h"

#define OVERWRITE_SEED_LEN 32 /* bytes */

struct overwrite {
    uint8_t seed[OVERWRITE_SEED_LEN];
    uint64_t total;     /* bytes to be overwritten; each is written and read */
    uint64_t done;      /* bytes written and read so far, 2 * total at the end */
    bool cached;        /* some reading could not go past the cache */
    /* called now and then; may end the process */
    void (*tell)(void *context, uint64_t done, uint64_t total);
    void *context;
    struct digest *digest; /* of what was read back, in order */
};

/* A random seed, nothing done yet. 0 or f->code; overwrite_clear is due. */
int overwrite_begin(struct overwrite *o, uint64_t total, struct fault *f) SK_MUST_CHECK;
void overwrite_clear(struct overwrite *o);

/* Write the pattern over these bytes of a file or block device. 0 or f->code. */
int overwrite_write(struct overwrite *o, int fd, uint64_t offset, uint64_t len,
                    struct fault *f) SK_MUST_CHECK;

/* The statements about what must be overwritten in place: asked for before (of blocks that are shared by now) and,
 * when all is written and synced, after it (of blocks that did not stay where they were). */
struct overwrite_place {
    uint8_t before[DIGEST_LEN];
    bool known; /* the file system says where its blocks are */
};
uint32_t overwrite_place_before(int fd, struct overwrite_place *ret);
uint32_t overwrite_place_after(int fd, const struct overwrite_place *p);

/* Have them written to the storage and forgotten in memory. 0 or f->code. */
int overwrite_sync(int fd, struct fault *f) SK_MUST_CHECK;

/* Read them back from the storage and compare. 0 or f->code (SK_ERR_DIGEST: something else is there). */
int overwrite_compare(struct overwrite *o, int fd, uint64_t offset, uint64_t len,
                      struct fault *f) SK_MUST_CHECK;

/* Digest of all that was read back. 0 or f->code. */
int overwrite_end(struct overwrite *o, char ret_hex[static DIGEST_HEX_CAP],
                  struct fault *f) SK_MUST_CHECK;

/* Tell the storage that these bytes are not needed: BLKDISCARD of a device, a hole in a file. True when
 * it was taken. */
bool overwrite_discard(int fd, uint64_t offset, uint64_t len);

/* Size of a file or block device. 0 or -errno. */
int overwrite_size(int fd, uint64_t *ret) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies on a medium: names, kinds, sizes and digests. Whoever had it may have put anything there, so nothing is
 * followed, opened but regular files, or believed, and all is bounded. */
#ifndef DEVICE_MEDIUM_FILES_H
#define DEVICE_MEDIUM_FILES_H

#include <jansson.h>
#include <stdint.h>
#include "base/fault.h"

#define MEDIUM_FILES_MAX       4096        /* that are listed */
#define MEDIUM_FILES_NAMES_MAX (1024 * 1024) /* bytes of their paths */
#define MEDIUM_FILES_SEEN_MAX  100000      /* after so many the walk ends */
#define MEDIUM_FILES_DEPTH_MAX 32          /* folders in folders */
#define MEDIUM_FILES_HASH_MAX  (UINT64_C(4) << 30) /* bytes that are read of files that nobody expects */

struct medium_files_calls {
    void (*tell)(void *context, uint64_t bytes);            /* now and then, with the bytes that were read */
    void (*listed)(void *context, const json_t *listed);    /* once, before anything is read: what *ret will be, in any
                                                               order and without digests and "state", and "unread":true */
    void *context;
};

/* Look at all below top_fd. first: [{"name" (raw, at its top),"bytes" (how long it is if it is unchanged; absent: not
 * known)},…], which are listed whatever else is there; and read before all others and whatever their length, if they are as
 * long as that. Another length is told by "bytes", and such a file read as others are.
 * *ret is {"files":[{"name" (path, escaped),"kind":"file|folder|link|other|unreadable","bytes","sha256" (of files that
 * were read, else "")}] (sorted; of folders only the empty ones),"count" (of all that were seen),"more":bool (some are
 * not listed, or not read),"state" (SHA-256 of all this)}.
 * 0 or f->code. What can't be read is no failure. */
int medium_files_list(int top_fd, const json_t *first, const struct medium_files_calls *calls, json_t **ret,
                      struct fault *f) SK_MUST_CHECK;

#endif

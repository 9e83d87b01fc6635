/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is noted beside the index: which ledger, how far it was verified, and which file the index is. */
#ifndef SEARCH_STATE_H
#define SEARCH_STATE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include "base/buf.h"
#include "proof/verify.h"

#define STATE_MAX ((size_t)16 * 1024) /* bytes of the file */

struct state {
    struct note_key enrolment;
    struct proof_report from; /* what proof_options.resume needs, the rest is zero */
    uint64_t inode, bytes;    /* of the index file */
    int64_t changed_ns;       /* its change time, which only the kernel sets */
};

/* Append the file's content. out's error or -ENOMEM. */
int state_write(const struct state *s, struct buf *out) SK_MUST_CHECK;
/* Exactly such a content. 0, SK_ERR_FORMAT, -ENOMEM. */
int state_read(const char *text, size_t len, struct state *ret) SK_MUST_CHECK;

void state_note_file(struct state *s, const struct stat *file);
bool state_is_file(const struct state *s, const struct stat *file);

#endif

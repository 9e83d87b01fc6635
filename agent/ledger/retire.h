/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Segments to which nothing more is written: archiving them, and taking out records whose period is
 * over. Works in a thread of its own, so that nobody who appends waits for it, and in steps that may
 * end at any moment: what was there stays until what replaces it is durable and was read back.
 *   archive: lines → segment-N.jsonl.zst.new, fsync, renamed to .zst, read back, .jsonl goes
 *   remove:  lines that stay and elided ones (proof/elide.h) → segment-N.jsonl.new, fsync, read back,
 *            renamed to .jsonl, .zst goes
 * Where both forms are found at a start, the plain one counts and the archive goes. An archive gets the
 * immutable attribute before its plain form goes; a removal takes it away again. */
#ifndef LEDGER_RETIRE_H
#define LEDGER_RETIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"

#define RETIRE_QUEUE_MAX 4096u /* segments that wait */

struct retire_job {
    bool remove;       /* else archive */
    bool automatic;    /* archive it only if it is whole: nobody asked */
    uint32_t segment;
    uint64_t from, to; /* its records, both included */
};

struct retire_result {
    struct retire_job job;
    int code;               /* 0 or a negative code: then the segment is as it was */
    bool untouched;         /* there was nothing to do */
    uint64_t removed, kept; /* records, when some were taken out */
    uint64_t before, after; /* bytes of the segment's file */
};

struct retire; /* opaque */

/* Also clears away what a crash left between two steps. 0 or -errno. */
int retire_open(const char *folder, struct retire **ret) SK_MUST_CHECK;
/* Waits until the segment in work is done with; those that wait are forgotten. */
void retire_close(struct retire **r);

/* The records of a segment, if nothing more comes into it. 0; SK_ERR_STATE: it is the one in use, or
 * there is none; -errno, SK_ERR_FORMAT. */
int retire_range(const struct retire *r, uint32_t segment, uint64_t *ret_from, uint64_t *ret_to)
    SK_MUST_CHECK;

/* Queue. 0, SK_ERR_LIMIT, -errno (no thread). */
int retire_add(struct retire *r, const struct retire_job *job) SK_MUST_CHECK;

/* Readable when a result can be taken. */
int retire_fd(const struct retire *r);
bool retire_take(struct retire *r, struct retire_result *ret);
/* Segments that wait or are in work. */
size_t retire_waiting(struct retire *r);

#endif

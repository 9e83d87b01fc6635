/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is not there, and what explains it. A record of kind removal names the numbers of records that
 * retention took away:
 *     "ranges":[{"from":A,"to":B},…]      both included
 * In a ledger every elided run must lie inside one of them. In an extract, where other contracts'
 * records are left out as a matter of course, a hole in the running numbers needs one inside it. */
#ifndef PROOF_REMOVED_H
#define PROOF_REMOVED_H

#include <stddef.h>
#include <stdint.h>
#include "record/scan.h"

struct removed_span {
    uint64_t from, to; /* record numbers, both included */
    uint32_t segment;  /* of a run: where its line stands */
    uint64_t offset;
};

struct removed_list {
    struct removed_span *spans;
    size_t count, cap;
};

/* Zero-initialise; free with removed_clear. */
struct removed {
    struct removed_list runs;   /* to be inside a range each */
    struct removed_list holes;  /* to have a range inside them each */
    struct removed_list ranges; /* as removal records name them */
};
void removed_clear(struct removed *r);

/* 0 or -ENOMEM. A list takes less memory than the text that names its spans. */
int removed_add(struct removed_list *list, const struct removed_span *span) SK_MUST_CHECK;

/* The ranges of a removal record's line. 0, SK_ERR_FORMAT, -ENOMEM. */
int removed_read(struct removed *r, const char *line, size_t len) SK_MUST_CHECK;

/* The first run (or hole) that nothing explains, or NULL. Sorts the ranges. */
const struct removed_span *removed_unexplained(struct removed *r);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Access records: from watch's ring through folding into the book.
 *
 * A flush takes a run of slots [from, to) whole, folds in it the repeated accesses of one process to
 * one inode with the same decision, and writes one record for each fold in the order of their first
 * slots. Each record says which run and which first slot it is of ("ring"), so that after a crash in
 * the middle of a batch the same run is folded again and what the ledger already has is left out. */
#ifndef LEDGER_INTAKE_H
#define LEDGER_INTAKE_H

#include <stdbool.h>
#include <stdint.h>
#include "ledger/book.h"

#define INTAKE_WINDOW_NS ((uint64_t)1000000000) /* at most this long a repeat waits for its flush */
#define INTAKE_DELAY_NS  ((uint64_t)4000000)    /* a first access waits this long for others */

struct intake; /* opaque */

/* Take over a ring from a peer of uid 0: the memfd is mapped (it must be a memfd of at least
 * ring_bytes). book's recovery gives the cursor of a ring that was read before. The descriptor stays
 * the caller's. 0, SK_ERR_FORMAT, -errno. */
int intake_open(int memfd, const char *boot_id, const struct recovery *recovery,
                struct intake **ret) SK_MUST_CHECK;
void intake_close(struct intake **i);

/* i was opened for another connection. When it is the ring of before, it goes on where that one
 * was: the recovery is as old as this process, and what it says has been told since. */
void intake_follow(struct intake *i, const struct intake *before);

/* Look at the ring: when (CLOCK_BOOTTIME ns) is a flush due? UINT64_MAX = there is nothing. */
uint64_t intake_due(struct intake *i, uint64_t now);

/* Queue the records of all slots committed so far (as many as the book takes). Count, or a negative
 * code: then nothing is taken. To be followed by book_commit and intake_settle. */
int intake_flush(struct intake *i, struct book *b, uint64_t now) SK_MUST_CHECK;

/* The commit that contained the flush succeeded: release the slots; or failed: take them again. */
void intake_settle(struct intake *i, bool durable);

/* Tell who fills the ring whether its records can be made durable now. */
void intake_say_failing(struct intake *i, bool failing);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Archiving and removal as the ledger's peers ask for them: what may be done to a segment at all, and
 * the records of it. Whether a period is over is the asker's business (sekisho-control has the policy). */
#ifndef LEDGER_RETENTION_H
#define LEDGER_RETENTION_H

#include <jansson.h>
#include <stdbool.h>
#include "ledger/book.h"

struct retention; /* opaque */

/* The book stays the caller's and must outlive it. A removal that the last run left without its end
 * (recover.h) gets it. 0 or a negative code. */
int retention_open(const char *folder, struct book *book, const struct recovery *recovery,
                   struct retention **ret) SK_MUST_CHECK;
void retention_close(struct retention **r);

/* ARCHIVE {"segments":[N,…]}: queue those that nothing more is written to. 0, SK_ERR_FORMAT,
 * SK_ERR_STATE (one of them is in use, or not sealed), SK_ERR_LIMIT. */
int retention_archive(struct retention *r, const json_t *asked) SK_MUST_CHECK;

/* REMOVE {"segments":[N,…],"record":{…}}: add the record of the intent to the book's queue, with the
 * ticket. The work begins when that is durable (retention_settle). Codes as above; SK_ERR_STATE also:
 * an earlier removal is not done yet. */
int retention_remove(struct retention *r, const json_t *asked, uint64_t ticket) SK_MUST_CHECK;

/* A commit is over: begin the removal whose record it wrote, or forget it. */
void retention_settle(struct retention *r, bool durable);

/* What time says is due: half a minute after a segment was closed it is archived, later (ten minutes at most)
 * while others are closed. Returns when to look again
 * (CLOCK_BOOTTIME ns, UINT64_MAX: not before something else happens). */
uint64_t retention_due(struct retention *r, uint64_t now);

/* Readable when something is done; then retention_ready. True: a record of it waits in the book. */
int retention_fd(const struct retention *r);
bool retention_ready(struct retention *r);

/* Segments that wait or are in work. */
size_t retention_waiting(struct retention *r);

#endif

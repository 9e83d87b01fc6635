/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refusals that the ring had no room for. They wait in shared memory, which outlives every one of the
 * three processes, and go into the ring as soon as the ledger has made room: each answer has a record of
 * its own for as long as there is room here. */
#ifndef WATCH_BACKLOG_H
#define WATCH_BACKLOG_H

#include "watch/shared.h"

/* The end of what was ever put there since it was last empty, bytes. */
uint64_t backlog_end(const struct guard *g);

/* Put one there. 0, or SK_ERR_LIMIT when there is no room. Runs while an opener waits: never blocks,
 * never allocates. */
int backlog_put(const struct guard *g, const struct access_event *e) SK_MUST_CHECK;

/* Does something wait? Cheap. */
bool backlog_waits(const struct guard *g);

/* Move into the ring what it takes, oldest first. Never while an event in hand is being decided (its
 * note speaks of places here). */
void backlog_flush(const struct guard *g);

/* At the start of a worker: what its predecessor died of moving is not moved twice. */
void backlog_recover(const struct guard *g);

/* How many wait; reads all of it. */
unsigned backlog_count(const struct guard *g);

#endif

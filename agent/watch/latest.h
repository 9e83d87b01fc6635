/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time that decisions are made by: the wall clock, but never earlier than it has shown before in this
 * boot, nor than control has told of the ledger's time. So a clock that is set back opens no contract that
 * is over; only control takes back what a clock has shown that was set ahead. */
#ifndef WATCH_LATEST_H
#define WATCH_LATEST_H

#include "watch/shared.h"

/* Seconds since 1970. Called for every event: a look at the coarse clock in most cases. */
int64_t latest_now(const struct guard *g);

/* It was at least so late already. */
void latest_told(const struct guard *g, int64_t now_s);

/* It is so late: what was later came from a clock that was set ahead, as a manager has put on record. */
void latest_corrected(const struct guard *g, int64_t now_s);

#endif

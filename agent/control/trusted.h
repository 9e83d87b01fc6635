/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time that periods run on: never earlier than any time the ledger has seen, and moved on by
 * the boot clock, so that a wall clock set back extends no permit (DESIGN "Requests, permits"). */
#ifndef CONTROL_TRUSTED_H
#define CONTROL_TRUSTED_H

#include <stdbool.h>
#include <stdint.h>

struct trusted {
    int64_t latest_s;  /* latest wall time of any record, seconds since 1970; 0 = none yet */
    int64_t boot_at_s; /* latest wall time at which this boot can have begun, by its records */
    bool has_boot;     /* a record of this boot was seen */
};

/* One more record: its wall time, and its boot clock when it is of the present boot. */
void trusted_see(struct trusted *t, int64_t at_s, bool this_boot, uint64_t boot_ns);

/* The trusted time now: the latest of the wall clock, the records and this boot's progress. */
int64_t trusted_now(const struct trusted *t, int64_t wall_s, uint64_t boot_ns);

#endif

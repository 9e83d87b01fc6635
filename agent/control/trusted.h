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
    int64_t boot_from_s; /* earliest, by its records */
    int64_t synced_s;  /* latest wall time of a record that was written with a synchronised clock */
    bool has_boot;     /* a record of this boot was seen */
    bool corrected;    /* in this boot (trusted_correct) */
};

/* One more record: its wall time, whether its clock was synchronised, and its boot clock when it is of the
 * present boot. */
void trusted_see(struct trusted *t, int64_t at_s, bool synchronised, bool this_boot, uint64_t boot_ns);

/* A record that says so: what was later than it came from a clock that was set ahead. */
void trusted_correct(struct trusted *t, int64_t at_s, bool this_boot, uint64_t boot_ns);

/* May the time be corrected to that of a synchronised wall clock? Not where a synchronised clock has shown a
 * later one. */
bool trusted_may_correct(const struct trusted *t, int64_t wall_s);

/* The time by which a period that protects something is over for certain: the wall clock's where it is
 * synchronised; else the earliest of it and this boot's progress, so that a clock set forward ends no
 * period, now or after it was set back. */
int64_t trusted_least(const struct trusted *t, int64_t wall_s, bool synchronised, uint64_t boot_ns);

/* The trusted time now: the latest of the wall clock, the records and this boot's progress. */
int64_t trusted_now(const struct trusted *t, int64_t wall_s, uint64_t boot_ns);

#endif

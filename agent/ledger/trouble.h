/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A time in which the ledger could not write everything: since when, why, how many were refused. It is told in a
 * gap record when it is over. Until then it is kept in memory and, because a disk that fails often takes the
 * process with it, in a file that is not on that disk. */
#ifndef LEDGER_TROUBLE_H
#define LEDGER_TROUBLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/clock.h"

struct trouble {
    const char *path;           /* of the file; NULL = none */
    char since[CLOCK_TIME_CAP]; /* "" = there is none */
    uint64_t since_ns;          /* CLOCK_BOOTTIME, of the boot in which it began */
    int code;                   /* -errno */
    uint64_t refused;           /* records that somebody waited for and that were not taken */
};

/* Nothing is wrong, or what the last run left at path (it stays the caller's). */
void trouble_open(struct trouble *t, const char *path);

/* Something could not be written; the first time and its code count. */
void trouble_note(struct trouble *t, int code, uint64_t refused);

/* Is there one? */
bool trouble_is(const struct trouble *t);

/* The gap record, for the caller to free. NULL when memory is short. */
json_t *trouble_record(const struct trouble *t, const char *process);

/* Its record is durable: it is over. */
void trouble_told(struct trouble *t);

#endif

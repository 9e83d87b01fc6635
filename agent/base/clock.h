/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time: wall clock, boot clock, the clock's state, and dates as the contracts write them. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include "base/clean.h"

#define CLOCK_BOOT_ID_CAP 37 /* bytes with NUL: a UUID as /proc/sys/kernel/random/boot_id has it */
#define CLOCK_TIME_CAP    32 /* bytes with NUL */

struct clock_now {
    int64_t wall_s;       /* CLOCK_REALTIME, seconds since 1970 */
    uint32_t wall_ns;     /* its fraction, nanoseconds */
    uint64_t boot_ns;     /* CLOCK_BOOTTIME, nanoseconds */
    bool synchronised;    /* adjtimex(2): neither TIME_ERROR nor STA_UNSYNC */
    int64_t max_error_us; /* adjtimex(2) maxerror, microseconds */
};

/* Read all clocks. Cannot fail: what can't be read is 0 or false. */
void clock_read(struct clock_now *ret);
uint64_t clock_boot_ns(void);
int64_t clock_wall_s(void);
/* The same, some ms late, for a third of the cost. */
int64_t clock_wall_coarse_s(void);

/* This boot's id. 0 or -errno. */
int clock_boot_id(char ret[static CLOCK_BOOT_ID_CAP]) SK_MUST_CHECK;

/* "2026-11-20T08:15:30.123Z" (RFC 3339, UTC, milliseconds). */
void clock_format(char out[static CLOCK_TIME_CAP], int64_t wall_s, uint32_t wall_ns);

/* "2026-11-20" → the first second of that day in Japan (UTC+9, where the contracts' days are
 * counted). A real calendar day of the years 1970…9999, or SK_ERR_FORMAT. */
int clock_parse_date(const char *text, int64_t *ret_wall_s) SK_MUST_CHECK;

/* "2026-11-20" of that second in Japan. */
void clock_format_date(char out[static CLOCK_TIME_CAP], int64_t wall_s);

/* An RFC 3339 time with 'Z' or an offset, or a date as above. 0 or SK_ERR_FORMAT. */
int clock_parse_time(const char *text, int64_t *ret_wall_s) SK_MUST_CHECK;

/* Seconds of one day. */
#define CLOCK_DAY_S ((int64_t)86400)

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates by Japanese eras, as the contracts' forms write them. */
#ifndef REPORT_WAREKI_H
#define REPORT_WAREKI_H

#include <stdint.h>
#include "base/buf.h"

/* A day of the Gregorian calendar. */
struct wareki_day {
    unsigned year, month, day;
};

/* The day with that number (days since 1970-01-01). */
void wareki_civil(int64_t days, struct wareki_day *ret);

/* Append "令和8年11月21日"; an era's first year is 元年. Days before 昭和 (1926-12-25) are written
 * as "1926年12月24日". */
void wareki_format(struct buf *b, const struct wareki_day *day);

#endif

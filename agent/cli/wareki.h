/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates by Japanese eras, as the contracts' forms write them. */
#ifndef CLI_WAREKI_H
#define CLI_WAREKI_H

#include "base/buf.h"

/* A day of the Gregorian calendar. */
struct wareki_day {
    unsigned year, month, day;
};

/* Append "令和8年11月21日"; an era's first year is 元年. Days before 昭和 (1926-12-25) are written
 * as "1926年12月24日". */
void wareki_format(struct buf *b, const struct wareki_day *day);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wareki.c owns the table of eras. It must never consult the locale or the time zone: glibc's %EY
 * works only where a ja_JP locale has been generated, and a form reads the same everywhere. */
#include "report/wareki.h"
#include "base/clean.h"

struct era {
    const char *name;
    struct wareki_day first;
};

/* Latest first. First days: cabinet orders of 1926-12-25, 1989-01-07 (in force on 01-08) and
 * 2019-04-01 (in force on 05-01). */
static const struct era eras[] = {
    {"令和", {2019, 5, 1}},
    {"平成", {1989, 1, 8}},
    {"昭和", {1926, 12, 25}},
};

static unsigned order(const struct wareki_day *day)
{
    return day->year * 10000 + day->month * 100 + day->day;
}

void wareki_format(struct buf *b, const struct wareki_day *day)
{
    const struct era *era = NULL;
    for (size_t i = 0; i < array_count(eras) && !era; i++)
        if (order(day) >= order(&eras[i].first))
            era = &eras[i];
    if (!era)
        buf_printf(b, "%u年", day->year);
    else if (day->year == era->first.year)
        buf_printf(b, "%s元年", era->name);
    else
        buf_printf(b, "%s%u年", era->name, day->year - era->first.year + 1);
    buf_printf(b, "%u月%u日", day->month, day->day);
}

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days. */
void wareki_civil(int64_t days, struct wareki_day *ret)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    ret->day = (unsigned)(of_year - (153 * shifted + 2) / 5 + 1);
    ret->month = (unsigned)(shifted < 10 ? shifted + 3 : shifted - 9);
    ret->year = (unsigned)(year + era * 400 + (ret->month <= 2));
}

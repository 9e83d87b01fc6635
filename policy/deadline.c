/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadline.c owns the arithmetic of the incident clocks and Japan's calendar of working days. It must
 * never read a clock or the zone of the PC: what is due is the same on every machine. */
#include "policy/deadline.h"
#include <string.h>
#include "base/clock.h"
#include "base/str.h"

#define JAPAN_S     (9 * 3600)
#define MINUTE_S    60
#define OPEN_DAYS   400 /* days that are looked through for the next one with hours */
#define THURSDAY    4   /* 1970-01-01; 0 = Sunday */

const char *deadline_name(enum policy_clock_name which)
{
    static const char *const names[POLICY_CLOCK_COUNT] = {
        [POLICY_CLOCK_FIRST] = "first",     [POLICY_CLOCK_EFFECT] = "effect",
        [POLICY_CLOCK_DETAILS] = "details", [POLICY_CLOCK_FACTS] = "facts",
        [POLICY_CLOCK_WRITTEN] = "written", [POLICY_CLOCK_PLAN] = "plan",
        [POLICY_CLOCK_RESULT] = "result",   [POLICY_CLOCK_FINAL] = "final",
    };
    return (unsigned)which < POLICY_CLOCK_COUNT ? names[which] : "";
}

enum policy_clock_name deadline_named(const char *name)
{
    unsigned i = 0;
    while (i < POLICY_CLOCK_COUNT && !str_eq(deadline_name((enum policy_clock_name)i), name))
        i++;
    return (enum policy_clock_name)i;
}

const char *deadline_state_name(enum deadline_state state)
{
    static const char *const names[] = {[DEADLINE_NONE] = "", [DEADLINE_DUE] = "due",
                                        [DEADLINE_LATE] = "late", [DEADLINE_MADE] = "made",
                                        [DEADLINE_MADE_LATE] = "made-late"};
    return (unsigned)state < array_count(names) ? names[state] : "";
}

/* --- days in Japan ---------------------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t day_of(int64_t at_s)
{
    return floor_div(at_s + JAPAN_S, CLOCK_DAY_S);
}

static int64_t start_of(int64_t day)
{
    return day * CLOCK_DAY_S - JAPAN_S;
}

/* 0 = Sunday */
static int weekday_of(int64_t day)
{
    return (int)(((day + THURSDAY) % 7 + 7) % 7);
}

/* Days since 1970 → the proleptic Gregorian date, by eras of 400 years that begin in March. */
static void civil_of(int64_t day, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t shifted = day + 719468, era = floor_div(shifted, 146097);
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* 0 = March */
    *ret_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year + era * 400 + (*ret_month <= 2));
}

/* The day of March or September on which the equinox falls, in Japan. */
static int equinox(int year, bool autumn)
{
    int since = year - 1980;
    int64_t base = autumn ? 23248800 : 20843100; /* of a millionth of a day */
    return (int)((base + 242194LL * since) / 1000000) - (int)floor_div(since, 4);
}

/* The days of article 2. A Monday rule names the month and which Monday. */
static bool named_in_law(int64_t day)
{
    static const struct {
        int month, day;
    } fixed[] = {{1, 1}, {2, 11}, {2, 23}, {4, 29}, {5, 3}, {5, 4}, {5, 5}, {8, 11}, {11, 3}, {11, 23}};
    static const struct {
        int month, which;
    } mondays[] = {{1, 2}, {7, 3}, {9, 3}, {10, 2}};
    int year, month, of_month;
    civil_of(day, &year, &month, &of_month);
    for (size_t i = 0; i < array_count(fixed); i++)
        if (fixed[i].month == month && fixed[i].day == of_month)
            return true;
    for (size_t i = 0; i < array_count(mondays); i++)
        if (mondays[i].month == month && weekday_of(day) == 1 && (of_month - 1) / 7 + 1 == mondays[i].which)
            return true;
    return (month == 3 && of_month == equinox(year, false)) ||
           (month == 9 && of_month == equinox(year, true));
}

/* Article 3: 2 the day after, when one falls on a Sunday; 3 a day between two of them. */
static bool national_holiday(int64_t day)
{
    if (named_in_law(day))
        return true;
    for (int64_t before = day - 1; named_in_law(before); before--)
        if (weekday_of(before) == 0)
            return true;
    return named_in_law(day - 1) && named_in_law(day + 1);
}

bool deadline_national_holiday(int64_t at_s)
{
    return national_holiday(day_of(at_s));
}

static bool in_list(const struct policy_list *days, int64_t day)
{
    char text[CLOCK_TIME_CAP];
    clock_format_date(text, start_of(day));
    return policy_list_has(days, text);
}

static bool working_day(const struct policy_incident *rules, int64_t day)
{
    return (rules->weekdays & (1u << weekday_of(day))) != 0 && !in_list(&rules->holidays, day) &&
           !(rules->national_holidays && national_holiday(day));
}

bool deadline_in_hours(const struct policy_incident *rules, int64_t at_s)
{
    int64_t day = day_of(at_s), second = at_s - start_of(day);
    return working_day(rules, day) && second >= (int64_t)rules->hours.from * MINUTE_S &&
           second <= (int64_t)rules->hours.to * MINUTE_S;
}

/* When the hours begin next, after a moment outside of them; INT64_MAX: never. */
static int64_t next_opening(const struct policy_incident *rules, int64_t at_s)
{
    int64_t day = day_of(at_s);
    for (int64_t i = 0; i < OPEN_DAYS; i++) {
        int64_t opens = start_of(day + i) + (int64_t)rules->hours.from * MINUTE_S;
        if (opens >= at_s && working_day(rules, day + i))
            return opens;
    }
    return INT64_MAX;
}

/* --- clocks ----------------------------------------------------------------------------------- */

static int64_t due_after(const struct policy_incident *rules, const struct policy_clock *clock,
                         int64_t from_s)
{
    if (clock->outside_s == 0 || deadline_in_hours(rules, from_s))
        return from_s + clock->length_s;
    int64_t opens = next_opening(rules, from_s), late = from_s + clock->outside_s;
    return opens < late - clock->length_s ? opens + clock->length_s : late;
}

static void set_state(struct deadline *d, int64_t reported_s, int64_t now_s)
{
    if (reported_s != 0)
        d->state = d->due_s != 0 && reported_s > d->due_s ? DEADLINE_MADE_LATE : DEADLINE_MADE;
    else if (d->due_s != 0)
        d->state = now_s > d->due_s ? DEADLINE_LATE : DEADLINE_DUE;
}

static void run_clock(const struct policy_incident *rules, const struct deadline_facts *facts,
                      enum policy_clock_name which, struct deadline *all)
{
    const struct policy_clock *clock = &rules->clocks[which];
    struct deadline *d = &all[which];
    int64_t from_s = facts->known_s;
    enum policy_clock_name base = clock->from == POLICY_FROM_FIRST   ? POLICY_CLOCK_FIRST
                                  : clock->from == POLICY_FROM_FACTS ? POLICY_CLOCK_FACTS
                                                                     : POLICY_CLOCK_COUNT;
    if (base != POLICY_CLOCK_COUNT && base != which) {
        d->assumed = facts->reported_s[base] == 0;
        from_s = d->assumed ? all[base].due_s : facts->reported_s[base];
        if (from_s == 0)
            from_s = facts->known_s;
    }
    if (clock->length_s != 0)
        d->due_s = due_after(rules, clock, from_s);
}

void deadlines_of(const struct policy_incident *rules, const struct deadline_facts *facts,
                  int64_t now_s, struct deadline ret[static POLICY_CLOCK_COUNT])
{
    /* what others count from comes first */
    static const enum policy_clock_name order[] = {
        POLICY_CLOCK_FIRST,   POLICY_CLOCK_FACTS, POLICY_CLOCK_EFFECT, POLICY_CLOCK_DETAILS,
        POLICY_CLOCK_WRITTEN, POLICY_CLOCK_PLAN,  POLICY_CLOCK_RESULT, POLICY_CLOCK_FINAL};
    memset(ret, 0, POLICY_CLOCK_COUNT * sizeof *ret);
    for (size_t i = 0; i < array_count(order); i++)
        run_clock(rules, facts, order[i], ret);
    if (facts->final_by_s != 0)
        ret[POLICY_CLOCK_FINAL] = (struct deadline){.due_s = facts->final_by_s};
    for (unsigned i = 0; i < POLICY_CLOCK_COUNT; i++)
        set_state(&ret[i], facts->reported_s[i], now_s);
}

enum policy_clock_name deadline_next(const struct deadline all[static POLICY_CLOCK_COUNT])
{
    unsigned next = POLICY_CLOCK_COUNT;
    for (unsigned i = 0; i < POLICY_CLOCK_COUNT; i++)
        if ((all[i].state == DEADLINE_DUE || all[i].state == DEADLINE_LATE) &&
            (next == POLICY_CLOCK_COUNT || all[i].due_s < all[next].due_s))
            next = i;
    return (enum policy_clock_name)next;
}

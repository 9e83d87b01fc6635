/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clocks of an incident (INC-2): what is to be reported until when, and what is late. Pure: every
 * time is passed in, and days and hours are Japan's (UTC+9, no summer time) whatever the PC's zone is.
 *
 * The lengths are the policy's ([incident], struct policy_incident). Its defaults are the strictest of
 * the contracts: first report and effect 1 h, details 8 h, plan 24 h and result 48 h after knowing
 * [001 2(4); 004 別記2 4.1(6)ア], facts 1 h after the first report on weekdays from 9 to 17, else 3 h
 * [004 4.1(6)イ]. A clock that counts from a report which was not made yet counts from the last moment
 * at which that report is due; when the report comes, also late, from the moment of the report.
 *
 * Which of two lengths holds is told by the moment that it counts from. Where that lies outside of the
 * hours, the shorter of both ways to read the clause holds: the longer length from there, or the
 * shorter one from when the hours begin again. */
#ifndef POLICY_DEADLINE_H
#define POLICY_DEADLINE_H

#include "policy/model.h"

struct deadline_facts {
    int64_t known_s;                          /* when it was known, seconds since 1970 */
    int64_t reported_s[POLICY_CLOCK_COUNT];   /* when each report was made, 0 = not yet */
    int64_t final_by_s;                       /* the client's date for the final report, 0 = none */
};

enum deadline_state {
    DEADLINE_NONE,      /* no clock runs for it */
    DEADLINE_DUE,
    DEADLINE_LATE,      /* not made, and the time is over */
    DEADLINE_MADE,
    DEADLINE_MADE_LATE,
};

struct deadline {
    int64_t due_s;             /* the last moment at which it is in time; 0 = no clock */
    enum deadline_state state;
    bool assumed;              /* counts from a report that was not made yet */
};

/* What holds at now_s. ret has POLICY_CLOCK_COUNT entries. */
void deadlines_of(const struct policy_incident *rules, const struct deadline_facts *facts,
                  int64_t now_s, struct deadline ret[static POLICY_CLOCK_COUNT]);

/* The one of those not made that is due first, or POLICY_CLOCK_COUNT. */
enum policy_clock_name deadline_next(const struct deadline all[static POLICY_CLOCK_COUNT]);

/* Is that second in the policy's hours of a weekday that is no holiday? The closing second counts. */
bool deadline_in_hours(const struct policy_incident *rules, int64_t at_s);

/* Is the day in Japan that holds this second a national holiday by law (昭和23年法律第178号: the days
 * of article 2, their substitutes and days between two of them)? Right for 2022 to 2099; the equinoxes,
 * which the government announces each February, by the usual formula for 1980 to 2099. */
bool deadline_national_holiday(int64_t at_s);

/* "first", "details", … and back (POLICY_CLOCK_COUNT: no such name). */
const char *deadline_name(enum policy_clock_name which);
enum policy_clock_name deadline_named(const char *name);
/* "due", "late", "made", "made-late", "" (none) */
const char *deadline_state_name(enum deadline_state state);

#endif

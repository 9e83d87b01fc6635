/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy-deadline.c proves the incident clocks against times that were worked out by hand, with a
 * calendar at hand: weekends, holidays and their substitutes, the year's end, a first report that comes
 * late. All times below are Japan's; the PC's zone is another one that changes its clocks. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "cmocka-head.h"
#include "policy-help.h"
#include "policy/deadline.h"

/* "2026-11-27 16:30[:15]" in Japan */
static int64_t japan(const char *text)
{
    char full[CLOCK_TIME_CAP];
    int64_t s = 0;
    if (!text || !*text)
        return 0;
    snprintf(full, sizeof full, "%.10sT%.5s:%s+09:00", text, text + 11, strlen(text) > 16 ? text + 17 : "00");
    assert_int_equal(clock_parse_time(full, &s), 0);
    return s;
}

static void is_at(const char *what, int64_t due_s, const char *wanted)
{
    char got[CLOCK_TIME_CAP], due[CLOCK_TIME_CAP];
    clock_format(got, due_s, 0);
    clock_format(due, japan(wanted), 0);
    if (strcmp(got, due) != 0)
        fail_msg("%s: %s, not %s (%s in Japan)", what, got, due, wanted);
}

/* known, first report made ("" = not yet), now; then what is due when, by hand */
static const struct {
    const char *what, *known, *first, *first_due, *details, *facts, *plan, *result;
} rows[] = {
    /* Friday 2026-11-27, told at once; 10:20 + 1 h within hours */
    {"a weekday morning", "2026-11-27 10:00", "2026-11-27 10:20", "2026-11-27 11:00", "2026-11-27 18:00",
     "2026-11-27 11:20", "2026-11-28 10:00", "2026-11-29 10:00"},
    /* the report is made at 16:50, in hours: one hour, though that is after closing */
    {"just before closing", "2026-11-27 16:30", "2026-11-27 16:50", "2026-11-27 17:30", "2026-11-28 00:30",
     "2026-11-27 17:50", "2026-11-28 16:30", "2026-11-29 16:30"},
    {"at the closing second", "2026-11-27 16:30", "2026-11-27 17:00", "2026-11-27 17:30", "2026-11-28 00:30",
     "2026-11-27 18:00", "2026-11-28 16:30", "2026-11-29 16:30"},
    /* 17:00:01 is outside: three hours */
    {"a second after closing", "2026-11-27 16:30", "2026-11-27 17:00:01", "2026-11-27 17:30", "2026-11-28 00:30",
     "2026-11-27 20:00:01", "2026-11-28 16:30", "2026-11-29 16:30"},
    /* Friday evening to Saturday: three hours */
    {"a Friday night", "2026-11-27 22:10", "2026-11-27 22:30", "2026-11-27 23:10", "2026-11-28 06:10",
     "2026-11-28 01:30", "2026-11-28 22:10", "2026-11-29 22:10"},
    {"a Saturday noon", "2026-11-28 12:00", "2026-11-28 12:30", "2026-11-28 13:00", "2026-11-28 20:00",
     "2026-11-28 15:30", "2026-11-29 12:00", "2026-11-30 12:00"},
    /* Monday 08:30 is outside; hours begin at 9, one hour from there is before three from here */
    {"before the hours of a Monday", "2026-11-30 08:15", "2026-11-30 08:30", "2026-11-30 09:15", "2026-11-30 16:15",
     "2026-11-30 10:00", "2026-12-01 08:15", "2026-12-02 08:15"},
    {"long before them", "2026-11-30 05:00", "2026-11-30 05:30", "2026-11-30 06:00", "2026-11-30 13:00",
     "2026-11-30 08:30", "2026-12-01 05:00", "2026-12-02 05:00"},
    /* Tuesday 2026-11-03, culture day */
    {"a holiday on a weekday", "2026-11-03 10:00", "2026-11-03 10:30", "2026-11-03 11:00", "2026-11-03 18:00",
     "2026-11-03 13:30", "2026-11-04 10:00", "2026-11-05 10:00"},
    /* Wednesday 2026-05-06 stands for Sunday the 3rd; Tuesday 2026-09-22 lies between two holidays */
    {"a day that stands for a Sunday", "2026-05-06 10:00", "2026-05-06 10:30", "2026-05-06 11:00", "2026-05-06 18:00",
     "2026-05-06 13:30", "2026-05-07 10:00", "2026-05-08 10:00"},
    {"a day between two holidays", "2026-09-22 16:00", "2026-09-22 16:10", "2026-09-22 17:00", "2026-09-23 00:00",
     "2026-09-22 19:10", "2026-09-23 16:00", "2026-09-24 16:00"},
    /* Thursday 2026-09-24, a second before the hours, and in their first */
    {"a second before opening", "2026-09-24 08:30", "2026-09-24 08:59:59", "2026-09-24 09:30", "2026-09-24 16:30",
     "2026-09-24 10:00", "2026-09-25 08:30", "2026-09-26 08:30"},
    {"at the opening second", "2026-09-24 08:30", "2026-09-24 09:00", "2026-09-24 09:30", "2026-09-24 16:30",
     "2026-09-24 10:00", "2026-09-25 08:30", "2026-09-26 08:30"},
    /* three hours from 06:45 end before one hour from 9:00 does */
    {"the first morning of a year's work", "2027-01-04 06:30", "2027-01-04 06:45", "2027-01-04 07:30", "2027-01-04 14:30",
     "2027-01-04 09:45", "2027-01-05 06:30", "2027-01-06 06:30"},
    /* Thursday 2026-12-31 is a weekday (no holiday by law); Friday 2027-01-01 is one */
    {"the last of the year", "2026-12-31 16:00", "2026-12-31 16:40", "2026-12-31 17:00", "2027-01-01 00:00",
     "2026-12-31 17:40", "2027-01-01 16:00", "2027-01-02 16:00"},
    {"new year's eve, late", "2026-12-31 23:30", "2027-01-01 00:10", "2027-01-01 00:30", "2027-01-01 07:30",
     "2027-01-01 03:10", "2027-01-01 23:30", "2027-01-02 23:30"},
    /* leap day 2028, a Tuesday */
    {"over a leap day", "2028-02-28 23:50", "2028-02-29 00:20", "2028-02-29 00:50", "2028-02-29 07:50",
     "2028-02-29 03:20", "2028-02-29 23:50", "2028-03-01 23:50"},
    /* nobody reported: the facts count from 11:00, the last moment for the first report */
    {"no first report yet", "2026-11-27 10:00", "", "2026-11-27 11:00", "2026-11-27 18:00", "2026-11-27 12:00",
     "2026-11-28 10:00", "2026-11-29 10:00"},
    /* five hours late: the facts count from when it was made; what counts from knowing does not move */
    {"a first report that comes late", "2026-11-27 10:00", "2026-11-27 15:10", "2026-11-27 11:00",
     "2026-11-27 18:00", "2026-11-27 16:10", "2026-11-28 10:00", "2026-11-29 10:00"},
    {"one that comes on Sunday", "2026-11-27 16:30", "2026-11-29 08:00", "2026-11-27 17:30", "2026-11-28 00:30",
     "2026-11-29 11:00", "2026-11-28 16:30", "2026-11-29 16:30"},
    /* the night in which New York sets its clocks back (2026-11-01 06:00 UTC = 15:00 in Japan), a Sunday */
    {"while the PC's zone changes its clocks", "2026-11-01 13:30", "2026-11-01 14:00", "2026-11-01 14:30",
     "2026-11-01 21:30", "2026-11-01 17:00", "2026-11-02 13:30", "2026-11-03 13:30"},
    /* and forward: 2026-03-08 07:00 UTC = 16:00 in Japan, a Sunday */
    {"and forward", "2026-03-08 15:30", "2026-03-08 15:40", "2026-03-08 16:30", "2026-03-08 23:30",
     "2026-03-08 18:40", "2026-03-09 15:30", "2026-03-10 15:30"},
};

static void clocks_run_from_the_right_moment(void **state)
{
    (void)state;
    const struct policy_incident *rules = &policy_builtin()->incident;
    for (size_t i = 0; i < array_count(rows); i++) {
        struct deadline d[POLICY_CLOCK_COUNT];
        struct deadline_facts facts = {.known_s = japan(rows[i].known)};
        facts.reported_s[POLICY_CLOCK_FIRST] = japan(rows[i].first);
        deadlines_of(rules, &facts, facts.known_s, d);
        is_at(rows[i].what, d[POLICY_CLOCK_FIRST].due_s, rows[i].first_due);
        is_at(rows[i].what, d[POLICY_CLOCK_EFFECT].due_s, rows[i].first_due);
        is_at(rows[i].what, d[POLICY_CLOCK_DETAILS].due_s, rows[i].details);
        is_at(rows[i].what, d[POLICY_CLOCK_FACTS].due_s, rows[i].facts);
        is_at(rows[i].what, d[POLICY_CLOCK_PLAN].due_s, rows[i].plan);
        is_at(rows[i].what, d[POLICY_CLOCK_RESULT].due_s, rows[i].result);
        assert_int_equal(d[POLICY_CLOCK_FINAL].due_s, 0);
        assert_int_equal(d[POLICY_CLOCK_FINAL].state, DEADLINE_NONE);
        assert_int_equal(d[POLICY_CLOCK_FACTS].assumed, facts.reported_s[POLICY_CLOCK_FIRST] == 0);
    }
}

static void what_is_late(void **state)
{
    (void)state;
    const struct policy_incident *rules = &policy_builtin()->incident;
    struct deadline d[POLICY_CLOCK_COUNT];
    struct deadline_facts facts = {.known_s = japan("2026-11-27 10:00")};
    deadlines_of(rules, &facts, japan("2026-11-27 11:00"), d); /* the last second is in time */
    assert_int_equal(d[POLICY_CLOCK_FIRST].state, DEADLINE_DUE);
    assert_int_equal(deadline_next(d), POLICY_CLOCK_FIRST);
    deadlines_of(rules, &facts, japan("2026-11-27 11:00:01"), d);
    assert_int_equal(d[POLICY_CLOCK_FIRST].state, DEADLINE_LATE);
    assert_int_equal(d[POLICY_CLOCK_FACTS].state, DEADLINE_DUE);
    facts.reported_s[POLICY_CLOCK_FIRST] = japan("2026-11-27 15:10");
    facts.reported_s[POLICY_CLOCK_EFFECT] = japan("2026-11-27 10:30");
    facts.reported_s[POLICY_CLOCK_FACTS] = japan("2026-11-27 16:10");
    facts.final_by_s = japan("2026-12-10 23:59:59");
    deadlines_of(rules, &facts, japan("2026-11-27 16:11"), d);
    assert_int_equal(d[POLICY_CLOCK_FIRST].state, DEADLINE_MADE_LATE);
    assert_int_equal(d[POLICY_CLOCK_EFFECT].state, DEADLINE_MADE);
    assert_int_equal(d[POLICY_CLOCK_FACTS].state, DEADLINE_MADE);
    is_at("in writing a day after the facts", d[POLICY_CLOCK_WRITTEN].due_s, "2026-11-28 16:10");
    is_at("the client's date", d[POLICY_CLOCK_FINAL].due_s, "2026-12-10 23:59:59");
    assert_int_equal(deadline_next(d), POLICY_CLOCK_DETAILS);
    for (unsigned i = 0; i < POLICY_CLOCK_COUNT; i++) {
        facts.reported_s[i] = facts.known_s;
        assert_int_equal(deadline_named(deadline_name((enum policy_clock_name)i)), i);
    }
    assert_int_equal(deadline_named("nothing"), POLICY_CLOCK_COUNT);
    deadlines_of(rules, &facts, japan("2027-11-27 16:11"), d);
    assert_int_equal(deadline_next(d), POLICY_CLOCK_COUNT);
    /* one that waits for what comes after it (lint says so) counts from knowing, not from 1970 */
    struct policy_incident odd = *rules;
    odd.clocks[POLICY_CLOCK_FIRST].from = POLICY_FROM_FACTS;
    facts = (struct deadline_facts){.known_s = japan("2026-11-27 10:00")};
    deadlines_of(&odd, &facts, facts.known_s, d);
    is_at("a clock that waits for itself", d[POLICY_CLOCK_FIRST].due_s, "2026-11-27 11:00");
}

/* The Cabinet Office's lists of 2024 to 2027, and of 2032, in which a day lies between two holidays; other
 * days of those years are none. */
static void holidays_are_the_laws(void **state)
{
    (void)state;
    static const struct {
        int year;
        const char *days[24];
    } years[] = {
        {2024, {"01-01", "01-08", "02-11", "02-12", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05", "05-06",
                "07-15", "08-11", "08-12", "09-16", "09-22", "09-23", "10-14", "11-03", "11-04", "11-23"}},
        {2025, {"01-01", "01-13", "02-11", "02-23", "02-24", "03-20", "04-29", "05-03", "05-04", "05-05", "05-06",
                "07-21", "08-11", "09-15", "09-23", "10-13", "11-03", "11-23", "11-24"}},
        {2026, {"01-01", "01-12", "02-11", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05", "05-06", "07-20",
                "08-11", "09-21", "09-22", "09-23", "10-12", "11-03", "11-23"}},
        {2027, {"01-01", "01-11", "02-11", "02-23", "03-21", "03-22", "04-29", "05-03", "05-04", "05-05", "07-19",
                "08-11", "09-20", "09-23", "10-11", "11-03", "11-23"}},
        {2032, {"01-01", "01-12", "02-11", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05", "07-19", "08-11",
                "09-20", "09-21", "09-22", "10-11", "11-03", "11-23"}},
    };
    for (size_t i = 0; i < array_count(years); i++) {
        char text[32];
        size_t next = 0;
        snprintf(text, sizeof text, "%d-01-01", years[i].year);
        for (int64_t s = day(text); ; s += CLOCK_DAY_S) {
            char date[CLOCK_TIME_CAP];
            clock_format_date(date, s);
            if (atoi(date) != years[i].year)
                break;
            bool wanted = years[i].days[next] && strcmp(date + 5, years[i].days[next]) == 0;
            next += wanted;
            if (deadline_national_holiday(s + 3600) != wanted ||
                deadline_national_holiday(s + CLOCK_DAY_S - 1) != wanted)
                fail_msg("%s: %d, not %d", date, !wanted, wanted);
        }
        assert_null(years[i].days[next]);
    }
}

static void the_policy_sets_them(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    static const char more[] = "[incident]\nfirst = 30 minutes after knowing\n"
                               "facts = 2 hours after knowing, 4 hours outside hours\nresult = 3 days after facts report\n"
                               "final = 2 weeks after knowing\nhours = 08:30-12:00\nweekdays = monday, saturday\n"
                               "national-holidays = no\nholidays = 2026-11-28, 2026-12-29\nphone.1 = 市民課 03-0000\n"
                               "notify = boss@example.jp, /usr/local/bin/tell\n";
    autofree char *text = changed(small_policy, NULL, more);
    struct policy *p = parse_right(text, &f);
    const struct policy_incident *rules = &p->incident;
    struct deadline d[POLICY_CLOCK_COUNT];
    struct deadline_facts facts = {.known_s = japan("2026-11-30 09:00")}; /* a Monday */
    deadlines_of(rules, &facts, facts.known_s, d);
    is_at("first", d[POLICY_CLOCK_FIRST].due_s, "2026-11-30 09:30");
    is_at("facts", d[POLICY_CLOCK_FACTS].due_s, "2026-11-30 11:00");
    is_at("result", d[POLICY_CLOCK_RESULT].due_s, "2026-12-03 11:00");
    is_at("final", d[POLICY_CLOCK_FINAL].due_s, "2026-12-14 09:00");
    is_at("details stay as they are", d[POLICY_CLOCK_DETAILS].due_s, "2026-11-30 17:00");
    assert_false(deadline_in_hours(rules, japan("2026-11-28 10:00"))); /* a Saturday on the list */
    assert_true(deadline_in_hours(rules, japan("2026-12-05 10:00")));  /* one that is not */
    assert_true(deadline_in_hours(rules, japan("2026-12-05 08:30")));
    assert_false(deadline_in_hours(rules, japan("2026-12-05 08:29:59")));
    assert_false(deadline_in_hours(rules, japan("2026-12-05 12:00:01")));
    assert_false(deadline_in_hours(rules, japan("2026-12-01 10:00"))); /* a Tuesday */
    assert_true(deadline_in_hours(rules, japan("2026-05-04 10:00")));  /* a holiday, which counts here */
    policy_free(&p);
    policy_findings_free(&f);
}

/* Offices that are closed from 29 December to 3 January, which no law says: the policy's own days. */
static void closed_over_the_year(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    autofree char *text = changed(small_policy, NULL, "[incident]\nholidays = 2026-12-29, 2026-12-30, 2026-12-31, "
                                                      "2027-01-02, 2027-01-03\n");
    struct policy *p = parse_right(text, &f);
    struct deadline d[POLICY_CLOCK_COUNT];
    struct deadline_facts facts = {.known_s = japan("2026-12-29 10:00")}; /* a Tuesday */
    facts.reported_s[POLICY_CLOCK_FIRST] = japan("2026-12-29 10:20");
    deadlines_of(&p->incident, &facts, facts.known_s, d);
    is_at("the first closed day", d[POLICY_CLOCK_FACTS].due_s, "2026-12-29 13:20");
    facts.reported_s[POLICY_CLOCK_FIRST] = japan("2026-12-28 16:59:59");
    deadlines_of(&p->incident, &facts, facts.known_s, d);
    is_at("the last open second of a year", d[POLICY_CLOCK_FACTS].due_s, "2026-12-28 17:59:59");
    facts.reported_s[POLICY_CLOCK_FIRST] = japan("2027-01-04 09:30");
    deadlines_of(&p->incident, &facts, facts.known_s, d);
    is_at("the first open day", d[POLICY_CLOCK_FACTS].due_s, "2027-01-04 10:30");
    policy_free(&p);
    policy_findings_free(&f);
}

static void bad_values_are_told(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "first = 1 hour", "first = after knowing", "first = 1 hour after lunch", "first = 1 hour after knowing, 2 hours",
        "facts = 1 hour after first report, outside hours", "first = 0 hours after knowing",
        "first = 100 years after knowing", "hours = 9-17", "hours = 17:00-09:00", "hours = 09:00-24:01",
        "hours = 09:00-17:00x", "weekdays = mon", "holidays = 2026-02-30", "holidays = soon", "notify = boss",
        "notify = -oQ/tmp@x", "notify = a b@c.jp", "notify = @c.jp", "notify = tell.sh", "notify = a@c.jp\\nBcc",
        "burst = 1", "sendmail = sendmail", "clock-step = 0 seconds"};
    for (size_t i = 0; i < array_count(bad); i++) {
        struct policy_findings f = {0};
        struct policy *p = NULL;
        autobuf struct buf more = {0};
        buf_printf(&more, "[incident]\n%s", bad[i]);
        autofree char *text = changed(small_policy, NULL, more.data);
        if (policy_parse(text, strlen(text), &p, &f) == 0 || !has_finding(&f, "bad-value", 0))
            fail_msg("%s is taken", bad[i]);
        policy_findings_free(&f);
    }
}

/* A line of [incident], and what is to be said about it. */
static void lint_says_what_is_weak(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *code;
        size_t errors;
    } weak[] = {{"first = 1 hour after first report", "clock-self", 1},
                {"facts = 1 hour after facts report", "clock-self", 1},
                {"details = 9 hours after knowing", "long-clock", 0},
                {"notify = a@b.jp", "no-phone", 0},
                {"phone = 1", "no-notify", 0}};
    for (size_t i = 0; i < array_count(weak); i++) {
        struct policy_findings f = {0};
        autobuf struct buf more = {0};
        buf_printf(&more, "[incident]\n%s", weak[i].lines);
        autofree char *text = changed(small_policy, NULL, more.data);
        struct policy *p = parse_right(text, &f);
        assert_int_equal(policy_lint(p, day("2026-06-01"), "pc-1", &f), 0);
        assert_true(has_finding(&f, weak[i].code, 0));
        assert_int_equal(f.errors, weak[i].errors);
        policy_free(&p);
        policy_findings_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_run_from_the_right_moment), cmocka_unit_test(what_is_late),
        cmocka_unit_test(holidays_are_the_laws),            cmocka_unit_test(the_policy_sets_them),
        cmocka_unit_test(closed_over_the_year),             cmocka_unit_test(bad_values_are_told),
        cmocka_unit_test(lint_says_what_is_weak),
    };
    setenv("TZ", "America/New_York", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

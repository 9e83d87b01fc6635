/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-incident.c proves that an incident's clocks run as long as they were to run, however the PC's clock is
 * moved meanwhile, and what the joined view says of it. */
#include <string.h>
#include "base/clock.h"
#include "cmocka-head.h"
#include "control/incidents.h"
#include "policy/policy.h"
#include "proof/reader.h"
#include "record/record.h"

#define NOON 1795748400 /* 2026-11-27 12:00 in Japan, a Friday */

static struct clock_steps steps;

/* A line of the ledger at this wall time, so long after the boot. */
static void line_of(const char *kind, uint64_t seq, const char *boot, int64_t wall_s, int64_t boot_s)
{
    char text[512], at[CLOCK_TIME_CAP];
    clock_format(at, wall_s, 0);
    snprintf(text, sizeof text, "{\"at\":\"%s\",\"boot\":\"%s\",\"boottime\":%lld,\"kind\":\"%s\",\"seq\":%llu}", at, boot,
             (long long)boot_s * 1000000000, kind, (unsigned long long)seq);
    struct scan_field fields[] = {{.key = "at"}, {.key = "kind"}};
    assert_int_equal(scan_record(text, strlen(text), fields, 2, NULL), 0);
    const struct ledger_line line = {.text = text, .len = strlen(text), .seq = seq, .at = fields[0], .kind = fields[1]};
    assert_int_equal(clock_steps_line(&steps, &line), 0);
}

static void begin(void)
{
    clock_steps_free(&steps);
    line_of("permit", 0, "one", NOON, 1000);
}

static void jumps_are_told_from_the_lines(void **state)
{
    (void)state;
    begin();
    line_of("permit", 1, "one", NOON + 901, 1900); /* a second in a quarter of an hour */
    assert_int_equal(steps.count, 0);
    line_of("permit", 2, "one", NOON + 1803, 2800);
    line_of("permit", 3, "one", NOON + 2705, 3700); /* five seconds since it was right */
    assert_int_equal(clock_steps_since(&steps, 2), 5);
    assert_int_equal(clock_steps_since(&steps, 3), 0);
    line_of("clock", 4, "one", NOON + 2705 - 3600 + 10, 3710);
    assert_int_equal(clock_steps_since(&steps, 3), -3600);
    assert_int_equal(clock_steps_since(&steps, 0), -3595);
    line_of("access", 5, "one", NOON + 900000, 3720); /* accesses are many, */
    line_of("seal", 5, "one", NOON + 900000, 3720);   /* and seals follow what they seal: the next of another kind tells */
    assert_int_equal(steps.count, 2);
    line_of("clock", 6, "one", NOON + 2705 + 20, 3730);
    assert_int_equal(clock_steps_since(&steps, 4), 3590);
    /* the PC was off: that it went ahead is no jump, that it went back is one */
    line_of("agent", 7, "two", NOON + 90000, 30);
    assert_int_equal(clock_steps_since(&steps, 6), 0);
    line_of("agent", 8, "three", NOON + 80000, 30);
    assert_int_equal(clock_steps_since(&steps, 7), -10000);
    line_of("permit", 9, "three", NOON + 80030, 60);
    assert_int_equal(clock_steps_since(&steps, 8), 0);
    assert_int_equal(clock_steps_since(NULL, 0), 0);
    clock_steps_cut(&steps, 8); /* a paper of the records before that */
    assert_int_equal(clock_steps_since(&steps, 7), 0);
    assert_int_equal(clock_steps_since(&steps, 4), 3590);
}

static json_t *row_of(int64_t known_s, uint64_t seq, int64_t reported_s, uint64_t reported_seq)
{
    char known[CLOCK_TIME_CAP], reported[CLOCK_TIME_CAP];
    clock_format(known, known_s, 0);
    clock_format(reported, reported_s, 0);
    json_t *row = json_pack("{s{ss sI ss}s[]s[]s{}}", "opened", "known-at", known, "seq", (json_int_t)seq, "at", known,
                            "added", "reported", "notices");
    if (reported_s)
        json_array_append_new(json_object_get(row, "reported"),
                              json_pack("{s{ssss}sI}", "report", "which", "first", "at", reported, "seq",
                                        (json_int_t)reported_seq));
    assert_non_null(row);
    return row;
}

static void due_is(const json_t *row, int64_t now_s, enum policy_clock_name which, int64_t due_s, enum deadline_state as)
{
    struct deadline all[POLICY_CLOCK_COUNT];
    const struct incident_clock clock = {.now_s = now_s, .steps = &steps};
    incident_deadlines(row, policy_builtin(), &clock, all);
    assert_int_equal(all[which].due_s, due_s);
    assert_int_equal(all[which].state, as);
}

static void clocks_run_as_long_as_they_should(void **state)
{
    (void)state;
    begin();
    autojson json_t *row = row_of(NOON, 1, 0, 0); /* known at noon; an hour for the first report */
    due_is(row, NOON + 3600, POLICY_CLOCK_FIRST, NOON + 3600, DEADLINE_DUE);
    due_is(row, NOON + 3601, POLICY_CLOCK_FIRST, NOON + 3600, DEADLINE_LATE);
    /* half an hour later the clock is set back by five: half an hour is left, by the new clock */
    line_of("clock", 2, "one", NOON + 1800 - 18000, 2800);
    due_is(row, NOON + 1800 - 18000, POLICY_CLOCK_FIRST, NOON + 3600 - 18000, DEADLINE_DUE);
    due_is(row, NOON + 3601 - 18000, POLICY_CLOCK_FIRST, NOON + 3600 - 18000, DEADLINE_LATE);
    assert_int_equal(incident_known(row, &steps), NOON - 18000);
    /* and ahead by six: nothing is late for that */
    line_of("clock", 3, "one", NOON + 1810 + 3600, 2810);
    due_is(row, NOON + 1810 + 3600, POLICY_CLOCK_FIRST, NOON + 7200, DEADLINE_DUE);
    due_is(row, NOON + 7201, POLICY_CLOCK_FIRST, NOON + 7200, DEADLINE_LATE);
    /* what is known after a step does not move with it */
    autojson json_t *later = row_of(NOON + 5500, 4, 0, 0);
    due_is(later, NOON + 5500, POLICY_CLOCK_FIRST, NOON + 5500 + 3600, DEADLINE_DUE);
}

static void reports_move_with_the_clock(void **state)
{
    (void)state;
    begin();
    /* reported at 12:20, on a weekday from 9 to 17: the facts an hour later, at 13:20 */
    autojson json_t *row = row_of(NOON, 1, NOON + 1200, 2);
    due_is(row, NOON + 1300, POLICY_CLOCK_FACTS, NOON + 4800, DEADLINE_DUE);
    line_of("clock", 3, "one", NOON + 1300 + 600, 2300); /* ten minutes ahead */
    due_is(row, NOON + 1900, POLICY_CLOCK_FACTS, NOON + 5400, DEADLINE_DUE);
    due_is(row, NOON + 5400, POLICY_CLOCK_FIRST, NOON + 4200, DEADLINE_MADE);
    /* one that was made at 13:05 by the old clock, five minutes late, stays so */
    autojson json_t *late = row_of(NOON, 1, NOON + 3900, 2);
    due_is(late, NOON + 5400, POLICY_CLOCK_FIRST, NOON + 4200, DEADLINE_MADE_LATE);
}

static int end(void **state)
{
    (void)state;
    clock_steps_free(&steps);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jumps_are_told_from_the_lines),
        cmocka_unit_test(clocks_run_as_long_as_they_should),
        cmocka_unit_test(reports_move_with_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}

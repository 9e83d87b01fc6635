/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plug-repeats.c proves how often one device may be on record, and that what is beyond is counted, all of it. */
#include "plug/repeats.h"
#include <stdio.h>
#include <string.h>
#include "cmocka-head.h"
#include "record/record.h"

#define S 1000000000ull

static struct repeats *fresh(void)
{
    struct repeats *r = NULL;
    assert_int_equal(repeats_new(&r), 0);
    return r;
}

static struct plugged stick(const char *serial)
{
    static char port[] = "0000:00:14.0/1", nothing[] = "";
    struct plugged p = {.port = port, .maker = nothing, .name = nothing};
    p.serial = (char *)(uintptr_t)serial;
    p.said.vendor = 0x0951;
    p.decision.verdict = PLUGGED_REFUSED;
    return p;
}

/* True when it is to be written now. */
static bool happens(struct repeats *r, const struct plugged *p, const char *phase, uint64_t now_ns)
{
    autojson json_t *record = json_pack("{ssss}", "phase", phase, "serial", p->serial);
    return repeats_tell(r, p, phase, record, now_ns);
}

static unsigned written(struct repeats *r, const struct plugged *p, unsigned times, uint64_t now_ns)
{
    unsigned count = 0;
    for (unsigned i = 0; i < times; i++)
        count += happens(r, p, i % 2 ? "removed" : "plugged", now_ns);
    return count;
}

static void the_first_are_told_and_the_others_counted(void **state)
{
    (void)state;
    struct repeats *r = fresh();
    const struct plugged p = stick("A");
    assert_int_equal(written(r, &p, 100, 1 * S), REPEATS_FULL_MAX);
    assert_null(repeats_due(r, 60 * S, false));
    assert_in_range(repeats_wait_ms(r, 60 * S), 1, 1001);
    autojson json_t *record = repeats_due(r, 61 * S, false);
    assert_string_equal(record_text(record, "phase"), "again");
    assert_int_equal(record_number(record, "count"), 100 - REPEATS_FULL_MAX);
    assert_int_equal(record_number(record, "phases.plugged"), 46);
    assert_int_equal(record_number(record, "phases.removed"), 46);
    assert_string_equal(record_text(record, "serial"), "A");
    assert_non_null(strchr(record_text(record, "since"), 'T'));
    assert_non_null(strchr(record_text(record, "until"), 'T'));
    assert_false(record_flag(record, "several"));
    assert_null(repeats_due(r, 61 * S, false));
    assert_int_equal(repeats_wait_ms(r, 61 * S), -1);
    repeats_free(&r);
}

/* While it goes on: one at once and one with the count, in spans that grow. A quiet span ends that. */
static void spans_grow_and_end(void **state)
{
    (void)state;
    struct repeats *r = fresh();
    const struct plugged p = stick("A");
    uint64_t now = S;
    unsigned records = written(r, &p, 100, now);
    for (unsigned i = 0; i < 24 * 60; i++) { /* a day, once a minute 12 times */
        now += 60 * S;
        for (json_t *due; (due = repeats_due(r, now, false)); records++)
            json_decref(due);
        records += written(r, &p, 12, now);
    }
    assert_in_range(records, 2 * 24 * 4, 2 * 24 * 7);
    now += 60 * S;
    autojson json_t *last = repeats_due(r, now, true);
    assert_non_null(last);
    now += REPEATS_LONGEST_NS;
    assert_int_equal(written(r, &p, 100, now), REPEATS_FULL_MAX);
    repeats_free(&r);
}

static void others_and_other_decisions_are_news(void **state)
{
    (void)state;
    struct repeats *r = fresh();
    struct plugged a = stick("A"), b = stick("B");
    assert_int_equal(written(r, &a, 50, S), REPEATS_FULL_MAX);
    assert_int_equal(written(r, &b, 50, S), REPEATS_FULL_MAX);
    a.decision.verdict = PLUGGED_ALLOWED;
    assert_int_equal(written(r, &a, 50, S), REPEATS_FULL_MAX);
    repeats_free(&r);
}

/* One that says another serial number each time can't fill the ledger either, and nothing of it is lost. */
static void one_that_never_is_the_same_is_counted_too(void **state)
{
    (void)state;
    struct repeats *r = fresh();
    unsigned records = 0;
    for (unsigned i = 0; i < 900; i++) {
        char serial[16];
        snprintf(serial, sizeof serial, "%u", i);
        const struct plugged p = stick(serial);
        records += happens(r, &p, "plugged", S);
    }
    assert_int_equal(records, REPEATS_PLACE_MAX);
    autojson json_t *record = repeats_due(r, 0, true);
    assert_int_equal(record_number(record, "count"), 900 - records);
    assert_true(record_flag(record, "several"));
    repeats_free(&r);
}

static void too_much_untold_is_told_at_once(void **state)
{
    (void)state;
    struct repeats *r = fresh();
    const struct plugged p = stick("A");
    unsigned told = written(r, &p, REPEATS_FULL_MAX + REPEATS_UNTOLD_MAX - 1, S);
    assert_null(repeats_due(r, S, false));
    told += written(r, &p, 1, S);
    assert_int_equal(repeats_wait_ms(r, S), 0);
    autojson json_t *record = repeats_due(r, S, false);
    assert_int_equal(record_number(record, "count"), REPEATS_UNTOLD_MAX);
    assert_int_equal(told, REPEATS_FULL_MAX);
    assert_int_equal(repeats_wait_ms(r, S), -1);
    repeats_free(&r);
}

static void what_needs_a_record_waits_for_its_turn(void **state)
{
    (void)state;
    struct repeats *r = fresh();
    const struct plugged p = stick("A");
    assert_true(repeats_admit(r, &p, S));
    (void)written(r, &p, REPEATS_FULL_MAX + 5, S);
    assert_false(repeats_admit(r, &p, S));
    json_decref(repeats_due(r, 61 * S, false));
    assert_true(repeats_admit(r, &p, 61 * S));
    assert_int_equal(written(r, &p, 5, 61 * S), 1);
    assert_false(repeats_admit(r, &p, 61 * S));
    repeats_free(&r);
}

static struct plugged stick_at(const char *port, unsigned number)
{
    static char serial[32];
    snprintf(serial, sizeof serial, "%u", number);
    struct plugged p = stick(serial);
    p.port = (char *)(uintptr_t)port;
    return p;
}

/* A device that says it is another each time, behind a hub of its own: four records a second are asked for, for an
 * hour. */
static void who_is_another_each_time_does_not_fill_the_ledger(void **state)
{
    (void)state;
    struct repeats *r = fresh();
    unsigned records = 0, asked = 0;
    uint64_t told = 0;
    for (uint64_t now = S; now < 3600 * S; now += S) {
        char port[32];
        snprintf(port, sizeof port, "0000:00:14.0/1.%u", asked % 7);
        const struct plugged p = stick_at(port, asked++ / 4);
        for (unsigned i = 0; i < 4; i++)
            records += happens(r, &p, "plugged", now);
        for (json_t *due; (due = repeats_due(r, now, false)); records++) {
            told += (uint64_t)record_number(due, "count");
            json_decref(due);
        }
    }
    assert_in_range(records, REPEATS_PLACE_MAX, 600);
    for (json_t *due; (due = repeats_due(r, 3600 * S, true)); records++) {
        told += (uint64_t)record_number(due, "count");
        json_decref(due);
    }
    assert_in_range(told, 4 * asked - 600, 4 * asked); /* the others are counted */
    const struct plugged here = stick_at("0000:00:14.0/1.9", 99999), elsewhere = stick_at("0000:00:14.0/2", 99999);
    assert_false(repeats_admit(r, &here, 3600 * S));
    assert_true(repeats_admit(r, &elsewhere, 3600 * S));
    assert_true(repeats_admit(r, &here, 3600 * S + 2 * REPEATS_LONGEST_NS));
    repeats_free(&r);
}

static void all_ports_together_have_a_limit(void **state)
{
    (void)state;
    struct repeats *r = fresh();
    unsigned records = 0;
    for (unsigned i = 0; i < 30; i++) {
        char port[32];
        snprintf(port, sizeof port, "0000:00:14.0/%u", i);
        const struct plugged p = stick_at(port, i);
        records += written(r, &p, 20, S);
    }
    assert_int_equal(records, REPEATS_ALL_MAX);
    repeats_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_are_told_and_the_others_counted),
        cmocka_unit_test(spans_grow_and_end),
        cmocka_unit_test(others_and_other_decisions_are_news),
        cmocka_unit_test(one_that_never_is_the_same_is_counted_too),
        cmocka_unit_test(too_much_untold_is_told_at_once),
        cmocka_unit_test(what_needs_a_record_waits_for_its_turn),
        cmocka_unit_test(who_is_another_each_time_does_not_fill_the_ledger),
        cmocka_unit_test(all_ports_together_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

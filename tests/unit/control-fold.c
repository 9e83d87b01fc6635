/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-fold.c proves that lists of records become the right cases, counters and times. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "control-help.h"
#include "control/view.h"
#include "record/record.h"

#define CASE "T-20261121-0007"

static struct fold *empty(void)
{
    struct fold *f = NULL;
    assert_int_equal(fold_new(HELP_BOOT, &f), 0);
    return f;
}

static int64_t at(const char *text)
{
    int64_t s;
    assert_int_equal(clock_parse_time(text, &s), 0);
    return s;
}

static enum case_state state_of(struct fold *f)
{
    const struct case_entry *e = fold_case(f, CASE);
    assert_non_null(e);
    return e->state;
}

static void test_life_of_a_take_out(void **state)
{
    (void)state;
    struct fold *f = empty();
    help_request(f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    assert_int_equal(state_of(f), CASE_REQUESTED);
    help_permit(f, CASE, "boss", "p1", "2026-11-21T01:00:00.000Z", "2026-11-21T09:00:00.000Z");
    assert_int_equal(state_of(f), CASE_PERMITTED);
    assert_int_equal(fold_case(f, CASE)->expires_s, at("2026-11-21T09:00:00Z"));
    help_phase(f, CASE, "takeout", "intent", "2026-11-21T02:00:00.000Z");
    assert_int_equal(state_of(f), CASE_RUNNING);
    help_phase(f, CASE, "takeout", "done", "2026-11-21T02:01:00.000Z");
    assert_int_equal(state_of(f), CASE_OUT);
    help_phase(f, CASE, "return", "done", "2026-11-22T00:00:00.000Z");
    assert_int_equal(state_of(f), CASE_RETURNED);
    assert_false(case_is_open(state_of(f)));
    help_phase(f, CASE, "disposal", "done", "2026-11-23T00:00:00.000Z");
    assert_int_equal(state_of(f), CASE_DISPOSED);
    assert_int_equal(json_array_size(fold_case(f, CASE)->events), 6);
    fold_free(&f);
}

static void test_failure_and_second_permit(void **state)
{
    (void)state;
    struct fold *f = empty();
    help_request(f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    help_permit(f, CASE, "boss", "p1", "2026-11-21T01:00:00.000Z", "2026-11-21T09:00:00.000Z");
    help_phase(f, CASE, "takeout", "intent", "2026-11-21T02:00:00.000Z");
    help_phase(f, CASE, "takeout", "failed", "2026-11-21T02:01:00.000Z");
    assert_int_equal(state_of(f), CASE_FAILED);
    help_permit(f, CASE, "boss", "p2", "2026-11-21T03:00:00.000Z", "2026-11-21T09:00:00.000Z");
    assert_int_equal(state_of(f), CASE_PERMITTED);
    assert_int_equal(fold_uses(f, "letter-12"), 2);
    assert_true(fold_permit_used(f, "p1"));
    assert_true(fold_permit_used(f, "p2"));
    assert_false(fold_permit_used(f, "p3"));
    help_phase(f, CASE, "takeout", "intent", "2026-11-21T04:00:00.000Z");
    help_phase(f, CASE, "takeout", "unknown", "2026-11-21T05:00:00.000Z");
    assert_int_equal(state_of(f), CASE_UNKNOWN);
    assert_true(case_is_open(state_of(f)));
    fold_free(&f);
}

static void test_rejected_and_expired(void **state)
{
    (void)state;
    struct fold *f = empty();
    help_request(f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    help_fold(f, "{'kind':'permit','case':'" CASE "','phase':'rejected','person':{'id':'boss'},"
                 "'why':'no'}");
    assert_int_equal(state_of(f), CASE_REJECTED);
    assert_int_equal(fold_uses(f, "letter-12"), 0);
    help_request(f, "C-20261121-0001", "hana", "2026-11-21T00:00:00.000Z");
    help_phase(f, "C-20261121-0001", "permit", "expired", "2026-11-21T00:00:00.000Z");
    assert_int_equal(fold_case(f, "C-20261121-0001")->state, CASE_EXPIRED);
    assert_false(fold_case(f, "C-20261121-0001")->take_out);
    fold_free(&f);
}

static void test_numbers_go_on(void **state)
{
    (void)state;
    struct fold *f = empty();
    help_request(f, "T-20261121-0009", "hana", "2026-11-21T00:00:00.000Z");
    help_request(f, "T-20261121-0003", "hana", "2026-11-21T00:00:00.000Z");
    help_fold(f, "{'kind':'receive','receipt':'R-20261121-0012','phase':'intent'}");
    assert_int_equal(fold_number(f, "T-20261121"), 9);
    assert_int_equal(fold_number(f, "R-20261121"), 12);
    assert_int_equal(fold_number(f, "T-20261122"), 0);
    assert_int_equal(json_object_size(f->receives), 1);
    help_fold(f, "{'kind':'receive','receipt':'R-20261121-0012','phase':'done'}");
    assert_int_equal(json_object_size(f->receives), 0);
    fold_free(&f);
}

static void test_long_requests_are_joined(void **state)
{
    (void)state;
    struct fold *f = empty();
    help_fold(f, "{'kind':'request','case':'" CASE "','phase':'content','content':{'files':"
                 "[{'name':'first'},{'name':'second'}]}}");
    assert_null(fold_case(f, CASE));
    help_request(f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    const json_t *files = fold_case(f, CASE)->files;
    assert_int_equal(json_array_size(files), 3);
    assert_string_equal(record_text(json_array_get(files, 0), "name"), "first");
    assert_string_equal(record_text(json_array_get(files, 2), "name"), "a");
    fold_free(&f);
}

static void test_strangers_are_counted(void **state)
{
    (void)state;
    struct fold *f = empty();
    help_phase(f, CASE, "takeout", "done", "2026-11-21T00:00:00.000Z");
    help_request(f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    help_request(f, CASE, "taro", "2026-11-21T00:00:00.000Z");
    assert_int_equal(f->strange, 2);
    assert_string_equal(record_text(fold_case(f, CASE)->request, "person.id"), "hana");
    fold_free(&f);
}

static void test_lockouts_and_policies(void **state)
{
    (void)state;
    struct fold *f = empty();
    uint64_t failures;
    int64_t until;
    help_fold(f, "{'kind':'lockout','person':{'id':'boss'},'failures':2,'until':''}");
    fold_lockout(f, "boss", &failures, &until);
    assert_int_equal(failures, 2);
    assert_int_equal(until, 0);
    help_fold(f, "{'kind':'lockout','person':{'id':'boss'},'failures':3,"
                 "'until':'2026-11-21T00:30:00.000Z'}");
    fold_lockout(f, "boss", &failures, &until);
    assert_int_equal(until, at("2026-11-21T00:30:00Z"));
    help_request(f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    help_permit(f, CASE, "boss", "p1", "2026-11-21T01:00:00.000Z", "2026-11-21T09:00:00.000Z");
    fold_lockout(f, "boss", &failures, &until);
    assert_int_equal(failures, 0);
    help_fold(f, "{'kind':'policy','phase':'installed','version':4,'digest':'d4'}");
    help_fold(f, "{'kind':'policy','phase':'refused','version':9,'digest':'d9'}");
    help_fold(f, "{'kind':'policy','phase':'in-force','version':2,'digest':'d2'}");
    assert_int_equal(f->policy_version, 4);
    assert_string_equal(f->policy_digest, "d4");
    fold_free(&f);
}

static void test_access_lines_are_passed_over(void **state)
{
    (void)state;
    struct fold *f = empty();
    static const char access[] = "{\"kind\":\"access\",not even JSON";
    assert_int_equal(fold_line(f, access, sizeof access - 1, 41), 0);
    assert_int_equal(f->next_seq, 42);
    static const char broken[] = "{\"kind\":\"request\"";
    assert_true(fold_line(f, broken, sizeof broken - 1, 42) < 0);
    fold_free(&f);
}

static void test_time_never_goes_back(void **state)
{
    (void)state;
    struct trusted t = {0};
    const uint64_t s = 1000000000ull;
    assert_int_equal(trusted_now(&t, 500, 0), 500);
    trusted_see(&t, 1000, true, 10 * s);
    assert_int_equal(trusted_now(&t, 500, 10 * s), 1000);
    /* the wall clock was set back, the boot clock moved on by an hour */
    assert_int_equal(trusted_now(&t, 500, 3610 * s), 4600);
    assert_int_equal(trusted_now(&t, 9000, 3610 * s), 9000);
    /* an earlier boot's record says the time, but not this boot's beginning */
    struct trusted other = {0};
    trusted_see(&other, 1000, false, 10 * s);
    assert_int_equal(trusted_now(&other, 500, 3610 * s), 1000);
}

static void test_view_of_a_take_out(void **state)
{
    (void)state;
    struct fold *f = empty();
    struct policy *p = help_policy();
    help_request(f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    const struct case_entry *e = fold_case(f, CASE);
    autojson json_t *early = view_case(e, p, at("2026-11-21"));
    assert_non_null(early);
    assert_true(json_is_null(record_member(early, "permission.granted")));
    assert_true(json_is_null(record_member(early, "return")));
    help_permit(f, CASE, "boss", "p1", "2026-11-21T01:00:00.000Z", "2026-11-21T09:00:00.000Z");
    help_phase(f, CASE, "takeout", "done", "2026-11-21T02:00:00.000Z");
    autojson json_t *out = view_case(e, p, at("2026-11-22"));
    assert_true(record_flag(out, "permission.granted"));
    assert_string_equal(record_text(out, "permission.approver.id"), "boss");
    assert_string_equal(record_text(out, "permission.consent.document"), "第12号");
    assert_string_equal(record_text(out, "contract.client"), "海辺市");
    assert_string_equal(record_text(out, "kept.how"), "金庫");
    assert_string_equal(record_text(out, "return-by"), "2026-12-05");
    assert_false(record_flag(out, "overdue"));
    assert_true(case_overdue(e, p, at("2026-12-05T02:00:00Z")));
    assert_false(case_overdue(e, p, at("2026-12-05T01:59:59Z")));
    autojson json_t *row = view_request(e);
    assert_int_equal(record_number(row, "files"), 1);
    fold_free(&f);
    policy_free(&p);
}

static void take_in(struct fold *f, uint64_t seq, const char *area, bool granted, uint64_t number)
{
    autojson json_t *record = json_pack(
        "{sIsssssssss{sb}sI}", "seq", (json_int_t)seq, "kind", "copy", "phase", "done", "area", area,
        "found", "copy", "permission", "granted", granted, "number", (json_int_t)number);
    assert_non_null(record);
    assert_int_equal(fold_record(f, record), 0);
}

static void test_copies_that_were_found(void **state)
{
    (void)state;
    struct fold *f = empty();
    take_in(f, 1, "a", true, 10);
    take_in(f, 2, "a", false, 11);
    take_in(f, 3, "b", false, 12);
    assert_int_equal(f->strange, 0);
    assert_int_equal(f->count, 0);
    assert_int_equal(f->found_number, 12);
    assert_int_equal(json_array_size(f->copies), 3);
    assert_int_equal(fold_unseen(f, "a"), 1);
    autojson json_t *word = json_pack("{sIsssss[s]sI}", "seq", (json_int_t)4, "kind", "confirm", "what",
                                      "copies", "areas", "a", "through", (json_int_t)2);
    take_in(f, 5, "a", false, 13);
    assert_int_equal(fold_record(f, word), 0);
    assert_int_equal(fold_unseen(f, "a"), 1); /* the one after it */
    assert_int_equal(fold_unseen(f, "b"), 1);
    for (uint64_t i = 0; i < FOLD_COPIES_MAX; i++)
        take_in(f, 6 + i, "b", true, 14 + i);
    assert_int_equal(json_array_size(f->copies), FOLD_COPIES_MAX);
    assert_int_equal(f->copies_left_out, 4);
    assert_int_equal(fold_unseen(f, "b"), 1);
    fold_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life_of_a_take_out),
        cmocka_unit_test(test_failure_and_second_permit),
        cmocka_unit_test(test_rejected_and_expired),
        cmocka_unit_test(test_numbers_go_on),
        cmocka_unit_test(test_long_requests_are_joined),
        cmocka_unit_test(test_strangers_are_counted),
        cmocka_unit_test(test_lockouts_and_policies),
        cmocka_unit_test(test_access_lines_are_passed_over),
        cmocka_unit_test(test_time_never_goes_back),
        cmocka_unit_test(test_copies_that_were_found),
        cmocka_unit_test(test_view_of_a_take_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

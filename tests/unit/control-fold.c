/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-fold.c proves that lists of records become the right cases, counters and times. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
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

#define TURN(number, sha256) "'medium':'usb-1','turn':{'identity':'ab','number':" number ",'sha256':'" sha256 "'}"

static void turns_are(struct fold *f, int64_t number, const char *now, const char *next)
{
    const json_t *turns = fold_turns(f, "ab");
    assert_string_equal(record_text(turns, "now"), now);
    assert_string_equal(record_text(turns, "next"), next);
    assert_int_equal(record_number(turns, "number"), number);
}

/* A turn is awaited from the intent on, and the one before until another end is known than failure. */
static void test_turns_of_a_medium(void **state)
{
    (void)state;
    struct fold *f = empty();
    help_request(f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    assert_null(fold_turns(f, "ab"));
    help_fold(f, "{'kind':'takeout','case':'" CASE "','phase':'intent'," TURN("1", "t1") "}");
    turns_are(f, 0, "", "t1");
    help_fold(f, "{'kind':'takeout','case':'" CASE "','phase':'done','at':'2026-11-21T01:00:00.000Z'," TURN("1", "t1") "}");
    turns_are(f, 1, "t1", "");
    assert_string_equal(record_text(fold_turns(f, "ab"), "at"), "2026-11-21T01:00:00.000Z");
    help_fold(f, "{'kind':'takeout','case':'" CASE "','phase':'intent'," TURN("2", "t2") "}");
    help_fold(f, "{'kind':'takeout','case':'" CASE "','phase':'failed'}");
    turns_are(f, 1, "t1", "t2"); /* nobody knows which it has */
    help_fold(f, "{'kind':'takeout','case':'" CASE "','phase':'intent'," TURN("2", "t2b") "}");
    turns_are(f, 1, "t1", "t2b");
    help_fold(f, "{'kind':'takeout','case':'" CASE "','phase':'done'," TURN("2", "t2") "}");
    turns_are(f, 1, "t1", "t2b"); /* not the one that was asked for last */
    help_fold(f, "{'kind':'device','phase':'turn'," TURN("2", "t2b") "}");
    turns_are(f, 2, "t2b", ""); /* found on it */
    help_fold(f, "{'kind':'takeout','case':'" CASE "','phase':'unknown'}");
    turns_are(f, 2, "t2b", "");
    help_fold(f, "{'kind':'device','phase':'turn','next':{'number':3,'sha256':'t3'}," TURN("2", "t2b") "}");
    turns_are(f, 2, "t2b", "t3"); /* told anew before records are removed */
    help_fold(f, "{'kind':'device','phase':'approved','medium':'usb-1','identity':'cd','turn':{'identity':'cd','number':1,"
                 "'sha256':'c1'}}");
    turns_are(f, 2, "t2b", "t3"); /* another identity */
    assert_string_equal(record_text(fold_turns(f, "cd"), "now"), "c1");
    help_fold(f, "{'kind':'device','phase':'approved','medium':'usb-1','identity':'ef'}");
    assert_null(fold_turns(f, "ef")); /* it gets one with its first export */
    fold_free(&f);
}

/* Taken back by who asked: also with a permit, whose use of the consent is free again. */
static void test_withdrawn(void **state)
{
    (void)state;
    struct fold *f = empty();
    struct policy *p = help_policy();
    help_request(f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    help_permit(f, CASE, "boss", "p1", "2026-11-21T01:00:00.000Z", "2026-11-21T09:00:00.000Z");
    assert_int_equal(fold_uses(f, "letter-12"), 1);
    help_phase(f, CASE, "permit", "withdrawn", "2026-11-21T02:00:00.000Z");
    assert_int_equal(state_of(f), CASE_WITHDRAWN);
    assert_string_equal(case_state_name(state_of(f)), "withdrawn");
    assert_false(case_is_open(state_of(f)));
    assert_false(case_may_be_disposed(state_of(f)));
    assert_int_equal(fold_uses(f, "letter-12"), 0);
    assert_true(fold_permit_used(f, "p1"));
    autojson json_t *view = view_case(fold_case(f, CASE), p, at("2026-11-22"));
    assert_true(record_flag(view, "permission.granted")); /* it was permitted, and then withdrawn */
    assert_string_equal(record_text(view, "permission.approver.id"), "boss");
    assert_string_equal(record_text(view, "withdrawn.why"), "w");
    autojson json_t *row = view_request(fold_case(f, CASE));
    assert_string_equal(record_text(row, "why"), "w");
    help_request(f, "T-20261121-0002", "hana", "2026-11-21T00:00:00.000Z");
    help_permit(f, "T-20261121-0002", "boss", "p2", "2026-11-21T01:00:00.000Z", "2026-11-21T09:00:00.000Z");
    help_phase(f, "T-20261121-0002", "takeout", "failed", "2026-11-21T01:30:00.000Z");
    help_phase(f, "T-20261121-0002", "permit", "withdrawn", "2026-11-21T02:00:00.000Z");
    assert_int_equal(fold_uses(f, "letter-12"), 1); /* the attempt that failed has used it */
    fold_free(&f);
    policy_free(&p);
}

/* A file that was another one than the case wrote ends nothing. */
static void test_changed_file(void **state)
{
    (void)state;
    static const char *const erased[] = {
        "{'kind':'erasure','erasure':'E-1','phase':'done','case':'" CASE "','contract':'city','changed':true,"
        "'object':{'kind':'file','name':'/m/x'}}",
        "{'kind':'erasure','erasure':'E-2','phase':'done','case':'" CASE "','contract':'city',"
        "'object':{'kind':'file','name':'/m/x'}}"};
    struct fold *f = empty();
    help_request(f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    help_phase(f, CASE, "takeout", "done", "2026-11-21T02:00:00.000Z");
    help_fold(f, erased[0]);
    assert_null(fold_case(f, CASE)->erased);
    help_fold(f, "{'kind':'erasure','erasure':'E-3','phase':'intent','contract':'city','object':{'kind':'file','name':'/m/x'}}");
    assert_int_equal(json_array_size(life_tried(&f->life, "file", "/m/x")), 1);
    help_fold(f, "{'kind':'erasure','erasure':'E-3','phase':'failed','contract':'city','untouched':true,"
                 "'object':{'kind':'file','name':'/m/x'}}");
    assert_int_equal(json_array_size(life_tried(&f->life, "file", "/m/x")), 0);
    help_fold(f, erased[1]);
    assert_int_equal(json_object_size(fold_case(f, CASE)->erased), 1);
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
    trusted_see(&t, 1000, false, true, 10 * s);
    assert_int_equal(trusted_now(&t, 500, 10 * s), 1000);
    /* the wall clock was set back, the boot clock moved on by an hour */
    assert_int_equal(trusted_now(&t, 500, 3610 * s), 4600);
    assert_int_equal(trusted_now(&t, 9000, 3610 * s), 9000);
    /* an earlier boot's record says the time, but not this boot's beginning */
    /* what is kept until a time: set forward by an hour, before and after it was set back */
    assert_int_equal(trusted_least(&t, 4610, false, 20 * s), 1010);
    trusted_see(&t, 4610, false, true, 20 * s);
    assert_int_equal(trusted_least(&t, 4620, false, 30 * s), 1020);
    assert_int_equal(trusted_least(&t, 1030, false, 40 * s), 1030);
    assert_int_equal(trusted_least(&t, 4620, true, 30 * s), 4620);
    struct trusted other = {0};
    trusted_see(&other, 1000, false, false, 10 * s);
    assert_int_equal(trusted_now(&other, 500, 3610 * s), 1000);
}

static void test_time_is_corrected(void **state)
{
    (void)state;
    struct trusted t = {0};
    const uint64_t s = 1000000000ull;
    trusted_see(&t, 1000, true, true, 10 * s);
    trusted_see(&t, 900000, false, true, 20 * s); /* set ahead */
    assert_int_equal(trusted_now(&t, 1030, 40 * s), 900020);
    assert_true(trusted_may_correct(&t, 1030));
    assert_false(trusted_may_correct(&t, 900)); /* a synchronised clock has shown more */
    trusted_correct(&t, 1030, true, 40 * s);
    assert_int_equal(trusted_now(&t, 1030, 40 * s), 1030);
    assert_int_equal(trusted_now(&t, 500, 50 * s), 1040); /* and is not set back from there */
    trusted_see(&t, 800000, true, true, 60 * s);
    assert_false(trusted_may_correct(&t, 1060));
    trusted_correct(&t, 1100, false, 5 * s); /* of an earlier boot */
    assert_false(t.corrected);
    assert_int_equal(trusted_now(&t, 500, 3600 * s), 1100);
}

static void test_clock_records_correct(void **state)
{
    (void)state;
    struct fold *f = empty();
    help_fold(f, "{'kind':'agent','at':'2026-11-21T00:00:00.000Z','clock':'synchronised','boot':'other','boottime':1}");
    help_fold(f, "{'kind':'agent','at':'2099-11-21T00:00:00.000Z','clock':'unsynchronised','boot':'other','boottime':2}");
    int64_t then = 0, now = 0;
    assert_int_equal(clock_parse_time("2099-11-21T00:00:00Z", &then), 0);
    assert_int_equal(clock_parse_time("2026-11-22T00:00:00Z", &now), 0);
    assert_int_equal(trusted_now(&f->time, now, 0), then);
    help_fold(f, "{'kind':'clock','wall-before':'x','at':'2026-11-22T00:00:00.000Z','boot':'other','boottime':3}");
    assert_int_equal(trusted_now(&f->time, now, 0), then); /* a step alone corrects nothing */
    help_fold(f, "{'kind':'clock','phase':'corrected','at':'2026-11-22T00:00:00.000Z','boot':'other','boottime':3}");
    assert_int_equal(trusted_now(&f->time, now, 0), now);
    fold_free(&f);
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

static const json_t *person_of(struct fold *f, const char *id)
{
    return json_object_get(fold_case(f, id)->request, "person");
}

/* All cases stay in memory: what their records say alike is there once, and each says what it said. */
static void test_what_is_alike_is_kept_once(void **state)
{
    (void)state;
    struct fold *f = empty();
    char person[16], id[SK_ID_MAX + 1];
    help_request(f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    help_request(f, "T-20261121-0008", "taro", "2026-11-21T00:00:00.000Z");
    help_request(f, "T-20261121-0009", "hana", "2026-11-21T00:00:01.000Z");
    assert_ptr_equal(person_of(f, CASE), person_of(f, "T-20261121-0009"));
    assert_ptr_not_equal(person_of(f, CASE), person_of(f, "T-20261121-0008"));
    assert_string_equal(record_text(fold_case(f, "T-20261121-0008")->request, "person.id"), "taro");
    assert_ptr_equal(json_object_get(fold_case(f, CASE)->request, "content"),
                     json_object_get(fold_case(f, "T-20261121-0008")->request, "content"));
    assert_ptr_equal(fold_case(f, CASE)->files, record_member(fold_case(f, CASE)->request, "content.files"));
    for (int i = 0; i < 20; i++) { /* what was said long ago is not remembered for ever */
        snprintf(person, sizeof person, "p%d", i);
        snprintf(id, sizeof id, "T-20261122-%04d", i);
        help_request(f, id, person, "2026-11-22T00:00:00.000Z");
    }
    help_request(f, "T-20261123-0001", "hana", "2026-11-23T00:00:00.000Z");
    assert_ptr_not_equal(person_of(f, CASE), person_of(f, "T-20261123-0001"));
    assert_true(json_equal(person_of(f, CASE), person_of(f, "T-20261123-0001")));
    assert_true(json_array_size(json_object_get(f->alike, "person")) < 20);
    fold_free(&f);
}

/* An end says all that its intent said. */
static void test_an_end_takes_the_intents_place(void **state)
{
    (void)state;
    struct fold *f = empty();
    help_request(f, CASE, "hana", "2026-11-21T00:00:00.000Z");
    help_phase(f, CASE, "takeout", "intent", "2026-11-21T02:00:00.000Z");
    assert_non_null(fold_case(f, CASE)->intent);
    help_phase(f, CASE, "takeout", "failed", "2026-11-21T02:01:00.000Z");
    assert_null(fold_case(f, CASE)->intent);
    assert_non_null(fold_case(f, CASE)->done);
    autojson json_t *events = fold_events_json(fold_case(f, CASE)->events);
    autojson json_t *last = json_pack("{sIssssssss}", "seq", (json_int_t)2, "at", "2026-11-21T02:01:00.000Z",
                                      "kind", "takeout", "phase", "failed", "why", "w");
    assert_int_equal(json_array_size(events), 3);
    assert_true(json_equal(json_array_get(events, 2), last));
    fold_free(&f);
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
    assert_int_equal(fold_unseen(f, "a", INT64_MAX, 1, NULL), 1);
    autojson json_t *word = json_pack("{sIsssss[s]sI}", "seq", (json_int_t)4, "kind", "confirm", "what",
                                      "copies", "areas", "a", "through", (json_int_t)2);
    take_in(f, 5, "a", false, 13);
    assert_int_equal(fold_record(f, word), 0);
    assert_int_equal(fold_unseen(f, "a", INT64_MAX, 1, NULL), 1); /* the one after it */
    assert_int_equal(fold_unseen(f, "b", INT64_MAX, 1, NULL), 1);
    for (uint64_t i = 0; i < FOLD_COPIES_MAX; i++)
        take_in(f, 6 + i, "b", true, 14 + i);
    assert_int_equal(json_array_size(f->copies), FOLD_COPIES_MAX);
    assert_int_equal(f->copies_left_out, 4);
    assert_int_equal(fold_unseen(f, "b", INT64_MAX, 1, NULL), 1);
    fold_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life_of_a_take_out),
        cmocka_unit_test(test_failure_and_second_permit),
        cmocka_unit_test(test_turns_of_a_medium),
        cmocka_unit_test(test_rejected_and_expired),
        cmocka_unit_test(test_time_is_corrected),
        cmocka_unit_test(test_clock_records_correct),
        cmocka_unit_test(test_withdrawn), cmocka_unit_test(test_changed_file),
        cmocka_unit_test(test_numbers_go_on),
        cmocka_unit_test(test_long_requests_are_joined),
        cmocka_unit_test(test_strangers_are_counted),
        cmocka_unit_test(test_lockouts_and_policies),
        cmocka_unit_test(test_access_lines_are_passed_over),
        cmocka_unit_test(test_time_never_goes_back),
        cmocka_unit_test(test_what_is_alike_is_kept_once),
        cmocka_unit_test(test_an_end_takes_the_intents_place), cmocka_unit_test(test_copies_that_were_found),
        cmocka_unit_test(test_view_of_a_take_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

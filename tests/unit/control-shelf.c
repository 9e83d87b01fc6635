/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-shelf.c proves that what is known of the ledger's segments is what stands in them, that a question reads
 * only what is new, and until when each segment stays for what it holds. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "control-help.h"
#include "control/fold.h"
#include "control/shelf.h"
#include "record/record.h"

static char folder[64];

static void path_of(unsigned segment, char ret[static 128])
{
    snprintf(ret, 128, "%s/segment-%06u.jsonl", folder, segment);
}

static void put(unsigned segment, const char *mode, const char *text)
{
    char path[128];
    path_of(segment, path);
    FILE *f = fopen(path, mode);
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* A copy of that contract with that number. */
static const char *copy(unsigned seq, const char *contract)
{
    static char text[256];
    snprintf(text, sizeof text,
             "{\"at\":\"2026-11-20T09:00:00.000Z\",\"case\":\"T-%u\",\"contract\":\"%s\",\"kind\":\"copy\","
             "\"seq\":%u}\n", seq, contract, seq);
    return text;
}

static int setup(void **state)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/control-shelf.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(folder) || shelf_new((struct shelf **)state) != 0)
        return -1;
    put(0, "w", copy(0, "city"));
    put(0, "a", copy(1, "city"));
    put(1, "w", copy(2, "kencho"));
    put(2, "w", copy(3, "city"));
    return 0;
}

static int teardown(void **state)
{
    char path[128];
    for (unsigned i = 0; i < 8; i++) {
        path_of(i, path);
        unlink(path);
    }
    shelf_free((struct shelf **)state);
    return rmdir(folder);
}

static bool has(const json_t *set, const char *id)
{
    return json_object_get(set, id) != NULL;
}

static void test_what_stands_there(void **state)
{
    struct shelf *s = *state;
    assert_int_equal(shelf_update(s, folder), 0);
    assert_int_equal(shelf_closed(s), 2); /* the third is in use */
    const struct retention_segment *first = shelf_segment(s, 0), *second = shelf_segment(s, 1);
    assert_true(first->from == 0 && first->to == 1 && second->from == 2 && second->to == 2);
    assert_true(has(first->contracts, "city") && !has(first->contracts, "kencho"));
    assert_true(has(second->contracts, "kencho") && has(second->cases, "T-2"));
}

static void test_only_what_is_new_is_read(void **state)
{
    struct shelf *s = *state;
    assert_int_equal(shelf_update(s, folder), 0);
    put(0, "w", "what is closed is not read again\n");
    put(2, "a", copy(4, "kencho"));
    put(2, "a", "{\"incident\":\"I-1\",\"kind\":\"incident\",\"phase\":\"opened\",\"seq\":5}\n");
    put(3, "w", copy(6, "city"));
    assert_int_equal(shelf_update(s, folder), 0);
    assert_int_equal(shelf_closed(s), 3);
    assert_true(has(shelf_segment(s, 2)->contracts, "kencho") && shelf_segment(s, 2)->to == 5);
    assert_true(has(shelf_incidents(s), "I-1"));
    put(3, "a", "{\"incident\":\"I-1\",\"kind\":\"incident\",\"phase\":\"closed\",\"seq\":7}\n");
    shelf_follow(s, folder);
    assert_false(has(shelf_incidents(s), "I-1"));
    assert_int_equal(shelf_update(s, folder), 0);
}

/* The record comes first, the work after it, the record of its end last. */
static void test_removal(void **state)
{
    struct shelf *s = *state;
    assert_int_equal(shelf_update(s, folder), 0);
    put(2, "a", "{\"kind\":\"removal\",\"phase\":\"intent\",\"ranges\":[{\"from\":0,\"to\":1}],\"seq\":4}\n");
    assert_int_equal(shelf_update(s, folder), 0);
    assert_false(shelf_segment(s, 0)->removed);
    put(0, "w", "{\"elided\":{\"from\":0,\"hashes\":[\"0000000000000000000000000000000000000000000000000000000000000000\"],"
                "\"to\":1}}\n");
    assert_int_equal(shelf_update(s, folder), 0);
    assert_true(shelf_segment(s, 0)->removed && shelf_segment(s, 0)->to == 1);
    assert_false(has(shelf_segment(s, 0)->contracts, "city"));
    assert_false(shelf_segment(s, 1)->removed);
}

/* Half of what a segment holds must never be taken for all. */
static void test_a_failure_in_between(void **state)
{
    struct shelf *s = *state;
    put(2, "a", "no record\n");
    assert_int_equal(shelf_update(s, folder), SK_ERR_TAMPERED);
    shelf_follow(s, folder);
    put(2, "w", copy(3, "city"));
    assert_int_equal(shelf_update(s, folder), 0);
    assert_int_equal(shelf_closed(s), 2);
    assert_true(has(shelf_segment(s, 1)->contracts, "kencho"));
}

/* A segment that holds this one record: until when it stays under the policy, and the first reason. */
static void expect_until(const char *record, const struct policy *p, const char *why, const char *day)
{
    char said[CLOCK_TIME_CAP] = "";
    int64_t until = 0;
    struct shelf *s = NULL;
    struct fold *f = NULL;
    autojson json_t *reasons = json_array();
    put(0, "w", record);
    assert_int_equal(fold_new(HELP_BOOT, &f), 0);
    assert_int_equal(shelf_new(&s), 0);
    assert_int_equal(shelf_update(s, folder), 0);
    assert_int_equal(retention_until(shelf_segment(s, 0), p, f, shelf_incidents(s), 0, &until, reasons), 0);
    if (until != INT64_MAX)
        clock_format(said, until, 0);
    said[*said ? sizeof "2026-01-01" - 1 : 0] = '\0';
    if (strcmp(record_text(json_array_get(reasons, 0), "code"), why) != 0 || strcmp(said, day) != 0)
        fail_msg("%s: %s until %s, not %s until %s", record, record_text(json_array_get(reasons, 0), "code"), said, why, day);
    shelf_free(&s);
    fold_free(&f);
}

#define RECORD(area, contract) "{" area "\"at\":\"2026-11-20T09:00:00.000Z\"," contract "\"kind\":\"access\",\"seq\":0}\n"
#define AREA(name)             "\"area\":\"" name "\","
#define CONTRACT(name)         "\"contract\":\"" name "\","

/* The contract's period counts, and that of its areas where it is longer; nothing goes of which it is not known. */
static void test_how_long_it_stays(void **state)
{
    struct policy *p = help_policy();
    char path[128];
    (void)state;
    path_of(2, path);
    assert_int_equal(unlink(path), 0);
    put(1, "w", copy(1, "city"));
    p->contracts[0].retention_s = 10 * CLOCK_DAY_S; /* and ends with 2027-03-31 in Japan */
    expect_until(RECORD("", CONTRACT("city")), p, "period", "2027-04-10");
    expect_until(RECORD(AREA("shared"), ""), p, "period", "2027-04-10");
    p->areas[0].retention_s = 20 * CLOCK_DAY_S;
    expect_until(RECORD("", CONTRACT("city")), p, "period", "2027-04-20");
    expect_until(RECORD(AREA("shared"), ""), p, "period", "2027-04-20");
    expect_until(RECORD(AREA("elsewhere"), ""), p, "no-area", "");
    expect_until(RECORD(AREA("elsewhere"), CONTRACT("city")), p, "period", "2027-04-20");
    expect_until(RECORD("", CONTRACT("other")), p, "no-contract", "");
    expect_until(RECORD("", ""), p, "period", "2026-12-10"); /* of nobody: as long as the longest */
    p->ledger.retention_s = 1000 * CLOCK_DAY_S; /* is for what is nobody's */
    expect_until(RECORD(AREA("shared"), ""), p, "period", "2027-04-20");
    p->ledger.retention_s = CLOCK_DAY_S;
    expect_until(RECORD("", ""), p, "period", "2026-11-21");
    p->contracts[0].retention_s = p->areas[0].retention_s = p->ledger.retention_s = 0;
    expect_until(RECORD(AREA("shared"), ""), p, "no-period", "");
    expect_until(RECORD("", ""), p, "no-common-period", "");
    policy_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_stands_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_only_what_is_new_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_removal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failure_in_between, setup, teardown),
        cmocka_unit_test_setup_teardown(test_how_long_it_stays, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

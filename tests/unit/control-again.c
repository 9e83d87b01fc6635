/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-again.c proves what is said of files between two requests for the same. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/str.h"
#include "control-help.h"
#include "control/again.h"
#include "record/record.h"

static void request(struct fold *f, const char *id, const char *again, const char *files)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{'kind':'request','case':'%s','type':'takeout','at':'2026-11-21T00:00:00.000Z','person':{'id':'hana'},%s"
             "'area':'shared','content':{'files':[%s]}}", id, again, files);
    help_fold(f, text);
}

static void permit(struct fold *f, const char *id, const char *phase, const char *more)
{
    char text[512];
    snprintf(text, sizeof text, "{'kind':'permit','case':'%s','phase':'%s','permit':'p-%s','person':{'id':'boss'},"
                                "'at':'2026-11-21T01:00:00.000Z'%s}", id, phase, id, more);
    help_fold(f, text);
}

static void test_every_file_is_told(void **state)
{
    (void)state;
    static const char *const expected[][2] = {{"a", "unchanged"}, {"b", "changed"}, {"d", "added"}, {"c", "removed"}};
    struct fold *f = NULL;
    autojson json_t *answer = json_object();
    assert_int_equal(fold_new(HELP_BOOT, &f), 0);
    request(f, "T-20261121-0001", "", "{'name':'a','bytes':1,'sha256':'aa'},{'name':'b','bytes':2,'sha256':'bb'},"
                                      "{'name':'c','bytes':3,'sha256':'cc'}");
    permit(f, "T-20261121-0001", "granted", "");
    permit(f, "T-20261121-0001", "withdrawn", "");
    request(f, "T-20261121-0002", "'again':'T-20261121-0001',",
            "{'name':'a','bytes':1,'sha256':'aa'},{'name':'b','bytes':2,'sha256':'b2'},{'name':'d','bytes':4,'sha256':'dd'}");
    assert_int_equal(again_put(answer, f, fold_case(f, "T-20261121-0001")), 0);
    assert_null(json_object_get(answer, "again"));
    assert_int_equal(again_put(answer, f, fold_case(f, "T-20261121-0002")), 0);
    assert_string_equal(record_text(answer, "again.case"), "T-20261121-0001");
    const json_t *files = record_member(answer, "again.files");
    assert_int_equal(json_array_size(files), array_count(expected));
    for (size_t i = 0; i < array_count(expected); i++) {
        const json_t *row = json_array_get(files, i);
        assert_string_equal(record_text(row, "name"), expected[i][0]);
        assert_string_equal(record_text(row, "change"), expected[i][1]);
        assert_int_equal(json_is_null(record_member(row, "before")), str_eq(expected[i][1], "added"));
        assert_int_equal(json_is_null(record_member(row, "after")), str_eq(expected[i][1], "removed"));
    }
    assert_string_equal(record_text(json_array_get(files, 1), "before.sha256"), "bb");
    assert_string_equal(record_text(json_array_get(files, 1), "after.sha256"), "b2");
    fold_free(&f);
}

#define SAME "{'name':'a','bytes':1,'sha256':'aa'}"
#define OTHER "{'name':'a','bytes':1,'sha256':'bb'}"
#define STICK "'destination':{'id':'stick','label':'納品用','kind':'medium'},'purpose':'納品',"
#define WEB   "'destination':{'id':'stick','label':'納品用','kind':'web'},'purpose':'控え',"

struct chain {
    struct fold *f;
    json_t *answer;
};

static int set_up(void **state)
{
    static struct chain c;
    c = (struct chain){0};
    assert_int_equal(fold_new(HELP_BOOT, &c.f), 0);
    request(c.f, "T-20261121-0001", STICK, SAME);
    request(c.f, "T-20261121-0002", STICK "'again':'T-20261121-0001',", OTHER);
    request(c.f, "T-20261121-0003", WEB "'again':'T-20261121-0002',", OTHER);
    *state = &c;
    return 0;
}

static int tear_down(void **state)
{
    struct chain *c = *state;
    json_decref(c->answer);
    fold_free(&c->f);
    return 0;
}

static const char *compare(struct chain *c, const char **ret_change)
{
    json_decref(c->answer);
    c->answer = json_object();
    assert_int_equal(again_put(c->answer, c->f, fold_case(c->f, "T-20261121-0003")), 0);
    assert_string_equal(record_text(c->answer, "again.case"), "T-20261121-0002");
    *ret_change = record_text(json_array_get(record_member(c->answer, "again.files"), 0), "change");
    return record_text(c->answer, "again.base.case");
}

/* Changed, not answered, asked again as it is: that is not the same as what was permitted. */
static void test_compared_with_what_was_permitted(void **state)
{
    struct chain *c = *state;
    const char *change;
    permit(c->f, "T-20261121-0001", "granted", "");
    permit(c->f, "T-20261121-0001", "withdrawn", "");
    assert_string_equal(compare(c, &change), "T-20261121-0001");
    assert_string_equal(change, "changed");
    assert_string_equal(record_text(c->answer, "again.base.state"), "withdrawn");
    assert_string_equal(record_text(c->answer, "again.base.approver.id"), "boss");
    assert_string_equal(record_text(c->answer, "again.base.permitted-at"), "2026-11-21T01:00:00.000Z");
    const json_t *differs = record_member(c->answer, "again.differs");
    assert_int_equal(json_array_size(differs), 2);
    assert_string_equal(record_text(json_array_get(differs, 0), "what"), "destination");
    assert_string_equal(record_text(json_array_get(differs, 0), "before"), "stick (納品用, medium)");
    assert_string_equal(record_text(json_array_get(differs, 0), "after"), "stick (納品用, web)");
    assert_string_equal(record_text(json_array_get(differs, 1), "after"), "控え");
    permit(c->f, "T-20261121-0002", "granted", "");
    assert_string_equal(compare(c, &change), "T-20261121-0002");
    assert_string_equal(change, "unchanged");
}

/* Rejected, taken back, let out by a standing permit, gone from the records: compared with nothing. */
static void test_compared_with_nothing(void **state)
{
    struct chain *c = *state;
    const char *change;
    static const char *const ends[][2] = {
        {"rejected", ""}, {"granted", ",'under':{'id':'S-20261121-0001'}"}, {"granted", ""}, {"revoked", ""}};
    for (size_t i = 0; i < array_count(ends); i++) {
        permit(c->f, "T-20261121-0002", ends[i][0], ends[i][1]);
        if (i == 2)
            continue;
        assert_string_equal(compare(c, &change), "");
        assert_string_equal(change, "added");
        assert_true(json_is_null(record_member(c->answer, "again.base")));
        assert_int_equal(json_array_size(record_member(c->answer, "again.differs")), 0);
    }
    request(c->f, "T-20261121-0009", STICK "'again':'T-20201121-0001',", SAME);
    assert_int_equal(again_put(c->answer, c->f, fold_case(c->f, "T-20261121-0009")), 0);
    assert_string_equal(record_text(c->answer, "again.case"), "T-20201121-0001");
    assert_int_equal(again_put_hidden(c->answer, c->f, fold_case(c->f, "T-20261121-0003")), 0);
    assert_true(record_flag(c->answer, "again.hidden"));
    assert_null(record_member(c->answer, "again.files"));
}

/* Whose records name each other has no baseline, and does not hang. */
static void test_circle(void **state)
{
    struct chain *c = *state;
    request(c->f, "T-20261121-0005", "'again':'T-20261121-0005',", SAME);
    assert_null(again_base(c->f, fold_case(c->f, "T-20261121-0005")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_file_is_told),
        cmocka_unit_test_setup_teardown(test_compared_with_what_was_permitted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_compared_with_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_circle, set_up, tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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

static void test_every_file_is_told(void **state)
{
    (void)state;
    static const char *const expected[][2] = {{"a", "unchanged"}, {"b", "changed"}, {"d", "added"}, {"c", "removed"}};
    struct fold *f = NULL;
    autojson json_t *answer = json_object();
    assert_int_equal(fold_new(HELP_BOOT, &f), 0);
    request(f, "T-20261121-0001", "", "{'name':'a','bytes':1,'sha256':'aa'},{'name':'b','bytes':2,'sha256':'bb'},"
                                      "{'name':'c','bytes':3,'sha256':'cc'}");
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_file_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

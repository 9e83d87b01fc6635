/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-came-back.c proves what is made of a medium's files: a case's is its digest, not its name; all else is unknown.
 * And that a revoked identity stays so. */
#include "control/came_back.h"
#include <string.h>
#include "base/str.h"
#include "cmocka-head.h"
#include "control-help.h"
#include "record/record.h"

#define ONE "1111111111111111111111111111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222222222222222222222222222"
#define CASE "T-20261121-0001"

static struct fold *fold_of(const char *const records[], size_t count)
{
    struct fold *f = NULL;
    assert_int_equal(fold_new(HELP_BOOT, &f), 0);
    for (size_t i = 0; i < count; i++)
        help_fold(f, records[i]);
    return f;
}

#define REQUEST(id) "{'kind':'request','case':'" id "','type':'takeout','person':{'id':'hana'},'destination':{'id':'stick'},'content':{'files':[]}}"
#define DONE(id, phase) "{'kind':'takeout','case':'" id "','phase':'" phase "','medium':'usb-1','sealed':{'name':'" id \
    ".tar.age','sha256':'" ONE "'},'manifest':'" TWO "','manifest-signature':'" TWO "','cover':'" TWO "'}"

/* "found" of the case; the unknown names with commas. */
static void compare(struct fold *f, const char *files, const char *found, const char *unknown)
{
    struct policy *p = help_policy();
    autojson json_t *message = json_loads(files, JSON_DECODE_ANY, NULL), *cases = NULL, *others = NULL;
    autobuf struct buf names = {0};
    assert_non_null(message);
    assert_int_equal(came_back_compare(p, f, "usb-1", message, &cases, &others), 0);
    for (size_t i = 0; i < json_array_size(others); i++)
        buf_printf(&names, "%s%s", i > 0 ? "," : "", record_text(json_array_get(others, i), "name"));
    assert_string_equal(names.data ? names.data : "", unknown);
    assert_string_equal(record_text(json_array_get(cases, 0), "found"), found);
    policy_free(&p);
}

#define FILES(list) "{\"files\":[" list "],\"more\":false}"
#define FILE_OF(name, kind, sha) "{\"name\":\"" name "\",\"kind\":\"" kind "\",\"bytes\":9,\"sha256\":\"" sha "\"}"

static void a_case_is_its_digest(void **state)
{
    (void)state;
    static const char *const records[] = {REQUEST(CASE), DONE(CASE, "done")};
    struct fold *f = fold_of(records, 2);
    compare(f, FILES(FILE_OF(CASE ".tar.age", "file", ONE) "," FILE_OF(CASE ".manifest", "file", TWO) "," FILE_OF(
                         CASE ".manifest.minisig", "file", TWO) "," FILE_OF(CASE ".cover.html", "file", TWO)),
            "unchanged", "");
    compare(f, FILES(FILE_OF(CASE ".tar.age", "file", ONE) "," FILE_OF(CASE ".cover.html", "file", ONE)), "unchanged",
            CASE ".cover.html");
    compare(f, FILES(FILE_OF(CASE ".tar.age", "file", TWO)), "changed", CASE ".tar.age");
    compare(f, FILES(FILE_OF(CASE ".tar.age", "file", "")), "changed", CASE ".tar.age");
    compare(f, FILES(FILE_OF(CASE ".tar.age", "link", "")), "changed", CASE ".tar.age");
    compare(f, FILES(FILE_OF(CASE ".tar.age", "unreadable", "")), "unreadable", CASE ".tar.age");
    compare(f, FILES(FILE_OF(CASE ".manifest", "file", ONE)), "gone", CASE ".manifest");
    compare(f, FILES(FILE_OF(CASE ".manifest.minisig", "file", ONE)), "gone", CASE ".manifest.minisig");
    compare(f, FILES(FILE_OF(CASE ".tar.age.part", "file", ONE) "," FILE_OF(CASE ".zip", "file", ONE)), "gone",
            CASE ".tar.age.part," CASE ".zip");
    compare(f, FILES(FILE_OF("sub/" CASE ".tar.age", "file", ONE)), "gone", "sub/" CASE ".tar.age");
    compare(f, FILES(FILE_OF("T-20261121-0009.tar.age", "file", ONE)), "gone", "T-20261121-0009.tar.age");
    fold_free(&f);
}

/* With the length that is on record: 9 here, as FILE_OF says. */
#define DONE_OF_9 "{'kind':'takeout','case':'" CASE "','phase':'done','medium':'usb-1','sealed':{'name':'" CASE \
    ".tar.age','bytes':9,'sha256':'" ONE "'},'manifest':'" TWO "'}"
#define UNREAD(list) "{\"files\":[" list "],\"more\":false,\"unread\":true}"

static void what_was_only_listed_is_told_by_name_and_length(void **state)
{
    (void)state;
    static const char *const records[] = {REQUEST(CASE), DONE_OF_9};
    struct fold *f = fold_of(records, 2);
    struct policy *p = help_policy();
    autojson json_t *first = came_back_first(p, f, "usb-1");
    assert_string_equal(record_text(json_array_get(first, 0), "name"), CASE ".tar.age");
    assert_int_equal(record_number(json_array_get(first, 0), "bytes"), 9);
    policy_free(&p);
    compare(f, UNREAD(FILE_OF(CASE ".tar.age", "file", "") "," FILE_OF(CASE ".manifest", "file", "") "," FILE_OF(
                          "secret", "file", "")),
            "uncertain", "secret");
    compare(f, UNREAD("{\"name\":\"" CASE ".tar.age\",\"kind\":\"file\",\"bytes\":8796093022208,\"sha256\":\"\"}"), "changed",
            CASE ".tar.age");
    fold_free(&f);
}

static void what_failed_left_only_parts(void **state)
{
    (void)state;
    static const char *const records[] = {REQUEST(CASE), DONE(CASE, "failed")};
    struct fold *f = fold_of(records, 1);
    help_fold(f, "{'kind':'takeout','case':'" CASE "','phase':'failed','medium':'usb-1'}");
    compare(f, FILES(FILE_OF(CASE ".tar.age.part", "file", ONE)), "", "");
    fold_case(f, CASE)->state = CASE_REVOKED; /* while it ran */
    compare(f, FILES(FILE_OF(CASE ".tar.age.part", "file", ONE)), "", "");
    compare(f, FILES(FILE_OF(CASE ".tar.age", "file", ONE)), "", CASE ".tar.age");
    fold_free(&f);
}

#define UNREADABLE(name) FILE_OF(name, "unreadable", "")

/* On exFAT in pieces of 15 letters, on FAT as the short name. */
static void what_a_renaming_left_half_named_is_its_exports(void **state)
{
    (void)state;
    struct fold *f = fold_of((const char *const[]){REQUEST(CASE)}, 1);
    help_fold(f, "{'kind':'takeout','case':'" CASE "','phase':'failed','medium':'usb-1'}");
    compare(f, FILES(UNREADABLE(CASE) "," UNREADABLE(CASE ".manifest.minis") "," UNREADABLE(CASE ".cover.html")), "", "");
    static const char *const ours[] = {(CASE ".cover.part"), "T-2026~1.PAR", "T-2026~2.HTM", "T-07B3~4.AGE", "t-2026~1.man"};
    static const char *const others[] = {(CASE ".man"), ("sub/" CASE), "T-2026~1.DOC", "T-20X5~1.PAR", "T-2026~0.PAR", "T-2026~",
                                         "T-2026", "T-07B~4.AGE", "X-07B3~4.AGE", "sub/T-2026~1.PAR"};
    for (size_t i = 0; i < array_count(ours) + array_count(others); i++) {
        char files[512];
        const char *name = i < array_count(ours) ? ours[i] : others[i - array_count(ours)];
        snprintf(files, sizeof files, FILES(FILE_OF("%s", "file", ONE)), name);
        compare(f, files, "", i < array_count(ours) ? "" : name);
    }
    compare(f, FILES(UNREADABLE(CASE ".manifest.secret") "," FILE_OF(CASE ".cover.html", "link", "") "," FILE_OF("T-2026~1.PAR", "link", "")),
            "", CASE ".manifest.secret," CASE ".cover.html,T-2026~1.PAR");
    fold_case(f, CASE)->state = CASE_RETURNED; /* it arrived as a whole, so nothing of it is half */
    compare(f, FILES(UNREADABLE(CASE ".manifest.minis") "," FILE_OF("T-2026~1.PAR", "file", ONE)), "gone",
            CASE ".manifest.minis,T-2026~1.PAR");
    fold_free(&f);
}

static void one_that_runs_is_no_stranger(void **state)
{
    (void)state;
    static const char *const records[] = {REQUEST(CASE), "{'kind':'takeout','case':'" CASE "','phase':'intent','medium':'usb-1'}"};
    struct fold *f = fold_of(records, 2);
    compare(f, FILES(FILE_OF(CASE ".tar.age", "file", ONE) "," FILE_OF(CASE ".manifest.part", "file", ONE)), "", "");
    fold_free(&f);
}

static void another_mediums_case_explains_nothing(void **state)
{
    (void)state;
    static const char *const records[] = {REQUEST(CASE), "{'kind':'takeout','case':'" CASE "','phase':'done','medium':'usb-2','sealed':{'name':'" CASE ".tar.age','sha256':'" ONE "'}}"};
    struct fold *f = fold_of(records, 2);
    compare(f, FILES(FILE_OF(CASE ".tar.age", "file", ONE)), "", CASE ".tar.age");
    fold_free(&f);
}

static void a_revoked_identity_stays_so(void **state)
{
    (void)state;
    uint8_t one[DIGEST_LEN], two[DIGEST_LEN];
    static const char *const records[] = {
        "{'kind':'device','phase':'approved','medium':'usb-1','identity':'" ONE "'}",
        "{'kind':'device','phase':'revoked','medium':'usb-1','identities':['" ONE "'],'why':'first'}",
        "{'kind':'device','phase':'approved','medium':'usb-1','identity':'" TWO "'}",
        "{'kind':'device','phase':'revoked','medium':'usb-1','identities':['" ONE "'],'why':'again'}"};
    struct fold *f = fold_of(records, 4);
    assert_int_equal(str_unhex(ONE, 64, one, sizeof one), 0);
    assert_int_equal(str_unhex(TWO, 64, two, sizeof two), 0);
    assert_string_equal(record_text(fold_revoked(f, one), "why"), "first");
    assert_null(fold_revoked(f, two));
    assert_int_equal(json_array_size(fold_approved(f, "usb-1")), 2);
    help_fold(f, "{'kind':'lost','medium':'usb-1','registered':'usb-1','identities':['" TWO "'],'destinations':['stick'],'incident':'I-1'}");
    assert_string_equal(record_text(fold_revoked(f, two), "kind"), "lost");
    assert_true(fold_is_lost(f, NULL, "stick")); /* the destination that is this medium, too */
    fold_free(&f);
}

static void the_state_of_files_is_the_last_recorded(void **state)
{
    (void)state;
    static const char *const records[] = {"{'kind':'medium','phase':'files','medium':'usb-1','state':'" ONE "','names':'" TWO "'}",
                                          "{'kind':'medium','phase':'came-back','medium':'usb-1'}"};
    struct fold *f = fold_of(records, 2);
    assert_string_equal(fold_files_state(f, "usb-1"), ONE);
    assert_string_equal(fold_files_names(f, "usb-1"), TWO);
    assert_string_equal(fold_files_state(f, "usb-2"), "");
    help_fold(f, "{'kind':'medium','phase':'cut-short','medium':'usb-1','names':'" ONE "','news':true}");
    assert_string_equal(fold_files_names(f, "usb-1"), ONE);
    assert_string_equal(fold_files_state(f, "usb-1"), ONE); /* it was not read: the next look may be the same as before */
    help_fold(f, "{'kind':'medium','phase':'files','medium':'usb-1','state':''}");
    assert_string_equal(fold_files_state(f, "usb-1"), "");
    fold_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_only_listed_is_told_by_name_and_length),
        cmocka_unit_test(a_case_is_its_digest),
        cmocka_unit_test(what_failed_left_only_parts),
        cmocka_unit_test(what_a_renaming_left_half_named_is_its_exports),
        cmocka_unit_test(one_that_runs_is_no_stranger),
        cmocka_unit_test(another_mediums_case_explains_nothing),
        cmocka_unit_test(a_revoked_identity_stays_so),
        cmocka_unit_test(the_state_of_files_is_the_last_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device-names.c tests which names and paths device lets through, and what it takes for a leftover. */
#include "cmocka-head.h"
#include <string.h>
#include <sekisho/err.h>
#include "device/names.h"

static char *repeat(char c, size_t count)
{
    static char text[8192];
    memset(text, c, count);
    text[count] = '\0';
    return text;
}

static void areas_have_plain_ids(void **state)
{
    (void)state;
    assert_true(names_is_area("shared"));
    assert_true(names_is_area("A.b_c-9"));
    assert_true(names_is_area(repeat('a', 63)));
    static const char *const bad[] = {"", ".", "..", ".hidden", "-x", "a/b", "a b", "a\n", "あ"};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_false(names_is_area(bad[i]));
    assert_false(names_is_area(repeat('a', 64)));
}

static void cases_have_letters_digits_and_dashes(void **state)
{
    (void)state;
    assert_true(names_is_case("T-20261121-0001"));
    static const char *const bad[] = {"", "-", "-T", "T.1", "T/1", "..", "T_1"};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_false(names_is_case(bad[i]));
}

static void one_name_has_no_way(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "a b\n\"\033[31m", "...", "\xff", ".profile", "報告"};
    for (size_t i = 0; i < array_count(good); i++)
        assert_int_equal(names_check_one(good[i]), 0);
    assert_int_equal(names_check_one(repeat('x', 255)), 0);
    static const char *const bad[] = {"", ".", "..", "a/b", "/", "a/", ".sekisho", ".sekisho-C-1.part",
                                      ".rooms"};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(names_check_one(bad[i]), SK_ERR_FORMAT);
    assert_int_equal(names_check_one(repeat('x', 256)), SK_ERR_LIMIT);
}

static void paths_stay_below_the_area(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "a/b", "...", "a/.sekisho", ".sekishox/a", "a/\n"};
    for (size_t i = 0; i < array_count(good); i++)
        assert_int_equal(names_check_below(good[i]), 0);
    static const char *const bad[] = {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b",
                                      ".sekisho", ".sekisho/staging/T-1/000000"};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(names_check_below(bad[i]), SK_ERR_FORMAT);
    assert_int_equal(names_check_below(repeat('x', 4096)), SK_ERR_LIMIT);
    assert_int_equal(names_check_below(repeat('x', 256)), SK_ERR_LIMIT);
}

static void absolute_paths_are_normal(void **state)
{
    (void)state;
    assert_int_equal(names_check_absolute("/a"), 0);
    assert_int_equal(names_check_absolute("/a/b c"), 0);
    static const char *const bad[] = {"", "/", "a", "//a", "/a/", "/a/../b", "/./a"};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(names_check_absolute(bad[i]), SK_ERR_FORMAT);
}

static void leftovers_are_ours_only(void **state)
{
    (void)state;
    char name[NAMES_ONE_CAP];
    names_temporary(name, "C-20261121-0001", 4095);
    assert_string_equal(name, ".sekisho-C-20261121-0001-4095.part");
    assert_true(names_is_leftover(name));
    assert_true(names_is_leftover("T-1.tar.age.part"));
    assert_true(names_is_leftover("T-1.manifest.part"));
    assert_true(names_is_leftover("T-1.manifest.minisig.part"));
    assert_true(names_is_leftover("T-1.cover.part"));
    assert_false(names_is_leftover("T-1.cover.html"));
    static const char *const others[] = {
        "", ".part", "a.part", "T-1.tar.age", ".tar.age.part", "-.tar.age.part", "a b.tar.age.part",
        ".sekisho-.part", ".sekisho-C.part", ".sekisho-C-.part", ".sekisho-C-x.part",
        ".sekisho--1.part", ".sekisho-C-1.part.txt", "x.sekisho-C-1.part", ".sekisho"};
    for (size_t i = 0; i < array_count(others); i++)
        assert_false(names_is_leftover(others[i]));
    snprintf(name, sizeof name, ".sekisho-%.64s-1.part", repeat('a', 64));
    assert_false(names_is_leftover(name));
}

#define PIECE 15 /* letters: exFAT's */

static void a_renaming_on_exfat_shortens_no_name(void **state)
{
    (void)state;
    char final[NAMES_ONE_CAP], temporary[NAMES_ONE_CAP];
    for (int i = 0; i < NAMES_OUTPUTS; i++) {
        names_output("T-20261121-0001", (enum names_output)i, final, temporary);
        size_t pieces = (strlen(final) + PIECE - 1) / PIECE;
        assert_int_equal((strlen(temporary) + PIECE - 1) / PIECE, pieces);
        assert_memory_equal(final, temporary, (pieces - 1) * PIECE);
        assert_true(names_is_leftover(temporary));
        assert_false(names_is_leftover(final));
    }
}

static void manifests_know_their_export(void **state)
{
    char name[NAMES_ONE_CAP] = "as it was";
    (void)state;
    static const char *const others[] = {"", ".manifest", "a b.manifest", "T-1.tar.age", "T-1.manifest.part",
                                         "T-1.manifest.txt", "-.manifest"};
    for (size_t i = 0; i < array_count(others); i++)
        assert_false(names_export_of(others[i], name));
    assert_string_equal(name, "as it was");
    assert_true(names_export_of("T-1.manifest", name));
    assert_string_equal(name, "T-1.tar.age.part");
    assert_true(names_export_of("T-3.cover.html", name));
    assert_string_equal(name, "T-3.tar.age.part");
    assert_true(names_export_of("T-2.manifest.minisig", name));
    assert_string_equal(name, "T-2.tar.age.part");
}

static void the_last_component_is_found(void **state)
{
    (void)state;
    assert_string_equal(names_last("a"), "a");
    assert_string_equal(names_last("a/b/c"), "c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(areas_have_plain_ids),
        cmocka_unit_test(cases_have_letters_digits_and_dashes),
        cmocka_unit_test(one_name_has_no_way),
        cmocka_unit_test(paths_stay_below_the_area),
        cmocka_unit_test(absolute_paths_are_normal),
        cmocka_unit_test(leftovers_are_ours_only),
        cmocka_unit_test(a_renaming_on_exfat_shortens_no_name),
        cmocka_unit_test(manifests_know_their_export),
        cmocka_unit_test(the_last_component_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

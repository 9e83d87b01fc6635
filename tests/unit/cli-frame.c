/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a command line is read, and how strong a passphrase must be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "cli/cli.h"
#include "cli/options.h"
#include "client/passphrase.h"

static const struct cli_option some_options[] = {
    {"until", "TIME", "a time"},
    {"deep", NULL, "a flag"},
    {NULL, NULL, NULL},
};
static const struct cli_command files = {"pack", "FILE…", "Pack", some_options, 1, -1, NULL};
static const struct cli_command one = {"enter", "AREA", "Enter", some_options, 1, 1, NULL};

#define LINE(...)                                                                                  \
    char *argv[] = {__VA_ARGS__};                                                                  \
    int argc = (int)array_count(argv)

static int read_line(const struct cli_command *command, int argc, char **argv,
                     struct cli_common *common, struct cli_args *ret)
{
    *common = (struct cli_common){0};
    return options_read(command, argc, argv, common, ret);
}

static struct cli_common common;
static struct cli_args args;

#define OWN(text) ((char[]){text})

static void words_and_options_mix(void **state)
{
    (void)state;
    LINE(OWN("a"), OWN("--until=now"), OWN("b"), OWN("--deep"), OWN("--json"), OWN("c"));
    assert_int_equal(read_line(&files, argc, argv, &common, &args), CLI_OK);
    assert_int_equal(args.count, 3);
    assert_string_equal(args.words[2], "c");
    assert_string_equal(cli_value(&args, "until"), "now");
    assert_true(cli_flag(&args, "deep"));
    assert_true(common.json);
    free(args.words);
}

static void a_value_may_follow(void **state)
{
    (void)state;
    LINE(OWN("--until"), OWN("--odd"), OWN("a"), OWN("--instance"), OWN("/x"));
    assert_int_equal(read_line(&files, argc, argv, &common, &args), CLI_OK);
    assert_string_equal(cli_value(&args, "until"), "--odd");
    assert_string_equal(common.instance, "/x");
    assert_false(cli_flag(&args, "deep"));
    free(args.words);
}

static void what_stands_behind_two_dashes_is_no_option(void **state)
{
    (void)state;
    LINE(OWN("--deep"), OWN("--"), OWN("--until"));
    assert_int_equal(read_line(&files, argc, argv, &common, &args), CLI_OK);
    assert_int_equal(args.count, 1);
    assert_string_equal(args.words[0], "--until");
    assert_int_equal(args.after_count, 1);
    free(args.words);
}

static void a_command_behind_two_dashes_stays_apart(void **state)
{
    (void)state;
    LINE(OWN("area"), OWN("--"), OWN("ls"), OWN("-l"));
    assert_int_equal(read_line(&one, argc, argv, &common, &args), CLI_OK);
    assert_int_equal(args.count, 1);
    assert_int_equal(args.after_count, 2);
    assert_string_equal(args.after[1], "-l");
    free(args.words);
}

static void a_single_dash_is_a_word(void **state)
{
    (void)state;
    LINE(OWN("-"));
    assert_int_equal(read_line(&files, argc, argv, &common, &args), CLI_OK);
    assert_string_equal(args.words[0], "-");
    free(args.words);
}

static void expect_usage(const struct cli_command *command, int argc, char **argv)
{
    assert_int_equal(read_line(command, argc, argv, &common, &args), CLI_USAGE);
}

static void wrong_lines_are_refused(void **state)
{
    (void)state;
    char *unknown[] = {OWN("a"), OWN("--untill=3")};
    char *flag_with_value[] = {OWN("a"), OWN("--deep=3")};
    char *no_value[] = {OWN("a"), OWN("--until")};
    char *twice[] = {OWN("a"), OWN("--deep"), OWN("--deep")};
    char *short_option[] = {OWN("a"), OWN("-x")};
    char *two_words[] = {OWN("a"), OWN("b")};
    expect_usage(&files, 2, unknown);
    expect_usage(&files, 2, flag_with_value);
    expect_usage(&files, 2, no_value);
    expect_usage(&files, 3, twice);
    expect_usage(&files, 2, short_option);
    expect_usage(&one, 2, two_words);
    expect_usage(&one, 0, two_words);
}

static void help_needs_no_words(void **state)
{
    (void)state;
    LINE(OWN("--help"));
    assert_int_equal(read_line(&one, argc, argv, &common, &args), CLI_OK);
    assert_true(common.help);
    free(args.words);
}

static void common_options_may_lead(void **state)
{
    (void)state;
    LINE(OWN("sekisho"), OWN("--json"), OWN("--instance=/x"), OWN("status"), OWN("--quiet"));
    common = (struct cli_common){0};
    assert_int_equal(options_leading(argc, argv, &common), 3);
    assert_true(common.json);
    assert_false(common.quiet);
    char *bad[] = {OWN("sekisho"), OWN("--jsn")};
    assert_int_equal(options_leading(2, bad, &common), -1);
}

static void weak_passphrases_are_named(void **state)
{
    (void)state;
    assert_non_null(passphrase_weakness("short1!"));
    assert_non_null(passphrase_weakness("onlysmallletters"));
    assert_non_null(passphrase_weakness("123456789012345"));
    assert_non_null(passphrase_weakness("aaaaaaaaaaaa1111"));
    assert_non_null(passphrase_weakness("あいうえお1"));
    assert_null(passphrase_weakness("correct horse battery"));
    assert_null(passphrase_weakness("Tr0ub4dor&3-more"));
    assert_null(passphrase_weakness("せきしょをまもるもの2026"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_options_mix),
        cmocka_unit_test(a_value_may_follow),
        cmocka_unit_test(what_stands_behind_two_dashes_is_no_option),
        cmocka_unit_test(a_command_behind_two_dashes_stays_apart),
        cmocka_unit_test(a_single_dash_is_a_word),
        cmocka_unit_test(wrong_lines_are_refused),
        cmocka_unit_test(help_needs_no_words),
        cmocka_unit_test(common_options_may_lead),
        cmocka_unit_test(weak_passphrases_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

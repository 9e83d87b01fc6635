/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base-str.c owns the tests of text helpers: strict numbers, UTF-8, escaping that no terminal and no
 * log reader can be fooled with, and its inverse. It must never depend on a locale. */
#include "cmocka-head.h"
#include <sekisho/err.h>
#include <string.h>
#include "base/str.h"

static void numbers_are_strict(void **state)
{
    (void)state;
    uint64_t v = 7;
    assert_int_equal(str_to_u64("0", 10, &v), 0);
    assert_int_equal(v, 0);
    assert_int_equal(str_to_u64("18446744073709551615", UINT64_MAX, &v), 0);
    assert_true(v == UINT64_MAX);
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "01", "00", "1x", "0x10", "1.0"};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(str_to_u64(bad[i], UINT64_MAX, &v), SK_ERR_FORMAT);
    assert_int_equal(str_to_u64("18446744073709551616", UINT64_MAX, &v), SK_ERR_LIMIT);
    assert_int_equal(str_to_u64("99999999999999999999999", UINT64_MAX, &v), SK_ERR_LIMIT);
    assert_int_equal(str_to_u64("11", 10, &v), SK_ERR_LIMIT);
    assert_true(v == UINT64_MAX);
}

static bool utf8(const char *s)
{
    return str_is_utf8(s, strlen(s));
}

static void utf8_is_strict(void **state)
{
    (void)state;
    static const char *const good[] = {"", "a", "関所", "\u00e9", "\U0001f512", "\xef\xbf\xbf",
                                       "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"};
    for (size_t i = 0; i < array_count(good); i++)
        assert_true(utf8(good[i]));
    static const char *const bad[] = {
        "\x80", "\xff", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
        "\xe3\x81", "a\xe3", "\x93\xfa\x96\x7b", /* the last is 日本 in Shift_JIS */
    };
    for (size_t i = 0; i < array_count(bad); i++)
        assert_false(utf8(bad[i]));
    assert_true(str_is_utf8("a\0b", 3));
}

static void escapes(const char *s, size_t len, const char *want)
{
    autobuf struct buf b = {0}, back = {0};
    str_escape(&b, s, len);
    assert_int_equal(b.err, 0);
    assert_string_equal(b.data ? b.data : "", want);
    assert_int_equal(str_unescape(&back, b.data ? b.data : "", b.len), 0);
    assert_int_equal(back.len, len);
    if (len)
        assert_memory_equal(back.data, s, len);
}
#define ESCAPES(s, want) escapes(s, sizeof(s) - 1, want)

static void nothing_moves_a_terminal(void **state)
{
    (void)state;
    ESCAPES("", "");
    ESCAPES("plain 関所 ~", "plain 関所 ~");
    ESCAPES("a\nb\tc\\d", "a\\nb\\tc\\\\d");
    ESCAPES("\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m");
    ESCAPES("a\0b", "a\\x00b");
    ESCAPES("\r\b\x7f", "\\x0d\\x08\\x7f");
    ESCAPES("\xc2\x9b" "2J", "\\u{009b}2J");            /* C1 control sequence introducer */
    ESCAPES("\xe2\x80\xae" "txt.exe", "\\u{202e}txt.exe"); /* right-to-left override */
    ESCAPES("\xe2\x81\xa6x\xe2\x81\xa9", "\\u{2066}x\\u{2069}");
    ESCAPES("\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}");
    ESCAPES("\xef\xbb\xbfx", "\\u{feff}x");
    ESCAPES("\x93\xfa\x96\x7b.txt", "\\x93\\xfa\\x96{.txt");
    ESCAPES("\xed\xa0\x80", "\\xed\\xa0\\x80");
    ESCAPES("か\xe3\x82\x99", "か\xe3\x82\x99"); /* NFD stays as it is */
    ESCAPES("\\x41", "\\\\x41");
}

static void every_byte_string_comes_back(void **state)
{
    (void)state;
    char two[2];
    for (unsigned i = 0; i < 65536; i++) {
        autobuf struct buf b = {0}, back = {0};
        two[0] = (char)(i >> 8);
        two[1] = (char)(i & 0xff);
        str_escape(&b, two, 2);
        assert_true(str_is_utf8(b.data, b.len));
        assert_null(memchr(b.data, '\n', b.len));
        assert_null(memchr(b.data, '\033', b.len));
        assert_int_equal(str_unescape(&back, b.data, b.len), 0);
        assert_int_equal(back.len, 2);
        assert_memory_equal(back.data, two, 2);
    }
}

static void unescape_refuses_what_escape_never_writes(void **state)
{
    (void)state;
    static const char *const bad[] = {"\\", "\\q", "\\x", "\\x4", "\\xg0", "\\u", "\\u{", "\\u{}",
                                      "\\u{41", "\\u{110000}", "\\u{fffffffff}", "\\u{4g}", "\\U{41}"};
    for (size_t i = 0; i < array_count(bad); i++) {
        autobuf struct buf b = {0};
        assert_int_equal(str_unescape(&b, bad[i], strlen(bad[i])), SK_ERR_FORMAT);
    }
}

static void columns(void **state)
{
    (void)state;
    assert_int_equal(str_columns("abc", 3), 3);
    assert_int_equal(str_columns("関所", 6), 4);
    assert_int_equal(str_columns("か\xe3\x82\x99", 6), 2);
    assert_int_equal(str_columns("\xef\xbd\xb1", 3), 1); /* half-width katakana */
    assert_int_equal(str_columns("\xff", 1), 1);
}

static void hex_and_base64(void **state)
{
    (void)state;
    unsigned char data[4] = {0};
    char hex[9];
    assert_int_equal(str_unhex("00ffA5c3", 8, data, 4), 0);
    str_hex(hex, data, 4);
    assert_string_equal(hex, "00ffa5c3");
    assert_int_equal(str_unhex("00ffA5c", 7, data, 4), SK_ERR_FORMAT);
    assert_int_equal(str_unhex("00ffA5cx", 8, data, 4), SK_ERR_FORMAT);
    assert_int_equal(data[3], 0xc3);

    autobuf struct buf b = {0};
    str_base64(&b, "\xff\xfe\xfd\xfc", 4);
    assert_string_equal(b.data, "//79/A==");
    assert_int_equal(str_unbase64("//79/A==", 8, data, 4), 0);
    assert_memory_equal(data, "\xff\xfe\xfd\xfc", 4);
    static const char *const bad[] = {"//79/A=", "//79/A", "//79/B==", "__79_A==", "//79 A==",
                                      "//79/AAA", "//79/A=\n"};
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(str_unbase64(bad[i], strlen(bad[i]), data, 4), SK_ERR_FORMAT);
}

static void nearest_word(void **state)
{
    (void)state;
    static const char *const names[] = {"role", "areas", "trained", "permit-lifetime"};
    assert_string_equal(str_nearest("rolle", names, 4), "role");
    assert_string_equal(str_nearest("permit-livetme", names, 4), "permit-lifetime");
    assert_null(str_nearest("zzzz", names, 4));
    assert_null(str_nearest("x", names, 0));
    char longer[300];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_null(str_nearest(longer, names, 4));
}

static void list_words(void **state)
{
    (void)state;
    static const char *const want[] = {"a", "b c", "", "d"};
    const char *at = " a , b c ,,d\t", *word;
    size_t len;
    for (size_t i = 0; i < array_count(want); i++) {
        assert_true(str_next_word(&at, &word, &len));
        assert_int_equal(len, strlen(want[i]));
        assert_memory_equal(word, want[i], len);
    }
    assert_false(str_next_word(&at, &word, &len));
    at = "";
    assert_true(str_next_word(&at, &word, &len));
    assert_int_equal(len, 0);
    assert_false(str_next_word(&at, &word, &len));
}

static void comparing(void **state)
{
    (void)state;
    assert_true(str_eq("a", "a"));
    assert_false(str_eq("a", NULL));
    assert_false(str_eq(NULL, NULL));
    assert_true(str_starts("abc", "ab"));
    assert_false(str_starts("a", "ab"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_strict),
        cmocka_unit_test(utf8_is_strict),
        cmocka_unit_test(nothing_moves_a_terminal),
        cmocka_unit_test(every_byte_string_comes_back),
        cmocka_unit_test(unescape_refuses_what_escape_never_writes),
        cmocka_unit_test(columns),
        cmocka_unit_test(hex_and_base64),
        cmocka_unit_test(nearest_word),
        cmocka_unit_test(list_words),
        cmocka_unit_test(comparing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people see: eras, times, sizes, columns, escaping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/str.h"
#include "cli/screen.h"
#include "report/wareki.h"

static void expect_era(unsigned year, unsigned month, unsigned day, const char *expected)
{
    autobuf struct buf b = {0};
    wareki_format(&b, &(struct wareki_day){year, month, day});
    assert_string_equal(b.data, expected);
}

static void eras_change_on_their_first_day(void **state)
{
    (void)state;
    expect_era(2019, 4, 30, "平成31年4月30日");
    expect_era(2019, 5, 1, "令和元年5月1日");
    expect_era(2019, 12, 31, "令和元年12月31日");
    expect_era(2020, 1, 1, "令和2年1月1日");
    expect_era(2026, 11, 21, "令和8年11月21日");
    expect_era(1989, 1, 7, "昭和64年1月7日");
    expect_era(1989, 1, 8, "平成元年1月8日");
    expect_era(1926, 12, 25, "昭和元年12月25日");
    expect_era(1926, 12, 24, "1926年12月24日");
}

static void expect_time(const char *text, bool japanese, const char *expected)
{
    autobuf struct buf b = {0};
    buf_puts(&b, "");
    screen_time(&b, text, japanese);
    assert_string_equal(b.data, expected);
}

static void times_are_japans(void **state)
{
    (void)state;
    expect_time("2026-11-20T15:00:00.123Z", false, "2026-11-21 00:00:00 +09:00");
    expect_time("2026-11-20T14:59:59Z", false, "2026-11-20 23:59:59 +09:00");
    expect_time("2026-11-20T15:04:05Z", true,
                "令和8年11月21日 0時04分 (2026-11-21 00:04:05 +09:00)");
    expect_time("2026-12-01", false, "2026-12-01");
    expect_time("2026-12-01", true, "令和8年12月1日 (2026-12-01)");
    expect_time("2024-02-29", true, "令和6年2月29日 (2024-02-29)");
    expect_time("2000-03-01", false, "2000-03-01");
    expect_time("1970-01-01", false, "1970-01-01");
    expect_time("", true, "");
    expect_time("\033[31mnever", false, "\\x1b[31mnever");
}

static void expect_size(uint64_t bytes, bool japanese, const char *expected)
{
    autobuf struct buf b = {0};
    screen_size(&b, bytes, japanese);
    assert_string_equal(b.data, expected);
}

static void sizes_are_exact_and_readable(void **state)
{
    (void)state;
    expect_size(0, false, "0 bytes");
    expect_size(1, false, "1 byte");
    expect_size(999, true, "999 バイト");
    expect_size(1023, false, "1,023 bytes");
    expect_size(1024, false, "1,024 bytes (1.0 KiB)");
    expect_size(209715200, false, "209,715,200 bytes (200.0 MiB)");
    expect_size(UINT64_MAX, false, "18,446,744,073,709,551,615 bytes (15.9 EiB)");
}

static void expect_safe(const char *text, const char *expected)
{
    autobuf struct buf b = {0};
    buf_puts(&b, "");
    screen_safe(&b, text);
    assert_string_equal(b.data, expected);
}

static void text_from_outside_cannot_steer_the_terminal(void **state)
{
    (void)state;
    expect_safe("設計書.pdf", "設計書.pdf");
    expect_safe("a\nb", "a\\nb");
    expect_safe("\033]0;title\a", "\\x1b]0;title\\x07");
    expect_safe("\xe2\x80\xae"
                "fdp.exe",
                "\\u{202e}fdp.exe");
    expect_safe("\x83\x65", "\\x83e");
    expect_safe("a\\nb", "a\\nb");        /* escaped already, as names in records are */
    expect_safe("a\\qb", "a\\\\qb");      /* no escape of ours */
    expect_safe("a\\nb\n", "a\\\\nb\\n"); /* half escaped is not escaped */
}

static void columns_count_wide_characters(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    buf_puts(&b, "氏名");
    screen_pad(&b, 0, 6);
    buf_putc(&b, '|');
    assert_string_equal(b.data, "氏名  |");
}

static void expect_duration(uint64_t seconds, const char *expected)
{
    autobuf struct buf b = {0};
    screen_duration(&b, seconds * 1000000000ull);
    assert_string_equal(b.data, expected);
}

static void durations_are_short(void **state)
{
    (void)state;
    expect_duration(59, "59 s");
    expect_duration(61, "1 min 1 s");
    expect_duration(7260, "2 h 1 min");
    expect_duration(90000, "1 d 1 h");
}

static void expect_pace(uint64_t done, uint64_t total, uint64_t ms, const char *expected)
{
    autobuf struct buf b = {0};
    buf_puts(&b, "|");
    screen_pace(&b, done, total, ms * 1000000);
    assert_string_equal(b.data, expected);
}

static void a_pace_is_a_rate_and_a_time_left(void **state)
{
    (void)state;
    expect_pace(10 << 20, 100 << 20, 999, "|");
    expect_pace(20 << 20, 100 << 20, 2000, "|, 10.0 MiB/s, 8 s left");
    expect_pace(1 << 20, 1 << 30, 1000, "|, 1.0 MiB/s, 17 min 3 s left");
    expect_pace(100 << 20, 100 << 20, 2000, "|, 50.0 MiB/s");
    expect_pace(0, 100 << 20, 5000, "|, 0 B/s");
    expect_pace(1, UINT64_MAX, 1000, "|, 1 B/s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eras_change_on_their_first_day),
        cmocka_unit_test(times_are_japans),
        cmocka_unit_test(sizes_are_exact_and_readable),
        cmocka_unit_test(text_from_outside_cannot_steer_the_terminal),
        cmocka_unit_test(columns_count_wide_characters),
        cmocka_unit_test(durations_are_short),
        cmocka_unit_test(a_pace_is_a_rate_and_a_time_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

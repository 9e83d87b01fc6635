/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base-clock.c owns the tests of times and dates. It must never depend on the time zone of the
 * machine: main sets a far-away one. */
#include "cmocka-head.h"
#include <sekisho/err.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"

static void a_day_begins_in_japan(void **state)
{
    (void)state;
    int64_t at = -1;
    char text[CLOCK_TIME_CAP];
    assert_int_equal(clock_parse_date("1970-01-02", &at), 0);
    assert_int_equal(at, 15 * 3600);
    clock_format_date(text, at);
    assert_string_equal(text, "1970-01-02");
    clock_format_date(text, at - 1);
    assert_string_equal(text, "1970-01-01");
    assert_int_equal(clock_parse_date("2026-04-01", &at), 0);
    clock_format(text, at, 0);
    assert_string_equal(text, "2026-03-31T15:00:00.000Z");
    assert_int_equal(clock_parse_date("2024-02-29", &at), 0);
    assert_int_equal(clock_parse_date("9999-12-31", &at), 0);
}

static void days_that_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "2026", "2026-2-3", "2026-02-30", "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-01",
        "2026-01-00", "2026-01-32", "1969-12-31", "2026/01/01", "2026-01-01 ", " 2026-01-01",
        "2026-01-01x", "20260101", "+026-01-01", "2026-1a-01", "10000-01-01"};
    int64_t at = 77;
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(clock_parse_date(bad[i], &at), SK_ERR_FORMAT);
    assert_int_equal(at, 77);
}

static void times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t at;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T09:00:00+09:00", 0},
        {"1970-01-01T00:00:00.123456Z", 0},
        {"1970-01-01T00:00:00-05:30", 19800},
        {"1970-01-01", -9 * 3600},
        {"2000-02-29T23:59:59Z", 951868799},
        {"2026-11-20T08:15:30Z", 1795162530},
    };
    for (size_t i = 0; i < array_count(good); i++) {
        int64_t at = -1;
        assert_int_equal(clock_parse_time(good[i].text, &at), 0);
        assert_int_equal(at, good[i].at);
    }
    static const char *const bad[] = {
        "", "2026-11-20T", "2026-11-20T08:15Z", "2026-11-20T08:15:30", "2026-11-20 08:15:30Z",
        "2026-11-20T24:00:00Z", "2026-11-20T08:60:00Z", "2026-11-20T08:15:61Z",
        "2026-11-20T08:15:30.Z", "2026-11-20T08:15:30+9:00", "2026-11-20T08:15:30+24:00",
        "2026-11-20T08:15:30+09:60", "2026-11-20T08:15:30Zx", "2026-02-30T08:15:30Z",
        "2026-11-20T-1:15:30Z", "2026-11-20T08:15:30+09:0"};
    int64_t at = 77;
    for (size_t i = 0; i < array_count(bad); i++)
        assert_int_equal(clock_parse_time(bad[i], &at), SK_ERR_FORMAT);
    assert_int_equal(at, 77);
}

static void written_times_are_read_back(void **state)
{
    (void)state;
    char text[CLOCK_TIME_CAP];
    clock_format(text, 1795162530, 123999999);
    assert_string_equal(text, "2026-11-20T08:15:30.123Z");
    clock_format(text, 0, 0);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    for (int64_t t = 0; t < 253402300799; t += 86399 * 1013) {
        int64_t back = -1;
        clock_format(text, t, 0);
        assert_int_equal(clock_parse_time(text, &back), 0);
        assert_int_equal(back, t);
    }
    clock_format(text, INT64_MAX, 0); /* no such year: any text, but one of the right shape */
    assert_int_equal(strlen(text), 24);
}

static void clocks_run(void **state)
{
    (void)state;
    struct clock_now a, b;
    clock_read(&a);
    clock_read(&b);
    assert_true(b.boot_ns >= a.boot_ns && a.boot_ns > 0);
    assert_true(a.wall_s > 1700000000 && a.wall_ns < 1000000000);
    assert_true(clock_wall_s() >= a.wall_s);
    char id[CLOCK_BOOT_ID_CAP];
    assert_int_equal(clock_boot_id(id), 0);
    assert_int_equal(strlen(id), 36);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_begins_in_japan),
        cmocka_unit_test(days_that_are_none),
        cmocka_unit_test(times),
        cmocka_unit_test(written_times_are_read_back),
        cmocka_unit_test(clocks_run),
    };
    setenv("TZ", "America/St_Johns", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard-latest.c proves that the time of decisions neither goes back nor runs ahead. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/clock.h"
#include "watch/latest.h"

static struct guard_shared *shared;

static void test_follows_the_clock(void **state)
{
    (void)state;
    struct guard g = {.shared = shared};
    for (int i = 0; i < 1000; i++) {
        int64_t before = clock_wall_coarse_s(), now = latest_now(&g), after = clock_wall_s();
        assert_true(now >= before && now <= after);
    }
}

static void test_never_below_what_was_told(void **state)
{
    (void)state;
    struct guard g = {.shared = shared};
    int64_t day = 86400, wall = clock_wall_s();
    latest_told(&g, wall - day); /* less than the clock says: nothing changes */
    assert_true(latest_now(&g) <= clock_wall_s());
    latest_told(&g, wall + day); /* the clock was set back by a day */
    assert_true(latest_now(&g) >= wall + day - 2);
    assert_true(latest_now(&g) <= clock_wall_s() + day);
    latest_told(&g, wall); /* and nobody takes it back */
    assert_true(latest_now(&g) >= wall + day - 2);
}

static void test_is_corrected(void **state)
{
    (void)state;
    struct guard g = {.shared = shared};
    int64_t day = 86400, wall = clock_wall_s();
    latest_told(&g, wall + 2 * day);
    assert_true(latest_now(&g) >= wall + 2 * day - 2);
    latest_corrected(&g, clock_wall_s());
    assert_true(latest_now(&g) <= clock_wall_s());
    latest_corrected(&g, wall - day); /* the clock itself says more */
    assert_true(latest_now(&g) >= wall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_follows_the_clock),
                                       cmocka_unit_test(test_never_below_what_was_told),
                                       cmocka_unit_test(test_is_corrected)};
    shared = calloc(1, sizeof *shared);
    if (!shared)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(shared);
    return failed;
}

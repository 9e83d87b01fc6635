/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When sekishod loses patience: with processes that it watches over, and with looks that take long. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "watch/look.h"
#include "watch/shared.h"

#define MS UINT64_C(1000000)

static uint64_t ago(unsigned ms)
{
    return guard_now_ns() - ms * MS;
}

static void test_hung(void **state)
{
    (void)state;
    struct guard_awake a = {.looked_ns = ago(100), .since_ns = ago(60000)};
    guard_look(&a);
    assert_true(guard_hung(&a, ago(3100), GUARD_KEEPER_HUNG_MS));
    assert_false(guard_hung(&a, ago(2900), GUARD_KEEPER_HUNG_MS));
}

/* After a gap of its own a process gives the others all of the time again. */
static void test_gap(void **state)
{
    (void)state;
    struct guard_awake a = {.looked_ns = ago(5000), .since_ns = ago(60000)};
    guard_look(&a);
    assert_false(guard_hung(&a, ago(5000), GUARD_KEEPER_HUNG_MS));
    a.since_ns = ago(3100);
    guard_look(&a);
    assert_true(guard_hung(&a, ago(8000), GUARD_KEEPER_HUNG_MS));
    struct guard_awake fresh = {0};
    guard_look(&fresh);
    assert_false(guard_hung(&fresh, ago(8000), GUARD_KEEPER_HUNG_MS));
}

static struct guard *guard_new(void)
{
    static struct guard g;
    free(g.shared);
    g.shared = calloc(1, sizeof *g.shared);
    assert_non_null(g.shared);
    return &g;
}

/* A process that dies in its look: the limit ends it, whatever it waits for. */
static void test_limit(void **state)
{
    (void)state;
    const struct guard *g = guard_new();
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGALRM, SIG_IGN);
        look_begin_worker(g);
        if (look_begin(g, 1000))
            for (;;)
                pause();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
}

static void test_look(void **state)
{
    (void)state;
    const struct guard *g = guard_new();
    assert_true(look_begin(g, 1000));
    look_end(g);
    assert_int_equal(atomic_load(&g->shared->looked_at), 0);
    usleep(400000); /* the timer is off */
    /* once may be anything; twice in a row is the user */
    for (int i = 0; i < 2; i++) {
        assert_true(look_begin(g, 1000));
        atomic_store(&g->shared->looked_at, 1001);
        look_begin_worker(g);
        assert_int_equal(atomic_load(&g->shared->looked_at), 0);
    }
    assert_false(look_begin(g, 1000));
    assert_true(look_begin(g, 1001));
    look_end(g);
    for (size_t i = 0; i < GUARD_SLOW_MAX; i++)
        if (g->shared->slow[i].who == 1001)
            g->shared->slow[i].since_ns -= 10001 * MS;
    assert_true(look_begin(g, 1000));
    look_end(g);
    assert_true(look_begin(g, 1000));
    look_end(g);
}

/* More users than places: the longest ago is forgotten. */
static void test_many(void **state)
{
    (void)state;
    const struct guard *g = guard_new();
    for (uint32_t who = 1; who <= GUARD_SLOW_MAX + 1; who++)
        for (int i = 0; i < 2; i++) {
            atomic_store(&g->shared->looked_at, who);
            look_begin_worker(g);
            for (size_t k = 0; k < GUARD_SLOW_MAX; k++) /* as if some time had passed */
                g->shared->slow[k].since_ns -= MS;
        }
    assert_true(look_begin(g, 0));
    look_end(g);
    assert_false(look_begin(g, 1));
    assert_false(look_begin(g, GUARD_SLOW_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hung),
        cmocka_unit_test(test_gap),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_look),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

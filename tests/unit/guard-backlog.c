/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records that wait for the ring: none is lost, none comes twice, whenever the worker dies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sekisho/err.h>
#include "watch/backlog.h"

static struct guard g;
static void *memory;

static int set_up(void **state)
{
    (void)state;
    size_t len = (ring_bytes() + 63) / 64 * 64;
    memory = aligned_alloc(64, len);
    g.shared = calloc(1, sizeof *g.shared);
    if (!memory || !g.shared)
        return -1;
    memset(memory, 0, len);
    return ring_attach(memory, len, &g.ring);
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    free(g.shared);
    return 0;
}

static struct access_event event_of(unsigned n)
{
    struct access_event e = {.pid = (int32_t)n, .inode = n, .uid = 1000};
    snprintf(e.file, sizeof e.file, "list-%u.csv", n);
    return e;
}

static void put(unsigned first, unsigned count)
{
    for (unsigned n = first; n < first + count; n++) {
        struct access_event e = event_of(n);
        assert_int_equal(backlog_put(&g, &e), 0);
    }
}

static void fill_ring(void)
{
    struct access_event e = event_of(0);
    while (ring_has_room(g.ring))
        assert_int_equal(ring_commit(g.ring, &e), 0);
}

/* The ledger reads `count` and makes room for them. */
static void read_events(uint64_t *at, unsigned first, unsigned count)
{
    for (unsigned n = first; n < first + count; n++) {
        struct access_event e;
        assert_int_equal(ring_next(g.ring, at, &e), 1);
        assert_int_equal(e.pid, (int)n);
        assert_int_equal(e.inode, n);
    }
    ring_release(g.ring, *at);
}

static void test_through_the_ring(void **state)
{
    (void)state;
    fill_ring();
    put(1, 20000);
    assert_true(backlog_waits(&g));
    assert_int_equal(backlog_count(&g), 20000);
    backlog_flush(&g);
    assert_int_equal(backlog_count(&g), 20000); /* there is no room */
    uint64_t at = ring_head(g.ring);
    ring_release(g.ring, at);
    for (unsigned n = 1; n <= 20000; n += 4000) {
        backlog_flush(&g);
        read_events(&at, n, 4000);
    }
    backlog_flush(&g);
    assert_false(backlog_waits(&g));
    assert_int_equal(ring_lost(g.ring), 0);
    put(7, 1); /* from the beginning again */
    backlog_flush(&g);
    read_events(&at, 7, 1);
}

static void test_full(void **state)
{
    (void)state;
    struct access_event e = event_of(1);
    unsigned count = 0;
    while (backlog_put(&g, &e) == 0)
        count++;
    assert_in_range(count, 50000, 200000);
    assert_int_equal(backlog_put(&g, &e), SK_ERR_LIMIT);
    assert_int_equal(backlog_count(&g), count);
    memset(e.file, 'x', sizeof e.file - 1);
    memset(e.exe, 'x', sizeof e.exe - 1);
    assert_int_equal(backlog_put(&g, &e), SK_ERR_LIMIT);
}

/* Dead between two steps of moving the first of two. */
static void dies_moving(bool noted, bool committed, bool advanced)
{
    struct guard_backlog *b = &g.shared->backlog;
    struct access_event e = event_of(1);
    uint64_t at = ring_head(g.ring), first;
    put(1, 1);
    first = backlog_end(&g);
    put(2, 1);
    atomic_store(&b->slot, ring_head(g.ring));
    if (noted)
        atomic_store(&b->moving, 1);
    if (committed)
        assert_int_equal(ring_commit(g.ring, &e), 0);
    if (advanced)
        atomic_store(&b->begin, first);
    backlog_recover(&g);
    struct access_event other = event_of(9);
    if (!committed) { /* the successor first answers what is in hand, and dies too */
        assert_int_equal(ring_commit(g.ring, &other), 0);
        backlog_recover(&g);
        read_events(&at, 9, 1);
    }
    backlog_flush(&g);
    read_events(&at, 1, 2);
    assert_int_equal(ring_next(g.ring, &at, &e), 0);
    assert_false(backlog_waits(&g));
}

static void test_death(void **state)
{
    (void)state;
    dies_moving(false, false, false);
    dies_moving(true, false, false);
    dies_moving(true, true, false);
    dies_moving(true, true, true);
}

/* Dead between two steps of emptying it. */
static void test_death_at_the_end(void **state)
{
    (void)state;
    struct guard_backlog *b = &g.shared->backlog;
    put(1, 3);
    uint64_t at = ring_head(g.ring), end = backlog_end(&g);
    backlog_flush(&g);
    read_events(&at, 1, 3);
    atomic_store(&b->begin, end); /* end is 0 already */
    atomic_store(&b->moving, end);
    backlog_recover(&g);
    put(4, 2);
    assert_int_equal(backlog_count(&g), 2);
    backlog_flush(&g);
    read_events(&at, 4, 2);
}

/* Memory that another program wrote does not lead outside it. */
static void test_not_sound(void **state)
{
    (void)state;
    struct guard_backlog *b = &g.shared->backlog;
    atomic_store(&b->end, UINT64_MAX);
    assert_int_equal(backlog_count(&g), 0);
    backlog_flush(&g);
    assert_false(backlog_waits(&g));
    put(1, 1);
    memset(b->bytes, 0xff, 4);
    backlog_recover(&g);
    assert_false(backlog_waits(&g));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_through_the_ring, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_death, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_death_at_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_sound, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

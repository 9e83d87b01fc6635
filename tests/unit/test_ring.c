/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_ring.c: the record ring between two threads, and against a side that has gone wild. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <sekisho/err.h>
#include <sekisho/reason.h>
#include <stdlib.h>
#include <string.h>
#include "wire/ring.h"

#define HEAD_AT 64  /* offsets of the shared words, as ring.h promises them on lines of their own */
#define TAIL_AT 128

static void *memory;
static struct ring *ring;

static int set_up(void **state)
{
    (void)state;
    size_t len = (ring_bytes() + 63) / 64 * 64;
    memory = aligned_alloc(64, len);
    if (!memory)
        return -1;
    memset(memory, 0, len);
    return ring_attach(memory, len, &ring);
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static struct access_event event_of(uint64_t n)
{
    struct access_event e = {.boot_ns = n, .process_start = n * 3, .inode = n ^ 0xffff,
                             .dev_major = 7, .dev_minor = (uint32_t)n, .pid = (int32_t)(n & 0xffff),
                             .uid = 1000, .reason = SK_REASON_NOT_ON_ROSTER, .rule_line = 9,
                             .policy_version = 4, .allowed = n & 1, .file_cut = n & 2};
    snprintf(e.file, sizeof e.file, "list-%llu.csv", (unsigned long long)n);
    snprintf(e.person, sizeof e.person, "tanaka");
    memset(e.policy_digest, (int)(n & 0xff), sizeof e.policy_digest);
    return e;
}

static void in_order(void **state)
{
    (void)state;
    struct access_event e;
    uint64_t at = ring_tail(ring);
    assert_int_equal(ring_next(ring, &at, &e), 0);
    for (uint64_t n = 0; n < 3; n++) {
        struct access_event put = event_of(n);
        assert_int_equal(ring_commit(ring, &put), 0);
    }
    for (uint64_t n = 0; n < 3; n++) {
        struct access_event put = event_of(n);
        assert_int_equal(ring_next(ring, &at, &e), 1);
        assert_memory_equal(&e, &put, sizeof e);
    }
    assert_int_equal(ring_next(ring, &at, &e), 0);
    assert_int_equal(ring_tail(ring), 0); /* reading releases nothing */
    ring_release(ring, at);
    assert_int_equal(ring_tail(ring), 3);
}

static void repeats(void **state)
{
    (void)state;
    struct access_event e = event_of(7), other = event_of(8);
    uint64_t time = 0;
    assert_int_equal(ring_commit(ring, &e), 0);
    assert_false(ring_repeats(ring, 0, &time)); /* of nothing */
    assert_false(ring_repeats(ring, 1, &time)); /* not there yet */
    e.boot_ns += 5;
    assert_int_equal(ring_commit(ring, &e), 0);
    assert_true(ring_repeats(ring, 1, &time));
    assert_true(time == e.boot_ns);
    assert_int_equal(ring_commit(ring, &other), 0);
    assert_false(ring_repeats(ring, 2, &time));
    other.allowed = !other.allowed;
    assert_int_equal(ring_commit(ring, &other), 0);
    assert_false(ring_repeats(ring, 3, &time));
    other.file[0]++;
    assert_int_equal(ring_commit(ring, &other), 0);
    assert_false(ring_repeats(ring, 4, &time));
    assert_false(ring_repeats(ring, RING_SLOTS + 1, &time));
}

static void again(void **state)
{
    (void)state;
    struct access_event e = event_of(7), other = event_of(8), read;
    uint64_t time = 0, at = 0;
    assert_int_equal(ring_commit_again(ring, 0, 9), SK_ERR_NOT_FOUND);
    assert_int_equal(ring_commit(ring, &e), 0);
    assert_int_equal(ring_commit_again(ring, 0, 9), 0);
    assert_int_equal(ring_commit_again(ring, 0, 11), 0);
    assert_int_equal(ring_commit(ring, &other), 0);
    assert_int_equal(ring_commit_again(ring, 0, 12), 0);
    assert_int_equal(ring_commit_again(ring, 3, 13), 0);
    static const uint64_t times[] = {7, 9, 11, 8, 12, 13};
    for (size_t n = 0; n < array_count(times); n++) {
        struct access_event put = n == 3 || n == 5 ? other : e;
        put.boot_ns = times[n];
        assert_int_equal(ring_next(ring, &at, &read), 1);
        assert_memory_equal(&read, &put, sizeof read);
        /* of the slot before, not of any */
        assert_int_equal(ring_repeats(ring, n, &time), n == 1 || n == 2);
        if (n == 1 || n == 2)
            assert_true(time == times[n]);
    }
    while (ring_head(ring) <= RING_AGAIN_MAX)
        assert_int_equal(ring_commit_again(ring, 3, 14), 0);
    assert_int_equal(ring_commit_again(ring, 0, 14), SK_ERR_NOT_FOUND);
    assert_int_equal(ring_commit_again(ring, ring_head(ring), 14), SK_ERR_NOT_FOUND);
    assert_int_equal(ring_commit_again(ring, UINT64_MAX, 14), SK_ERR_NOT_FOUND);
}

/* An event in full lies there until the last of its repeats is durable, however full the ring is. */
static void again_when_full(void **state)
{
    (void)state;
    struct access_event e = event_of(7), other = event_of(8), read;
    uint64_t at = 0;
    assert_int_equal(ring_commit(ring, &e), 0);
    for (unsigned n = 0; n < RING_AGAIN_MAX; n++)
        assert_int_equal(ring_commit_again(ring, 0, n), 0);
    ring_release(ring, RING_AGAIN_MAX);
    while (ring_has_room(ring))
        assert_int_equal(ring_commit(ring, &other), 0);
    assert_int_equal(ring_commit_again(ring, ring_head(ring) - 1, 1), SK_ERR_LIMIT);
    at = ring_tail(ring);
    e.boot_ns = RING_AGAIN_MAX - 1;
    assert_int_equal(ring_next(ring, &at, &read), 1);
    assert_memory_equal(&read, &e, sizeof read);
}

/* Repeats of what is not before them, too far, or itself a repeat. */
static void wild_again(void **state)
{
    (void)state;
    static const uint64_t firsts[] = {1, 2, 3, RING_SLOTS, UINT64_MAX, UINT64_MAX - RING_SLOTS};
    struct access_event e = event_of(5);
    uint64_t at, time;
    char *slot = (char *)memory + 192 + RING_SLOT_LEN;
    assert_int_equal(ring_commit(ring, &e), 0);
    assert_int_equal(ring_commit_again(ring, 0, 6), 0);
    assert_int_equal(ring_commit_again(ring, 0, 7), 0);
    for (size_t n = 0; n < array_count(firsts); n++) {
        memcpy(slot + 16 + 8, &firsts[n], sizeof firsts[n]);
        at = 1;
        assert_int_equal(ring_next(ring, &at, &e), SK_ERR_FORMAT);
        assert_int_equal(at, 2);
        assert_false(ring_repeats(ring, 1, &time));
    }
    memcpy(slot + RING_SLOT_LEN + 16 + 8, &(uint64_t){1}, 8); /* slot 2 repeats slot 1 */
    assert_int_equal(ring_next(ring, &at, &e), SK_ERR_FORMAT);
}

static void full(void **state)
{
    (void)state;
    struct access_event e = event_of(1);
    for (unsigned n = 0; n < RING_USABLE; n++) {
        assert_true(ring_has_room(ring));
        assert_int_equal(ring_commit(ring, &e), 0);
    }
    assert_false(ring_has_room(ring));
    assert_int_equal(ring_room(ring), 0);
    assert_int_equal(ring_commit(ring, &e), SK_ERR_LIMIT);
    ring_count_lost(ring);
    assert_int_equal(ring_lost(ring), 1);
    ring_release(ring, 1);
    assert_true(ring_has_room(ring));
    assert_int_equal(ring_room(ring), 1);
    assert_int_equal(ring_commit(ring, &e), 0);
    assert_false(ring_has_room(ring));
}

static void failing(void **state)
{
    (void)state;
    assert_false(ring_failing(ring));
    ring_set_failing(ring, true);
    assert_true(ring_failing(ring));
    ring_set_failing(ring, false);
    assert_false(ring_failing(ring));
}

static void set_word(size_t at, uint64_t v)
{
    memcpy((char *)memory + at, &v, sizeof v);
}

static void wild_indices(void **state)
{
    (void)state;
    struct access_event e = event_of(5);
    static const uint64_t values[] = {1, RING_SLOTS, RING_SLOTS + 1, UINT32_MAX, INT64_MAX,
                                      UINT64_MAX - RING_SLOTS, UINT64_MAX - 1, UINT64_MAX};
    for (size_t h = 0; h < array_count(values); h++)
        for (size_t t = 0; t < array_count(values); t++) {
            set_word(HEAD_AT, values[h]);
            set_word(TAIL_AT, values[t]);
            assert_int_equal(ring_head(ring), values[h]);
            assert_int_equal(ring_tail(ring), values[t]);
            if (ring_has_room(ring))
                (void)!ring_commit(ring, &e);
            uint64_t at = ring_tail(ring);
            for (unsigned n = 0; n < 2 * RING_SLOTS && ring_next(ring, &at, &e) != 0; n++)
                ;
            ring_release(ring, at);
            ring_release(ring, UINT64_MAX);
            ring_release(ring, 0);
        }
}

static void wild_slots(void **state)
{
    (void)state;
    struct access_event e = event_of(5);
    uint64_t at = 0;
    assert_int_equal(ring_commit(ring, &e), 0);
    assert_int_equal(ring_commit(ring, &e), 0);
    char *slot = (char *)memory + 192; /* sequence u64, length u32 */
    uint32_t length;
    memcpy(&length, slot + 8, sizeof length);
    memcpy(slot + 8, &(uint32_t){UINT32_MAX}, 4);
    assert_int_equal(ring_next(ring, &at, &e), SK_ERR_FORMAT);
    assert_int_equal(at, 1); /* skipped, the next one is sound */
    assert_int_equal(ring_next(ring, &at, &e), 1);
    memcpy(slot + 8, &length, 4);
    at = 0;
    memcpy(slot, &(uint64_t){77}, 8);
    assert_int_equal(ring_next(ring, &at, &e), SK_ERR_FORMAT);
    memcpy(memory, "wild", 4);
    struct ring *again;
    assert_int_equal(ring_attach(memory, ring_bytes(), &again), SK_ERR_FORMAT);
    assert_int_equal(ring_attach(memory, ring_bytes() - 1, &again), SK_ERR_FORMAT);
}

static void codec(void **state)
{
    (void)state;
    struct access_event e = event_of(3), read;
    uint8_t out[RING_SLOT_LEN];
    memset(e.exe, 'x', RING_EXE_MAX);
    memset(e.file, 'y', RING_FILE_MAX);
    memset(e.area, 'a', SK_ID_MAX);
    e.file[RING_FILE_MAX] = e.exe[RING_EXE_MAX] = '\0';
    int len = access_event_encode(&e, out, sizeof out);
    assert_true(len > 0);
    assert_int_equal(access_event_decode(out, (size_t)len, &read), 0);
    assert_memory_equal(&read, &e, sizeof e);
    for (size_t cut = 0; cut < (size_t)len; cut++)
        assert_int_equal(access_event_decode(out, cut, &read), SK_ERR_FORMAT);
    for (size_t cap = 0; cap < (size_t)len; cap++)
        assert_int_equal(access_event_encode(&e, out, cap), SK_ERR_LIMIT);
}

#define THREAD_EVENTS 60000u

static void *produce(void *unused)
{
    (void)unused;
    for (uint64_t n = 0; n < THREAD_EVENTS;) {
        struct access_event e = event_of(n);
        if (ring_commit(ring, &e) == 0)
            n++;
        else
            sched_yield();
    }
    return NULL;
}

static void two_threads(void **state)
{
    (void)state;
    pthread_t producer;
    uint64_t at = 0;
    assert_int_equal(pthread_create(&producer, NULL, produce, NULL), 0);
    for (uint64_t n = 0; n < THREAD_EVENTS;) {
        struct access_event e, put = event_of(n);
        int r = ring_next(ring, &at, &e);
        if (r == 0) {
            sched_yield();
            continue;
        }
        assert_int_equal(r, 1);
        assert_memory_equal(&e, &put, sizeof e);
        if (++n % 100 == 0)
            ring_release(ring, at);
    }
    ring_release(ring, at);
    assert_int_equal(pthread_join(producer, NULL), 0);
    assert_int_equal(ring_tail(ring), THREAD_EVENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(repeats, set_up, tear_down),
        cmocka_unit_test_setup_teardown(again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(again_when_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wild_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wild_indices, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wild_slots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(codec, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_threads, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes into the ring of a decision: all of it, also where it is written as a repeat. */
#include "cmocka-head.h"
#include <fcntl.h>
#include <sekisho/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "watch/names.h"
#include "watch/report.h"

static void *memory;
static struct ring *ring;
static char folder[] = "/tmp/sekisho-report.XXXXXX";
static char file[64], other_name[64];
static struct guard_area area = {.id = "shared"};
static struct policy policy = {.version = 3};
static struct identity who = {.pid = 77, .start = 5, .uid = 1000, .exe = "/usr/bin/cat"};
static struct access_question question = {.area = "shared", .application = "reader"};
static struct decision decision = {.allow = true, .line = 12};

static int set_up(void **state)
{
    (void)state;
    size_t len = (ring_bytes() + 63) / 64 * 64;
    memory = aligned_alloc(64, len);
    if (!memory || !mkdtemp(folder))
        return -1;
    memset(memory, 0, len);
    snprintf(area.mount, sizeof area.mount, "%s", folder);
    snprintf(file, sizeof file, "%s/list", folder);
    snprintf(other_name, sizeof other_name, "%s/renamed", folder);
    names_begin();
    return ring_attach(memory, len, &ring);
}

static int tear_down(void **state)
{
    (void)state;
    unlink(file);
    unlink(other_name);
    rmdir(folder);
    free(memory);
    return 0;
}

static void report(int fd, uint64_t now_ns)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    const struct report what = {.now_ns = now_ns, .fd = fd, .st = &st, .identity = &who,
                                .area = &area, .policy = &policy, .question = &question,
                                .decision = &decision};
    assert_int_equal(report_access(ring, &what), 0);
}

/* The last event, and whether the ring calls it the same as the one before. */
static bool last(struct access_event *ret)
{
    uint64_t at = ring_head(ring) - 1, time;
    bool repeats = ring_repeats(ring, at, &time);
    assert_int_equal(ring_next(ring, &at, ret), 1);
    return repeats;
}

static void expect_last(const char *name, bool repeats)
{
    struct access_event e;
    assert_int_equal(last(&e), repeats);
    assert_string_equal(e.file, name);
    assert_string_equal(e.exe, who.exe);
    assert_string_equal(e.area, "shared");
    assert_string_equal(e.application, question.application);
    assert_int_equal(e.pid, who.pid);
    assert_int_equal(e.process_start, who.start);
    assert_int_equal(e.allowed, decision.allow);
    assert_int_equal(e.rule_line, decision.line);
    assert_int_equal(e.policy_version, policy.version);
    assert_true(e.boot_ns > 0);
}

static void test_repeats(void **state)
{
    (void)state;
    uint64_t now = guard_now_ns();
    struct access_event first, again;
    int fd = open(file, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    who.answer.number = 1;
    report(fd, now);
    expect_last("list", false);
    (void)last(&first);
    for (int n = 0; n < 600; n++) { /* more than one event in full can stand for */
        report(fd, now);
        expect_last("list", n != (int)RING_AGAIN_MAX && n != 2 * (int)RING_AGAIN_MAX + 1);
    }
    (void)last(&again);
    assert_true(again.boot_ns > first.boot_ns);
    again.boot_ns = first.boot_ns;
    assert_memory_equal(&again, &first, sizeof first);

    /* another answer, another process, another name, and what is too old to be known */
    who.answer.number = 2;
    decision.allow = false;
    decision.line = 13;
    report(fd, now);
    expect_last("list", false);
    who.start++;
    who.answer.number = 3;
    report(fd, now);
    expect_last("list", false);
    usleep(20000); /* the file system's clock is coarse */
    assert_int_equal(rename(file, other_name), 0);
    report(fd, now);
    expect_last("renamed", false);
    report(fd, now);
    expect_last("renamed", true);
    assert_int_equal(rename(other_name, file), 0);
    report(fd, now + (NAMES_AGE_MAX_MS + 1) * UINT64_C(1000000));
    expect_last("list", false);
    close(fd);
}

/* A file with two names is asked for its name each time; an answer without a number is none to rely on. */
static void test_never_repeats(void **state)
{
    (void)state;
    uint64_t now = guard_now_ns();
    int fd = open(file, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(link(file, other_name), 0);
    int other = open(other_name, O_RDONLY | O_CLOEXEC);
    struct stat st;
    assert_true(other >= 0 && fstat(fd, &st) == 0);
    who.answer.number = 4;
    decision.line = 19;
    for (int n = 0; n < 3; n++) {
        report(fd, now);
        /* equal, but written in full: what the file is called was looked up */
        expect_last("list", n > 0);
        assert_int_equal(names_known(&st, who.pid, who.start, now), 0);
    }
    report(other, now);
    expect_last("renamed", false);
    close(other);
    assert_int_equal(unlink(other_name), 0);
    who.answer.number = 0;
    for (int n = 0; n < 3; n++) {
        decision.line = 20 + (unsigned)n;
        report(fd, now);
        expect_last("list", false);
    }
    close(fd);
}

/* What could not be committed for want of room is not what lies in the ring. */
static void test_full(void **state)
{
    (void)state;
    uint64_t now = guard_now_ns();
    struct access_event e = {0};
    int fd = open(file, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    struct stat st;
    assert_true(fd >= 0);
    who.answer.number = 5;
    while (ring_room(ring) > 2)
        assert_int_equal(ring_commit(ring, &e), 0);
    report(fd, now);
    report(fd, now);
    expect_last("list", true);
    usleep(20000);
    assert_int_equal(rename(file, other_name), 0);
    assert_int_equal(fstat(fd, &st), 0);
    const struct report what = {.now_ns = now, .fd = fd, .st = &st, .identity = &who, .area = &area,
                                .policy = &policy, .question = &question, .decision = &decision};
    assert_int_equal(report_access(ring, &what), SK_ERR_LIMIT);
    ring_release(ring, ring_head(ring));
    report(fd, now);
    expect_last("renamed", false);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_repeats),
                                       cmocka_unit_test(test_never_repeats),
                                       cmocka_unit_test(test_full)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

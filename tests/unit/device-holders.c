/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device-holders.c proves that a list of mounts is read once, however many threads have it: anybody can make many. */
#include "device/holders.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/fdio.h"
#include "cmocka-head.h"

#define THREADS 200
#define MOUNTS  200

static int word[2], stay[2]; /* pipes: it is there; until when it stays */

static void *wait_there(void *unused)
{
    (void)unused;
    char c;
    (void)!read(stay[0], &c, 1);
    return NULL;
}

/* Many threads in a mount namespace of their own with many mounts. */
static _Noreturn void crowd(void)
{
    pthread_t thread;
    pthread_attr_t small;
    close(stay[1]);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        _exit(1);
    for (int i = 0; i < MOUNTS; i++)
        if (mount("/proc", "/proc", NULL, MS_BIND, NULL) != 0)
            _exit(1);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, (size_t)256 * 1024);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&thread, &small, wait_there, NULL) != 0)
            _exit(1);
    (void)!write(word[1], "x", 1);
    wait_there(NULL);
    _exit(0);
}

/* Bytes that this process has read so far. */
static unsigned long long bytes_read(void)
{
    autobuf struct buf text = {0};
    unsigned long long bytes = 0;
    assert_int_equal(file_read(AT_FDCWD, "/proc/self/io", 4096, &text), 0);
    assert_int_equal(sscanf(text.data, "rchar: %llu", &bytes), 1);
    return bytes;
}

static unsigned long long cost_of_search(void)
{
    unsigned long long before = bytes_read();
    assert_false(holders_mounted(makedev(4095, 77), NULL));
    return bytes_read() - before;
}

static void many_threads_cost_one_list(void **state)
{
    char c;
    (void)state;
    if (geteuid() != 0)
        skip(); /* no mount namespace for others, nor their lists */
    assert_int_equal(pipe(word), 0);
    assert_int_equal(pipe(stay), 0);
    unsigned long long before = cost_of_search();
    pid_t child = fork();
    if (child == 0)
        crowd();
    close(word[1]);
    assert_int_equal(read(word[0], &c, 1), 1);
    unsigned long long after = cost_of_search();
    close(stay[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    if (after > before + 1000000) /* each list has more than 10 kB */
        fail_msg("%llu bytes were read, %llu without the threads", after, before);
}

static void what_is_mounted_is_found(void **state)
{
    struct stat st;
    pid_t pid = 0;
    (void)state;
    assert_int_equal(stat("/proc", &st), 0);
    assert_true(holders_mounted(st.st_dev, &pid));
    assert_true(pid > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_threads_cost_one_list),
        cmocka_unit_test(what_is_mounted_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* storm-inside.c stands for a person's programs at work in a room: some processes of many threads each
 * open the files f0 … f7 of a folder, pause, and open again, until a file "stop" lies in the folder of
 * results. Each process then leaves a file there, named by its number: that number, how often it was let
 * in, refused (EPERM), met anything else, the longest wait in ms, and how many of its opens began in the
 * last second. It must never retry. Built as a user would.
 *
 * storm-inside FOLDER RESULTS PROCESSES THREADS PAUSE-MS */
#define _GNU_SOURCE
#include "storm.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define STACK_LEN (64 * 1024) /* bytes of a thread */
#define LAST_NS   3000000000u

static const char *folder, *results;
static unsigned pause_us;
static _Atomic uint64_t opened, refused, other, longest_ns, begun_ns;
static _Atomic bool stop;

static void open_one(unsigned number)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/f%u", folder, number % STORM_FILES);
    uint64_t before = storm_now_ns();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int saved = errno;
    uint64_t took = storm_now_ns() - before, most = atomic_load(&longest_ns);
    while (took > most && !atomic_compare_exchange_weak(&longest_ns, &most, took))
        ;
    if (fd >= 0)
        close(fd);
    else if (saved != EPERM)
        fprintf(stderr, "%s: error %d\n", path, saved);
    uint64_t last = atomic_load(&begun_ns); /* the latest of all threads: some openers wait long */
    while (before > last && !atomic_compare_exchange_weak(&begun_ns, &last, before))
        ;
    atomic_fetch_add(fd >= 0 ? &opened : saved == EPERM ? &refused : &other, 1);
}

static void *run(void *first)
{
    unsigned number = (unsigned)(uintptr_t)first;
    storm_sleep_us(number % 64 * pause_us / 64); /* not all at the same moment */
    while (!atomic_load(&stop)) {
        open_one(number++);
        storm_sleep_us(pause_us);
    }
    return NULL;
}

static void leave_result(void)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%d", results, getpid());
    FILE *f = fopen(path, "we");
    if (!f)
        exit(3);
    fprintf(f, "%d %ju %ju %ju %ju %d\n", getpid(), (uintmax_t)opened, (uintmax_t)refused,
            (uintmax_t)other, (uintmax_t)(longest_ns / 1000000),
            storm_now_ns() - begun_ns < LAST_NS);
    if (fclose(f) != 0)
        exit(3);
}

static void be_process(unsigned threads)
{
    char path[PATH_MAX];
    pthread_attr_t a;
    pthread_t *ids = calloc(threads, sizeof *ids);
    pthread_attr_init(&a);
    pthread_attr_setstacksize(&a, STACK_LEN);
    for (uintptr_t i = 0; ids && i < threads; i++)
        if (pthread_create(&ids[i], &a, run, (void *)i) != 0)
            exit(4);
    snprintf(path, sizeof path, "%s/stop", results);
    while (access(path, F_OK) != 0)
        storm_sleep_us(20000);
    atomic_store(&stop, true);
    for (unsigned i = 0; ids && i < threads; i++)
        pthread_join(ids[i], NULL);
    leave_result();
    exit(0);
}

int main(int count, char **a)
{
    int status, worst = 0;
    if (count != 6)
        return 2;
    folder = a[1];
    results = a[2];
    pause_us = (unsigned)atoi(a[5]) * 1000;
    for (int i = 0; i < atoi(a[3]); i++)
        if (fork() == 0)
            be_process((unsigned)atoi(a[4]));
    while (wait(&status) > 0)
        if (status != 0)
            worst = 1;
    return worst;
}

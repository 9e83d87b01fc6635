/* SPDX-License-Identifier: GPL-3.0-or-later */
/* storm-opener.c stands for users' programs that open protected files, many threads at once, in
 * rounds that storm-lead.c begins. It counts what it got in shared memory and must never retry.
 * storm-opener MEMFD ROW. Built as a user would: without what the agent's own code gets. */
#define _GNU_SOURCE
#include "storm.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define STACK_LEN (32 * 1024) /* bytes of a thread */

static struct storm *storm;

static void open_one(struct storm_thread *t, unsigned number)
{
    char path[PATH_MAX + 8];
    snprintf(path, sizeof path, "%s/f%u", storm->folder, number % STORM_FILES);
    uint64_t before = storm_now_ns();
    atomic_store(&t->since_ns, before);
    atomic_fetch_add(&storm->begun, 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int saved = errno;
    uint64_t took = storm_now_ns() - before;
    atomic_store(&t->since_ns, 0);
    if (took > atomic_load(&t->longest_ns))
        atomic_store(&t->longest_ns, took);
    if (fd >= 0)
        close(fd);
    else if (saved != EPERM)
        fprintf(stderr, "%s: error %d\n", path, saved);
    atomic_fetch_add(fd >= 0 ? &t->opened : saved == EPERM ? &t->refused : &t->other, 1);
    atomic_fetch_add(&storm->answered, 1);
}

static void *run(void *row)
{
    struct storm_thread *t = row;
    uint32_t seen = atomic_load(&storm->generation);
    unsigned number = (unsigned)(t - storm->threads);
    atomic_fetch_add(&storm->ready, 1);
    for (;;) {
        while (atomic_load(&storm->generation) == seen)
            syscall(SYS_futex, &storm->generation, FUTEX_WAIT, seen, NULL, NULL, 0);
        seen = atomic_load(&storm->generation);
        if (atomic_load(&storm->over))
            return NULL;
        for (uint32_t i = 0; i < storm->opens; i++)
            open_one(t, number++);
        atomic_fetch_add(&storm->finished, 1);
    }
}

int main(int count, char **arguments)
{
    struct stat st;
    if (count != 3)
        return 2;
    int memory = atoi(arguments[1]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fstat(memory, &st) != 0)
        return 2;
    storm = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (storm == MAP_FAILED)
        return 2;
    close(memory);
    struct storm_process *me = &storm->processes[atoi(arguments[2])];
    atomic_store(&me->pid, getpid());
    /* one mapping for all stacks: a process may have 65 530 mappings, and that many threads */
    char *stacks = mmap(NULL, (size_t)me->threads * STACK_LEN, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    pthread_t *ids = calloc(me->threads, sizeof *ids);
    if (stacks == MAP_FAILED || !ids)
        return 2;
    for (uint32_t i = 1; i < me->threads; i++) {
        pthread_attr_t a;
        pthread_attr_init(&a);
        pthread_attr_setstack(&a, stacks + (size_t)i * STACK_LEN, STACK_LEN);
        int r = pthread_create(&ids[i], &a, run, &storm->threads[me->first + i]);
        if (r != 0) {
            fprintf(stderr, "thread %u: error %d\n", i, r);
            return 3;
        }
    }
    run(&storm->threads[me->first]);
    for (uint32_t i = 1; i < me->threads; i++)
        pthread_join(ids[i], NULL);
    return 0;
}

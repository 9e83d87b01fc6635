/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the openers of a storm and the one who leads it share: a memory that the leader makes and the
 * openers inherit as a descriptor. The leader alone starts rounds; each thread writes its own row. */
#ifndef STORM_H
#define STORM_H

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define STORM_PROCESSES_MAX 4096
#define STORM_FILES         8 /* f0 … f7 in the folder */

/* May this process open the files? PERMITTED may; the others never. */
enum storm_kind { STORM_PERMITTED, STORM_STRANGER, STORM_UNLISTED, STORM_KINDS };

struct storm_thread {
    _Atomic uint64_t since_ns; /* CLOCK_MONOTONIC of the open that it is in, 0 = in none */
    _Atomic uint64_t longest_ns; /* of this round */
    _Atomic uint32_t opened, refused, other; /* of this round */
};

struct storm_process {
    _Atomic int32_t pid;
    uint32_t kind;
    uint32_t first, threads; /* rows */
};

struct storm {
    char folder[PATH_MAX];
    uint32_t opens; /* of each thread in a round */
    uint32_t process_count, thread_count;
    _Atomic uint32_t ready;      /* threads that wait for their first round */
    _Atomic uint32_t generation; /* futex; a new number begins a round */
    _Atomic uint32_t begun, answered, finished; /* opens begun, opens answered, threads that are done */
    _Atomic bool over;
    _Atomic uint64_t bystander_ns, bystander_opens; /* longest of this round */
    struct storm_process processes[STORM_PROCESSES_MAX];
    struct storm_thread threads[];
};

static inline size_t storm_bytes(uint32_t threads)
{
    return sizeof(struct storm) + threads * sizeof(struct storm_thread);
}

static inline uint64_t storm_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void storm_sleep_us(unsigned us)
{
    const struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000};
    nanosleep(&t, NULL);
}

#endif

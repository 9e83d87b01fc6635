/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shared.c owns the making of the memory that keeper, watch and holder share. It must never be
 * mapped where another program could reach it. */
#include "watch/shared.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS 1000000u

static int memory_at(int number, const char *name, size_t len, void **ret)
{
    autoclose int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, (off_t)len) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return -errno;
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED || dup3(fd, number, O_CLOEXEC) < 0)
        return -errno;
    *ret = memory;
    return 0;
}

int guard_memory_create(struct guard *ret)
{
    struct guard g = {0};
    void *shared, *ring;
    int r = memory_at(GUARD_FD_SHARED, "sekishod", sizeof *g.shared, &shared);
    if (r == 0)
        r = memory_at(GUARD_FD_RING, "sekishod-ring", ring_bytes(), &ring);
    if (r != 0)
        return r;
    g.shared = shared;
    g.shared->layout = GUARD_LAYOUT;
    atomic_store(&g.shared->live_marks, -1);
    r = ring_attach(ring, ring_bytes(), &g.ring);
    if (r == 0)
        *ret = g;
    return r;
}

static int map_at(int number, size_t len, void **ret)
{
    const int wanted = F_SEAL_SHRINK | F_SEAL_GROW;
    struct stat st;
    if (fstat(number, &st) != 0)
        return -errno;
    int seals = fcntl(number, F_GET_SEALS);
    if (seals < 0 || (seals & wanted) != wanted || (uintmax_t)st.st_size != len)
        return SK_ERR_FORMAT;
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, number, 0);
    if (memory == MAP_FAILED)
        return -errno;
    *ret = memory;
    return 0;
}

static void reset(struct guard_shared *s)
{
    s->key_count = 0;
    atomic_store(&s->keeper_pid, 0);
    atomic_store(&s->watch_pid, 0);
    atomic_store(&s->holder_pid, 0);
    atomic_store(&s->stopping, false);
    atomic_store(&s->ended, false);
    atomic_store(&s->live_marks, -1);
    atomic_store(&s->hand_since, 0);
    atomic_store(&s->looked_at, 0);
    atomic_store(&s->hand_orphaned, true);
}

int guard_memory_adopt(struct guard *ret)
{
    struct guard g = {0};
    void *shared = NULL, *ring = NULL;
    int r = map_at(GUARD_FD_SHARED, sizeof *g.shared, &shared);
    if (r == 0)
        r = map_at(GUARD_FD_RING, ring_bytes(), &ring);
    if (r == 0)
        r = ring_attach(ring, ring_bytes(), &g.ring);
    g.shared = shared;
    if (r == 0 && (!shared || g.shared->layout != GUARD_LAYOUT))
        r = SK_ERR_FORMAT;
    if (r != 0) {
        if (shared)
            munmap(shared, sizeof *g.shared);
        if (ring)
            munmap(ring, ring_bytes());
        return r;
    }
    reset(g.shared);
    *ret = g;
    return 0;
}

uint64_t guard_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t); /* a few ms coarse, and asked for often */
    return (uint64_t)t.tv_sec * 1000 * NS_PER_MS + (uint64_t)t.tv_nsec;
}

bool guard_silent_at(uint64_t now_ns, uint64_t beat, unsigned limit_ms)
{
    return now_ns > beat && now_ns - beat > (uint64_t)limit_ms * NS_PER_MS;
}

bool guard_silent(uint64_t beat, unsigned limit_ms)
{
    return guard_silent_at(guard_now_ns(), beat, limit_ms);
}

void guard_look(struct guard_awake *a)
{
    uint64_t now = guard_now_ns();
    if (guard_silent(a->looked_ns, GUARD_GAP_MS))
        a->since_ns = now;
    a->looked_ns = now;
}

bool guard_hung(const struct guard_awake *a, uint64_t beat, unsigned limit_ms)
{
    return guard_silent(beat, limit_ms) && guard_silent(a->since_ns, limit_ms);
}

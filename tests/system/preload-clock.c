/* SPDX-License-Identifier: GPL-3.0-or-later */
/* preload-clock.c gives a process a wall clock that a test can set: the machine's own must stay as it is. The file
 * of TEST_CLOCK holds by how many seconds it differs, and whether it is synchronised (0, 1); who made a timer that
 * tells when the clock is set hears of it through the FIFO of TEST_CLOCK_SET. It must never be installed. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset_s;
static int is_set = -1, timer = -1;

/* Before main: afterwards a sandbox stands. */
__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("TEST_CLOCK"), *fifo = getenv("TEST_CLOCK_SET");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, 2 * sizeof *offset_s, PROT_READ, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (map != MAP_FAILED)
        offset_s = map;
    is_set = fifo ? open(fifo, O_RDWR | O_CLOEXEC | O_NONBLOCK) : -1;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    int r = (int)syscall(SYS_clock_gettime, clock, t);
    if (r == 0 && offset_s && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        t->tv_sec += *offset_s;
    return r;
}

int adjtimex(struct timex *x)
{
    int r = (int)syscall(SYS_adjtimex, x);
    if (r < 0 || !offset_s)
        return r;
    bool synchronised = offset_s[1] != 0;
    x->status = synchronised ? x->status & ~STA_UNSYNC : x->status | STA_UNSYNC;
    return synchronised ? TIME_OK : TIME_ERROR;
}

int timerfd_create(clockid_t clock, int flags)
{
    if (clock != CLOCK_REALTIME || is_set < 0)
        return (int)syscall(SYS_timerfd_create, clock, flags);
    timer = is_set;
    return timer;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *to, struct itimerspec *was)
{
    return fd >= 0 && fd == timer ? 0 : (int)syscall(SYS_timerfd_settime, fd, flags, to, was);
}

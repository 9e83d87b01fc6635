/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wait.c owns the worker's epoll instance. It must never hold a descriptor that was closed: an entry
 * lives as long as any process has the file open, and the holder may for a moment. */
#include "watch/wait.h"
#include <errno.h>
#include <sys/epoll.h>
#include "watch/shared.h"

static int instance = -1;
static bool group_wanted = true;

int wait_begin(void)
{
    instance = epoll_create1(EPOLL_CLOEXEC);
    group_wanted = true;
    return instance < 0 ? -errno : 0;
}

int wait_add(int fd, uint32_t what)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = what};
    return epoll_ctl(instance, EPOLL_CTL_ADD, fd, &e) == 0 ? 0 : -errno;
}

void wait_drop(int fd)
{
    (void)epoll_ctl(instance, EPOLL_CTL_DEL, fd, NULL); /* not there: then nothing is left either */
}

void wait_for_group(bool wanted)
{
    struct epoll_event e = {.events = wanted ? EPOLLIN : 0, .data.u32 = WAIT_GROUP};
    if (wanted != group_wanted && epoll_ctl(instance, EPOLL_CTL_MOD, GUARD_FD_GROUP, &e) == 0)
        group_wanted = wanted;
}

int wait_next(struct wait *ret, int timeout_ms)
{
    static struct epoll_event ready[WAIT_COUNT];
    int n = epoll_wait(instance, ready, array_count(ready), timeout_ms);
    ret->count = n > 0 ? (size_t)n : 0;
    for (size_t i = 0; i < ret->count; i++)
        ret->ready[i] = ready[i].data.u32;
    return n >= 0 || errno == EINTR ? 0 : -errno;
}

bool wait_has(const struct wait *w, uint32_t what)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->ready[i] == what)
            return true;
    return false;
}

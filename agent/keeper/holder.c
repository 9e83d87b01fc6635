/* SPDX-License-Identifier: GPL-3.0-or-later */
/* holder.c owns the take-over. It must never answer an event while the keeper or its worker could
 * still answer one: it holds the group only so that the kernel does not let openers pass. */
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/log.h"
#include "keeper/keeper.h"
#include "watch/verdict.h"

#define DEATH_WAIT_MS 2000 /* for a killed process; after that it is stuck in the kernel for good */

struct charge {
    pid_t pid;
    int fd; /* pidfd, -1 = none */
};

static int pidfd(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void look_after(struct charge *c, pid_t pid)
{
    if (c->pid == pid && c->fd >= 0)
        return;
    if (c->fd >= 0)
        close(c->fd);
    *c = (struct charge){.pid = pid, .fd = pid > 0 ? pidfd(pid) : -1};
}

static bool dead(const struct charge *c, int timeout_ms)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    return c->fd < 0 || poll(&p, 1, timeout_ms) == 1;
}

static void end(const struct charge *c)
{
    if (c->fd < 0)
        return;
    syscall(SYS_pidfd_send_signal, c->fd, SIGKILL, NULL, 0);
    (void)dead(c, DEATH_WAIT_MS);
}

/* Wait until the keeper is dead or hung. */
static void keep_watch(const struct keeper *k, struct charge *keeper, struct charge *watch)
{
    struct guard_shared *s = k->guard.shared;
    struct guard_awake awake = {0};
    for (;;) {
        guard_look(&awake);
        atomic_store(&s->holder_beat, guard_now_ns());
        look_after(watch, atomic_load(&s->watch_pid));
        if (dead(keeper, GUARD_BEAT_MS))
            return;
        guard_look(&awake);
        if (guard_hung(&awake, atomic_load(&s->keeper_beat), GUARD_KEEPER_HUNG_MS))
            return;
    }
}

void holder_run(struct keeper *k)
{
    struct guard_shared *s = k->guard.shared;
    struct charge keeper = {.fd = -1}, watch = {.fd = -1};
    struct sandbox *own = NULL;
    log_open("sekishod-holder", LOG_LEVEL_INFO);
    /* copies of what the worker held at this moment: its peers must see it die */
    if (close_range(GUARD_FD_RESERVED, ~0u, 0) != 0)
        _exit(1);
    look_after(&keeper, atomic_load(&s->keeper_pid));
    if (getppid() != keeper.pid || keeper.fd < 0) {
        /* the keeper died in between: its number may be somebody else's by now */
        if (keeper.fd >= 0)
            close(keeper.fd);
        keeper.fd = -1;
    }
    atomic_store(&s->holder_pid, getpid());
    keeper_lock_memory();
    if (sandbox_prepare(SANDBOX_HOLDER, &own) != 0 || sandbox_enter(&own, 0) != 0)
        _exit(1);
    keep_watch(k, &keeper, &watch);
    if (atomic_load(&s->ended))
        _exit(0);
    end(&keeper);
    look_after(&watch, atomic_load(&s->watch_pid));
    end(&watch);
    /* their table is gone, so nobody can look into those events any more */
    unsigned refused = verdict_refuse_all(k->descriptor_limit);
    atomic_store(&s->hand_done, GUARD_HAND_EVENTS);
    close_range(GUARD_FD_RESERVED, ~0u, 0);
    failure_note(&k->guard, FAILURE_OF_KEEPER_DIED);
    for (unsigned n = 0; n < refused; n++) /* by whom, nobody can tell any more */
        ring_count_lost(k->guard.ring);
    log_error("%s (%u refused)", failure_text(FAILURE_OF_KEEPER_DIED), refused);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* holder.c owns the take-over. It must never answer an event while the keeper or its worker could
 * still answer one: it holds the group only so that the kernel does not let openers pass. */
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/log.h"
#include "keeper/keeper.h"

#define DEATH_LOOK_MS 100
#define DEATH_WAIT_MS 2000 /* for a killed process; after that it is stuck in the kernel for good */

struct charge {
    pid_t pid;
    int fd;    /* pidfd, -1 = none */
    bool gone; /* no process of ours has that number (any more) */
};

static int pidfd(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* All of sekishod's line are in one process group, which nobody else can join: its session is not theirs.
 * A number that came to somebody else's process is told by that. */
static bool is_ours(pid_t pid)
{
    return pid > 0 && getpgid(pid) == getpgrp();
}

/* Without a pidfd for want of memory or descriptors: it is ours as long as the number is. */
static bool dead(const struct charge *c, int timeout_ms)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    if (c->gone)
        return true;
    if (c->fd >= 0)
        return poll(&p, 1, timeout_ms) == 1;
    poll(NULL, 0, timeout_ms);
    return !is_ours(c->pid);
}

static void look_after(struct charge *c, pid_t pid)
{
    if (c->pid == pid && c->fd >= 0 && !dead(c, 0))
        return;
    if (c->fd >= 0)
        close(c->fd);
    *c = (struct charge){.pid = pid, .fd = pid > 0 ? pidfd(pid) : -1};
    /* asked after the pidfd was opened: whose number it is now it was then, or poll tells of a death */
    c->gone = !is_ours(pid);
    if (c->gone && c->fd >= 0)
        close(c->fd);
    if (c->gone)
        c->fd = -1;
}

static void end(const struct charge *c)
{
    if (c->gone)
        return;
    if (c->fd >= 0)
        syscall(SYS_pidfd_send_signal, c->fd, SIGKILL, NULL, 0);
    else if (is_ours(c->pid))
        kill(c->pid, SIGKILL);
    for (int waited = 0; !dead(c, DEATH_LOOK_MS) && waited < DEATH_WAIT_MS; waited += DEATH_LOOK_MS)
        continue;
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
        if (dead(keeper, GUARD_BEAT_MS) || getppid() != keeper->pid)
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
    if (getppid() != keeper.pid) {
        /* the keeper died in between: its number may be somebody else's by now */
        if (keeper.fd >= 0)
            close(keeper.fd);
        keeper.fd = -1;
        keeper.gone = true;
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
    /* their table is gone, so nobody can look into those events any more: the next worker refuses them */
    atomic_store(&s->hand_orphaned, true);
    close_range(GUARD_FD_RESERVED, ~0u, 0);
    failure_note(&k->guard, FAILURE_OF_KEEPER_DIED);
    log_error("%s", failure_text(FAILURE_OF_KEEPER_DIED));
}

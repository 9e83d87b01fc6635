/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keeper.c owns the watch over worker and holder. It must never parse anything, open anything or
 * leave its loop but for an orderly end: as long as it (or the holder) holds the group, openers wait
 * or are refused, and none passes unseen. */
#include <sched.h>
#include <signal.h>
#include <sekisho/paths.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/log.h"
#include "keeper/keeper.h"
#include "watch/backlog.h"
#include "watch/watch.h"

#define NS_PER_MS        1000000l
#define SHORT_LIFE_MS    50  /* a worker that dies sooner has died of its start */
#define SHORT_LIVES_MAX  10  /* in a row, after which the next one waits */
#define FORK_WAIT_MS     200
#define SOON_MS          20
#define STOP_TELL_MS     5000 /* between two lines that say why it goes on */
#define STOP_FIRST_MS    1000 /* before the first */
#define DEATH_WAIT_MS    100

static void note(const struct keeper *k, enum failure which)
{
    failure_note(&k->guard, which);
    log_warn("%s", failure_text(which));
}

/* The worker shares the descriptor table: the events that it holds when it dies live on in it. The C
 * library has no fork of this kind; with one thread and no handlers of its own it needs none. */
static void start_watch(struct keeper *k)
{
    atomic_store(&k->guard.shared->watch_beat, guard_now_ns());
    atomic_store(&k->guard.shared->hand_since, 0);
    long pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) {
        watch_run(&k->guard, k->watch_sandbox);
    }
    k->watch_forked_ns = guard_now_ns();
    k->watch = pid > 0 ? (pid_t)pid : 0;
}

static bool start_holder(struct keeper *k)
{
    atomic_store(&k->guard.shared->holder_beat, guard_now_ns());
    pid_t pid = fork();
    if (pid == 0) {
        holder_run(k);
        return true; /* this process is the keeper now */
    }
    k->holder_forked_ns = guard_now_ns();
    k->holder = pid > 0 ? pid : 0;
    return false;
}

static void reap(struct keeper *k)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == k->watch) {
            bool at_once = !guard_silent(k->watch_forked_ns, SHORT_LIFE_MS);
            k->short_lives = at_once ? k->short_lives + 1 : 0;
            k->watch = 0;
            note(k, FAILURE_OF_WATCH_DIED);
        } else if (pid == k->holder) {
            k->holder = 0;
            note(k, FAILURE_OF_HOLDER_DIED);
        }
    }
}

/* Kill a child and wait for its end, but not for ever: one that is stuck in the kernel will never
 * answer anything again, and openers wait for its successor. */
static void end_child(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    const struct timespec step = {.tv_nsec = NS_PER_MS};
    for (int i = 0; i < DEATH_WAIT_MS && waitpid(pid, NULL, WNOHANG) == 0; i++)
        nanosleep(&step, NULL);
}

static void check_hung(struct keeper *k)
{
    const struct guard_shared *s = k->guard.shared;
    uint64_t since = atomic_load(&s->hand_since);
    bool hung = guard_hung(&k->awake, atomic_load(&s->watch_beat), GUARD_HUNG_MS) ||
                (since != 0 && guard_hung(&k->awake, since, GUARD_HUNG_MS));
    if (k->watch > 0 && hung) {
        end_child(k->watch);
        k->watch = 0;
        k->short_lives = 0;
        note(k, FAILURE_OF_WATCH_HUNG);
    }
    if (k->holder > 0 &&
        guard_hung(&k->awake, atomic_load(&s->holder_beat), GUARD_KEEPER_HUNG_MS)) {
        end_child(k->holder);
        k->holder = 0;
        note(k, FAILURE_OF_HOLDER_DIED);
    }
}

/* True when this process is a holder that became the keeper. */
static bool start_missing(struct keeper *k)
{
    bool crash_loop = k->short_lives > SHORT_LIVES_MAX;
    if (k->watch == 0 && (!crash_loop || guard_silent(k->watch_forked_ns, FORK_WAIT_MS)))
        start_watch(k);
    if (k->holder == 0)
        return start_holder(k);
    return false;
}

static void write_pid(void)
{
    char text[16];
    int len = snprintf(text, sizeof text, "%d\n", getpid());
    /* only for people who look into the file: the lock itself is what counts */
    if (ftruncate(GUARD_FD_LOCK, 0) != 0 || pwrite(GUARD_FD_LOCK, text, (size_t)len, 0) != len)
        log_warn("%s can't be written", sk_path(SK_PATH_LOCK));
}

/* Stopping lets every opener pass, so it waits until no filesystem is guarded any more. */
static bool may_stop(const struct keeper *k, uint64_t *told_ns)
{
    int32_t marks = atomic_load(&k->guard.shared->live_marks);
    if (marks != 0 && guard_silent(*told_ns, STOP_TELL_MS)) {
        *told_ns = guard_now_ns();
        log_warn("asked to stop, but guarded filesystems are still mounted (%d): the guard stays "
                 "until they are closed", (int)marks);
    }
    return marks == 0;
}

static int stop(struct keeper *k)
{
    atomic_store(&k->guard.shared->ended, true);
    end_child(k->holder);
    end_child(k->watch);
    /* the ledger is still there, but has not moved: it tells at least how many there were */
    for (unsigned n = backlog_count(&k->guard); n > 0; n--)
        ring_count_lost(k->guard.ring);
    unlink(sk_path(SK_PATH_GUARD_SOCKET));
    fdstore_remove();
    log_info("stopped");
    return 0;
}

static sigset_t handled_signals(void)
{
    static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t i = 0; i < array_count(numbers); i++)
        sigaddset(&signals, numbers[i]);
    return signals;
}

static void adopt(struct keeper *k)
{
    /* blocked in the forks too: a terminal's ^C goes to all of them and is the keeper's business */
    sigset_t signals = handled_signals();
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN); /* whoever reads the log may go away */
    log_open("sekishod", LOG_LEVEL_INFO);
    atomic_store(&k->guard.shared->keeper_pid, getpid());
    atomic_store(&k->guard.shared->keeper_beat, guard_now_ns());
    k->watch = k->holder = 0;
    k->short_lives = 0;
    write_pid();
    fdstore_ready();
}

int keeper_run(struct keeper *k)
{
    struct guard_shared *s = k->guard.shared;
    uint64_t told_ns = 0;
    const sigset_t signals = handled_signals();
    adopt(k);
    for (;;) {
        guard_look(&k->awake);
        atomic_store(&s->keeper_beat, guard_now_ns());
        fdstore_beat();
        reap(k);
        check_hung(k);
        if (start_missing(k)) {
            adopt(k);
            told_ns = 0;
            continue;
        }
        if (atomic_load(&s->stopping) && may_stop(k, &told_ns))
            return stop(k);
        bool soon = k->watch == 0 || atomic_load(&s->stopping);
        const struct timespec wait = {.tv_nsec = (soon ? SOON_MS : GUARD_BEAT_MS) * NS_PER_MS};
        int got = sigtimedwait(&signals, NULL, &wait);
        if (got == SIGTERM || got == SIGINT) {
            atomic_store(&s->live_marks, -1);
            told_ns = guard_now_ns() - (STOP_TELL_MS - STOP_FIRST_MS) * (uint64_t)NS_PER_MS;
            atomic_store(&s->stopping, true);
        }
    }
}

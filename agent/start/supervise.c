/* SPDX-License-Identifier: GPL-3.0-or-later */
/* supervise.c owns the order of starts and stops and the pauses between. It must never start a second
 * sekishod while a process of the first one's line holds the lock, and never stop sekishod while it
 * guards an area. Waiting is done in one place, step(); nothing here sleeps. */
#include "start/supervise.h"
#include <poll.h>
#include <pwd.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "start/guard.h"
#include "start/spawn.h"
#include "wire/wire.h"

#define MS               1000000ull      /* nanoseconds */
#define START_LIMIT_MS   60000ull        /* from exec to a socket that accepts */
#define PROBE_MS         20              /* between two looks at a socket that is not there yet */
#define PAUSE_FIRST_MS   100ull          /* before the first new start; doubles each time */
#define PAUSE_LAST_MS    10000ull
#define LONG_LIFE_MS     60000ull        /* a daemon that lived this long starts afresh */
#define STOP_LIMIT_MS    20000ull        /* from SIGTERM to SIGKILL */
#define DISKS_LIMIT_MS   120000ull       /* the same for who closes areas: SIGKILL makes no disk faster */
#define EXPORT_LIMIT_MS  3000ull         /* the same for exporters: their transfer fails */
#define KILL_LIMIT_MS    5000ull         /* from SIGKILL to giving up */
#define GUARD_ANSWER_MS  3000            /* for one GUARD_STATUS */
#define GUARD_SETTLE_MS  3000ull         /* for the last file systems to end after their unmounting */
#define GUARD_LOOK_MS    100             /* between two questions about that */

int supervisor_open(struct supervisor *s, const char *libexec, const char *instance, bool devices)
{
    *s = (struct supervisor){
        .daemons = {
            [DAEMON_LEDGER] = {.name = "sekisho-ledger", .socket = SK_PATH_LEDGER_SOCKET},
            [DAEMON_PLUG] = {.name = "sekisho-plug", .socket = SK_PATH_PLUG_SOCKET, .left_out = !devices},
            [DAEMON_GUARD] = {.name = "sekishod", .socket = SK_PATH_GUARD_SOCKET,
                              .has_line = true},
            [DAEMON_INDEX] = {.name = "sekisho-index", .socket = SK_PATH_INDEX_SOCKET},
            [DAEMON_DEVICE] = {.name = "sekisho-device", .socket = SK_PATH_DEVICE_SOCKET,
                               .has_disks = true},
            [DAEMON_ROOM] = {.name = "sekisho-room", .socket = SK_PATH_ROOM_SOCKET},
            [DAEMON_CONTROL] = {.name = "sekisho-control", .socket = SK_PATH_CONTROL_SOCKET},
        },
        .exports = {.listener = -1, .libexec = libexec, .program = "sekisho-export",
                    .socket = SK_PATH_EXPORT_SOCKET},
        .notices = {.listener = -1, .libexec = libexec, .program = "sekisho-notify",
                    .instance = instance, .socket = SK_PATH_NOTIFY_SOCKET},
        .libexec = libexec,
        .instance = instance,
        .signals = -1,
    };
    s->signals = fd_signals(true);
    if (s->signals < 0)
        return s->signals;
    /* a dead keeper's holder becomes our child, so that we learn when it goes too */
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : -errno;
}

int supervisor_listen(struct supervisor *s)
{
    const struct passwd *control = getpwnam(SK_USER_CONTROL);
    if (!control)
        return SK_ERR_NOT_FOUND;
    s->notices.peer = control->pw_uid;
    int r = exports_open(&s->notices, 0660);
    if (r == 0 && lchown(sk_path(SK_PATH_NOTIFY_SOCKET), 0, control->pw_gid) != 0)
        r = -errno;
    return r;
}

static bool accepts(const struct daemon *d)
{
    autoclose int sock = wire_connect(sk_path((enum sk_path)d->socket));
    return sock >= 0;
}

const char *supervisor_foreign(const struct supervisor *s, pid_t *ret_pid)
{
    for (size_t i = 0; i < DAEMON_COUNT; i++) {
        autoclose int sock = wire_connect(sk_path((enum sk_path)s->daemons[i].socket));
        struct wire_peer peer;
        if (sock < 0 || wire_peer(sock, &peer) != 0)
            continue;
        *ret_pid = peer.pid;
        return s->daemons[i].name;
    }
    *ret_pid = 0;
    return guard_lock_held() ? s->daemons[DAEMON_GUARD].name : NULL;
}

static void launch(struct supervisor *s, struct daemon *d)
{
    uint64_t now = clock_boot_ns();
    int r = spawn(s->libexec, d->name, s->instance, -1, &d->pid);
    d->since_ns = now;
    if (r != 0) {
        log_error("%s could not be started: %s", d->name, sk_strerror(r));
        d->state = DAEMON_WAITING;
        d->due_ns = now + PAUSE_LAST_MS * MS;
        return;
    }
    d->state = DAEMON_STARTING;
    d->due_ns = now + START_LIMIT_MS * MS;
    log_info("%s started, process %d", d->name, (int)d->pid);
}

static uint64_t pause_of(unsigned failures)
{
    uint64_t pause = PAUSE_FIRST_MS;
    while (failures-- > 1 && pause < PAUSE_LAST_MS)
        pause *= 2;
    return (pause < PAUSE_LAST_MS ? pause : PAUSE_LAST_MS) * MS;
}

static void wait_for_next_start(const struct supervisor *s, struct daemon *d)
{
    uint64_t now = clock_boot_ns();
    d->pid = 0;
    if (s->stopping) {
        d->state = DAEMON_DOWN;
        return;
    }
    d->failures = now - d->since_ns > LONG_LIFE_MS * MS ? 1 : d->failures + 1;
    d->state = DAEMON_WAITING;
    d->due_ns = now + pause_of(d->failures);
    log_info("%s starts again in %u ms", d->name, (unsigned)(pause_of(d->failures) / MS));
}

static void log_death(const struct daemon *d, pid_t pid, int status, bool expected)
{
    if (WIFSIGNALED(status))
        log_warn("%s, process %d, ended by signal %d", d->name, (int)pid, WTERMSIG(status));
    else if (expected && WEXITSTATUS(status) == 0)
        log_info("%s stopped", d->name);
    else
        log_warn("%s, process %d, ended with %d", d->name, (int)pid, WEXITSTATUS(status));
}

/* The line of sekishod may have changed: somebody of it died. */
static void look_at_line(const struct supervisor *s, struct daemon *d)
{
    if (d->state != DAEMON_SURVIVED || guard_lock_held())
        return;
    log_warn("the last process of %s is gone", d->name);
    wait_for_next_start(s, d);
}

static void ended(struct supervisor *s, pid_t pid, int status)
{
    if (exports_ended(&s->exports, pid, status) || exports_ended(&s->notices, pid, status))
        return;
    for (size_t i = 0; i < DAEMON_COUNT; i++) {
        struct daemon *d = &s->daemons[i];
        if (d->pid != pid || d->state == DAEMON_SURVIVED)
            continue;
        d->last_status = status;
        log_death(d, pid, status, s->stopping);
        if (d->has_line && guard_lock_held()) {
            d->state = DAEMON_SURVIVED;
            if (!s->stopping)
                log_warn("%s lives on in another process of its line", d->name);
        } else {
            wait_for_next_start(s, d);
        }
        return;
    }
}

static void take_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo != SIGCHLD)
            s->stop_asked = true;
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        ended(s, pid, status);
    look_at_line(s, &s->daemons[DAEMON_GUARD]);
}

/* What is due for one daemon now; the milliseconds until it must be looked at again, -1 = never. */
static int tend(struct supervisor *s, struct daemon *d)
{
    uint64_t now = clock_boot_ns();
    if (d->state == DAEMON_STARTING && accepts(d)) {
        d->state = DAEMON_UP;
        log_info("%s is up", d->name);
        return 0; /* whoever waits for this must not sleep on */
    } else if (d->state == DAEMON_STARTING && now >= d->due_ns) {
        log_error("%s does not answer within %u ms", d->name, (unsigned)START_LIMIT_MS);
        kill(-d->pid, SIGKILL);
        d->due_ns = now + START_LIMIT_MS * MS;
    } else if (d->state == DAEMON_WAITING && now >= d->due_ns) {
        launch(s, d);
    }
    if (d->state == DAEMON_STARTING)
        return PROBE_MS;
    if (d->state == DAEMON_WAITING)
        return d->due_ns > now ? (int)((d->due_ns - now) / MS) + 1 : 1;
    return -1;
}

/* Everything that is due, then sleep until something happens or limit_ms is over (-1: none). */
static void step(struct supervisor *s, int limit_ms)
{
    for (size_t i = 0; i < DAEMON_COUNT; i++) {
        int next = tend(s, &s->daemons[i]);
        if (next >= 0 && (limit_ms < 0 || next < limit_ms))
            limit_ms = next;
    }
    struct pollfd p[] = {{.fd = s->signals, .events = POLLIN},
                         {.fd = exports_listener(&s->exports), .events = POLLIN},
                         {.fd = exports_listener(&s->notices), .events = POLLIN}};
    if (poll(p, array_count(p), limit_ms) <= 0)
        return;
    if (p[0].revents)
        take_signals(s);
    if (p[1].revents)
        exports_accept(&s->exports);
    if (p[2].revents)
        exports_accept(&s->notices);
}

/* Until d is up, dead, or a stop was asked for. */
static int bring_up(struct supervisor *s, struct daemon *d)
{
    launch(s, d);
    while (d->state == DAEMON_STARTING && !s->stop_asked)
        step(s, -1);
    if (d->state == DAEMON_UP)
        return 0;
    return s->stop_asked ? SK_ERR_CLOSED : SK_ERR_STATE;
}

int supervisor_start(struct supervisor *s)
{
    int r = exports_open(&s->exports, 0600);
    if (r != 0) {
        log_error("%s: %s", sk_path(SK_PATH_EXPORT_SOCKET), sk_strerror(r));
        return r;
    }
    for (size_t i = 0; i < DAEMON_COUNT; i++) {
        r = s->daemons[i].left_out ? 0 : bring_up(s, &s->daemons[i]);
        if (r != 0)
            return r;
    }
    return 0;
}

void supervisor_run(struct supervisor *s)
{
    while (!s->stop_asked)
        step(s, -1);
}

static bool gone(const struct daemon *d)
{
    return d->state == DAEMON_DOWN || d->state == DAEMON_WAITING;
}

/* Who takes SIGTERM for a daemon: for a line that lost its first process, its present keeper. */
static pid_t leader_of(const struct daemon *d)
{
    struct guard_state guard;
    if (d->state != DAEMON_SURVIVED)
        return d->pid;
    if (guard_ask(&guard, GUARD_ANSWER_MS) == 0 && getpgid(guard.keeper) == d->pid)
        return guard.keeper;
    return -d->pid; /* nobody answers for it: all of the line */
}

static void wait_gone(struct supervisor *s, const struct daemon *d, uint64_t limit_ms)
{
    uint64_t end = clock_boot_ns() + limit_ms * MS;
    for (uint64_t now; !gone(d) && (now = clock_boot_ns()) < end;)
        step(s, (int)((end - now) / MS) + 1);
}

/* A guard that says so is never killed: all that it guards would be open. */
static bool guard_says_guarded(void)
{
    struct guard_state guard;
    return guard_ask(&guard, GUARD_ANSWER_MS) == 0 && guard.areas > 0;
}

/* True when d went by itself and said that all was well. */
static bool bring_down(struct supervisor *s, struct daemon *d)
{
    if (gone(d)) {
        d->state = DAEMON_DOWN;
        return false;
    }
    pid_t leader = leader_of(d), group = d->pid;
    uint64_t limit_ms = d->has_disks ? DISKS_LIMIT_MS : STOP_LIMIT_MS;
    kill(leader, SIGTERM);
    wait_gone(s, d, limit_ms);
    if (gone(d)) {
        d->state = DAEMON_DOWN;
        return WIFEXITED(d->last_status) && WEXITSTATUS(d->last_status) == 0;
    }
    if (d->has_line && guard_says_guarded()) {
        log_error("%s did not stop within %u ms: it still guards what is mounted", d->name,
                  (unsigned)limit_ms);
        return false;
    }
    log_error("%s did not stop within %u ms and is killed", d->name, (unsigned)limit_ms);
    kill(-group, SIGKILL);
    wait_gone(s, d, KILL_LIMIT_MS);
    return false;
}

static void end_exports(struct supervisor *s)
{
    exports_close(&s->exports);
    exports_signal(&s->exports, SIGTERM);
    uint64_t end = clock_boot_ns() + EXPORT_LIMIT_MS * MS;
    for (uint64_t now; exports_running(&s->exports) && (now = clock_boot_ns()) < end;)
        step(s, (int)((end - now) / MS) + 1);
    exports_signal(&s->exports, SIGKILL);
}

/* What is being told when control has gone is told again by the next one. */
static void end_notices(struct supervisor *s)
{
    exports_close(&s->notices);
    exports_signal(&s->notices, SIGTERM);
}

/* Does sekishod still guard something? Unknown counts as yes while any of its line lives. */
static bool areas_guarded(const struct supervisor *s)
{
    const struct daemon *d = &s->daemons[DAEMON_GUARD];
    struct guard_state guard;
    if (gone(d))
        return false;
    return guard_ask(&guard, GUARD_ANSWER_MS) != 0 || guard.areas > 0;
}

/* Go on as before the stop was asked for. */
static void resume(struct supervisor *s)
{
    s->stopping = false;
    s->stop_asked = false;
    if (exports_open(&s->exports, 0600) != 0)
        log_error("%s can't be opened again", sk_path(SK_PATH_EXPORT_SOCKET));
    for (size_t i = 0; i < DAEMON_COUNT; i++)
        if (s->daemons[i].state == DAEMON_DOWN && !s->daemons[i].left_out)
            wait_for_next_start(s, &s->daemons[i]);
}

/* Whatever device says of its end: does the guard say that something is mounted? A file system ends a little
 * after its last mount. */
static bool still_guarded(struct supervisor *s)
{
    uint64_t end = clock_boot_ns() + GUARD_SETTLE_MS * MS;
    while (!gone(&s->daemons[DAEMON_GUARD]) && guard_says_guarded()) {
        if (clock_boot_ns() >= end)
            return true;
        step(s, GUARD_LOOK_MS);
    }
    return false;
}

/* What uses areas goes before device closes them; who writes records goes before the ledger. */
static const size_t before_areas[] = {DAEMON_ROOM};
static const size_t after_areas[] = {DAEMON_CONTROL, DAEMON_INDEX, DAEMON_GUARD};
static const size_t after_guard[] = {DAEMON_PLUG, DAEMON_LEDGER};

static void bring_down_all(struct supervisor *s, const size_t *which, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bring_down(s, &s->daemons[which[i]]);
}

static int refuse_stop(struct supervisor *s)
{
    log_error("areas are still open or mounted somewhere, so the guard stays: end what uses them "
              "(sekisho status names it), then stop again");
    resume(s);
    return SK_ERR_STATE;
}

int supervisor_stop(struct supervisor *s)
{
    struct daemon *device = &s->daemons[DAEMON_DEVICE];
    s->stop_asked = false;
    if (gone(device) && areas_guarded(s) && bring_up(s, device) != 0)
        log_error("%s can't be started to close the areas", device->name);
    s->stopping = true;
    log_info("stopping");
    end_exports(s);
    bring_down_all(s, before_areas, array_count(before_areas));
    bool closed = bring_down(s, device);
    if (closed ? still_guarded(s) : areas_guarded(s))
        return refuse_stop(s);
    bring_down_all(s, after_areas, array_count(after_areas));
    if (!gone(&s->daemons[DAEMON_GUARD]) && guard_says_guarded())
        return refuse_stop(s);
    bring_down_all(s, after_guard, array_count(after_guard));
    end_notices(s);
    return 0;
}

void supervisor_abandon(struct supervisor *s)
{
    s->stopping = true;
    end_exports(s);
    bring_down_all(s, before_areas, array_count(before_areas));
    bring_down(s, &s->daemons[DAEMON_DEVICE]);
    bring_down_all(s, after_areas, array_count(after_areas));
    bring_down_all(s, after_guard, array_count(after_guard));
    end_notices(s);
}

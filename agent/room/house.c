/* SPDX-License-Identifier: GPL-3.0-or-later */
/* house.c owns the rooms' common life: what they need of this PC, and their ends. It must never leave
 * a process of an ended room alive, nor tell sekishod of a room later than it goes. */
#include "room/house.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "room/cgroup.h"
#include "room/hide.h"
#include "room/idmap.h"
#include "room/init.h"
#include "room/logind.h"
#include "room/spawn.h"

#define MS            1000000ull /* nanoseconds */
/* For its first process to end what runs in it, and to clean up; then all of it is killed. */
#define END_NS        ((INIT_TERM_MS + SCRATCH_LIMIT_MS + 1000) * MS)
#define GONE_NS       (2000 * MS) /* for killed processes to be gone */
#define LOOK_AGAIN_MS 2           /* meanwhile */

static int find_init_program(struct house *h, struct fault *f)
{
    static const char name[] = "/sekisho-room-init";
    ssize_t n = readlink("/proc/self/exe", h->init_program, sizeof h->init_program - sizeof name);
    if (n <= 0)
        return fault_errno(f, errno, "our own program can't be found");
    h->init_program[n] = '\0';
    char *slash = strrchr(h->init_program, '/');
    memcpy(slash ? slash : h->init_program, name, sizeof name);
    return access(h->init_program, X_OK) == 0 ? 0 : fault_errno(f, errno, "%s", h->init_program);
}

/* Which folders rooms are to show, and whether each can be sealed. */
static int look_at_system(struct house *h, struct fault *f)
{
    walls_look(h->system);
    for (size_t i = 0; (h->shown[i] = walls_shown(h->system, i)); i++)
        continue;
    h->sealed_fd = idmap_open_sealed(f);
    for (size_t i = 0; h->sealed_fd >= 0 && h->shown[i]; i++) {
        bool whole;
        autoclose int fd = idmap_seal(h->sealed_fd, h->shown[i], &whole);
        if (fd >= 0 && !whole)
            log_warn("%s: what is mounted below it is not shown in rooms, for not all of it can be sealed",
                     h->shown[i]);
        if (fd >= 0 || fd == SK_ERR_NOT_FOUND)
            continue;
        log_warn("%s can't be sealed (%s): FIFOs and sockets below it lead out of rooms", h->shown[i],
                 sk_strerror(fd));
        h->unsealed = h->shown[i];
    }
    return h->sealed_fd < 0 ? f->code : 0;
}

/* Rooms are made all the same where the kernel can't be kept quiet: status tells. */
static void be_quiet(struct house *h)
{
    h->heard = (struct fault){0};
    if (quiet_open(&h->quiet, &h->heard) == 0 &&
        cover_system(&h->quiet, h->shown, h->init_program, &h->heard) == 0 &&
        cover_mounts(&h->quiet, h->shown, &h->heard) == 0)
        cover_find_watchers(h->shown, &h->watchers);
    if (h->heard.code != 0)
        log_warn("what rooms read can be told by inotify: %s", h->heard.why);
}

bool house_is_heard(const struct house *h, char ret[static FAULT_TEXT_CAP])
{
    pid_t pid = cover_watcher(&h->watchers);
    if (h->heard.code != 0)
        snprintf(ret, FAULT_TEXT_CAP, "%s", h->heard.why);
    else if (pid != 0)
        phrase_print(ret, FAULT_TEXT_CAP, "process %d watches since before", (int)pid);
    return h->heard.code != 0 || pid != 0;
}

int house_open(struct house *h, struct fault *f)
{
    h->table.folder_fd = open(sk_path(SK_PATH_RUN_ROOMS), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (h->table.folder_fd < 0)
        return fault_errno(f, errno, "%s can't be opened", sk_path(SK_PATH_RUN_ROOMS));
    h->table.cgroups_fd = cgroup_open(f);
    if (h->table.cgroups_fd < 0)
        return f->code;
    if (access(SPAWN_BWRAP, X_OK) != 0)
        return fault_set(f, SK_ERR_UNSUPPORTED, "bubblewrap is not installed");
    h->sessions_fd = epoll_create1(EPOLL_CLOEXEC);
    if (h->sessions_fd < 0)
        return fault_errno(f, errno, "login sessions can't be watched");
    h->map_fd = idmap_open(f);
    if (h->map_fd < 0 || look_at_system(h, f) != 0)
        return f->code;
    int r = find_init_program(h, f);
    if (r == 0)
        be_quiet(h);
    return r;
}

int house_tell(struct house *h, struct fault *f)
{
    int r = guardlink_tell(&h->guard, &h->table, f);
    h->told = r == 0;
    return r;
}

void house_show(struct house *h)
{
    int r = h->table.count == 0 ? hide_undo(h->table.folder_fd) : 0;
    if (r != 0)
        log_warn("/proc goes on hiding processes from other logins: %s", sk_strerror(r));
}

void house_end(struct house *h, struct room *r, const char *why)
{
    if (r->leaving_ns != 0)
        return;
    r->leaving_ns = clock_boot_ns();
    r->limit_ns = r->leaving_ns + END_NS;
    snprintf(r->why, sizeof r->why, "%s", why);
    ties_clear(&r->ties);
    syscall(SYS_pidfd_send_signal, r->init_fd, SIGTERM, NULL, 0);
    int code = table_save(&h->table, r); /* for a sekisho-room that would take over */
    if (code != 0)
        log_warn("room %s: its end can't be noted: %s", r->id, sk_strerror(code));
}

static int watch(struct house *h, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(h->sessions_fd, EPOLL_CTL_ADD, fd, &event) == 0 || errno == EEXIST ? 0 : -errno;
}

/* logind may have been started after us. */
static void watch_logind(struct house *h)
{
    int fd = h->watches_logind || !logind_rules() ? -1 : logind_watch();
    if (fd < 0)
        return;
    h->watches_logind = watch(h, fd) == 0;
}

int house_tie(struct house *h, struct room *r, pid_t asker, struct fault *f)
{
    struct tie t;
    watch_logind(h);
    if (!tie_find(asker, r->uid, &t))
        return 0;
    if (!tie_holds(&t, r->uid)) {
        tie_close(&t);
        return fault_set(f, SK_ERR_STATE, "the login session that asks is over: log in again");
    }
    int leader = t.fd;
    ties_add(&r->ties, &t, r->uid);
    int code = t.fd >= 0 ? watch(h, leader) : 0;
    if (code == 0)
        code = table_save(&h->table, r);
    return code == 0 ? 0 : fault_errno(f, -code, "the login session can't be watched");
}

void house_see_sessions(struct house *h)
{
    logind_seen();
    for (size_t i = 0; i < h->table.count; i++) {
        struct room *r = h->table.rooms[i];
        size_t before = r->ties.count;
        if (r->leaving_ns == 0 && ties_over(&r->ties, r->uid))
            house_end(h, r, HOUSE_LOGOUT);
        else if (before != r->ties.count)
            (void)!table_save(&h->table, r);
    }
}

void house_recover(struct house *h, void (*tell)(const char *room, const char *what))
{
    table_recover(&h->table, tell);
    for (size_t i = 0; i < h->table.count; i++) {
        struct room *r = h->table.rooms[i];
        char why[sizeof r->why];
        memcpy(why, r->why, sizeof why);
        for (size_t k = 0; k < r->ties.count; k++) {
            tie_attach(&r->ties.at[k]);
            if (r->ties.at[k].fd >= 0)
                (void)!watch(h, r->ties.at[k].fd);
        }
        if (r->leaving_ns == 0)
            continue;
        r->leaving_ns = 0;
        house_end(h, r, why);
    }
    watch_logind(h);
    house_see_sessions(h);
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(steal_fd(fd));
}

void house_left(struct house *h, struct room *r)
{
    struct fault later = {0};
    uint64_t now = clock_boot_ns();
    r->leaving_ns = r->leaving_ns ? r->leaving_ns : now;
    r->limit_ns = now + GONE_NS;
    r->gone = true;
    /* from inside: numbers, and no more than these */
    if (r->removed_fd >= 0 && fd_pread_full(r->removed_fd, &r->removed, sizeof r->removed, 0) !=
                                  (ssize_t)sizeof r->removed)
        r->removed = (struct scratch_removed){0};
    ties_clear(&r->ties);
    close_one(&r->init_fd);
    close_one(&r->namespace_fd); /* it would keep the area mounted */
    cgroup_kill(h->table.cgroups_fd, r->id);
    (void)!house_tell(h, &later); /* again until it is told: main.c */
}

/* True when nothing of it is left, or nothing more can be done. */
static bool is_over(struct house *h, struct room *r, uint64_t now)
{
    if (!r->gone && now >= r->limit_ns && r->killed) {
        house_left(h, r); /* killed and still there: whatever holds it is the kernel's */
    } else if (!r->gone && now >= r->limit_ns) {
        r->killed = true;
        r->limit_ns = now + GONE_NS;
        cgroup_kill(h->table.cgroups_fd, r->id);
    }
    if (!r->gone)
        return false;
    int code = cgroup_remove(h->table.cgroups_fd, r->id, 0);
    if (code == -EBUSY && now < r->limit_ns)
        return false;
    if (code != 0)
        log_warn("room %s: its cgroup stays: %s", r->id, sk_strerror(code));
    return true;
}

int house_step(struct house *h, house_gone *gone, void *context)
{
    uint64_t now = clock_boot_ns();
    int next = -1;
    for (size_t i = h->table.count; i-- > 0;) {
        struct room *r = h->table.rooms[i];
        if (r->leaving_ns == 0)
            continue;
        if (!is_over(h, r, now)) {
            int wait = r->gone || now >= r->limit_ns ? LOOK_AGAIN_MS
                                                     : (int)((r->limit_ns - now) / MS) + 1;
            next = next < 0 || wait < next ? wait : next;
            continue;
        }
        table_remove_folder(&h->table, r->id);
        if (gone)
            gone(context, r);
        table_forget(&h->table, r);
        house_show(h);
    }
    return next;
}

/* Until one of the first processes is gone, or the time is over. */
static void wait_for_one(struct house *h, int wait_ms)
{
    struct pollfd p[SK_ROOMS_MAX];
    size_t count = h->table.count;
    for (size_t i = 0; i < count; i++)
        p[i] = (struct pollfd){.fd = h->table.rooms[i]->init_fd, .events = POLLIN};
    if (poll(p, count, wait_ms) <= 0)
        return;
    for (size_t i = 0; i < count; i++)
        if (p[i].revents)
            house_left(h, h->table.rooms[i]);
}

void house_end_all(struct house *h, const char *why)
{
    int wait;
    for (size_t i = 0; i < h->table.count; i++)
        house_end(h, h->table.rooms[i], why);
    while ((wait = house_step(h, NULL, NULL)) >= 0)
        wait_for_one(h, wait);
}

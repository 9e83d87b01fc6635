/* SPDX-License-Identifier: GPL-3.0-or-later */
/* start.c owns everything that sekishod opens before it gives up its rights, each at its descriptor
 * number. It must never leave a half-made guard running: a failure here ends the start. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "keeper/keeper.h"
#include "watch/connector.h"
#include "watch/crowd.h"
#include "watch/verdict.h"
#include "wire/wire.h"

#define DESCRIPTORS_MIN 64    /* with fewer, honest openers would be refused all the time */
#define OOM_SCORE       "-1000"
#define LISTENER_MODE   0660

static int fail(int code, const char *what)
{
    log_error("%s: %s", what, sk_strerror(code));
    return code;
}

static int move_to(int fd, int number)
{
    if (fd == number)
        return 0;
    int r = dup3(fd, number, O_CLOEXEC) < 0 ? -errno : 0;
    close(fd);
    return r;
}

/* Every reserved number is taken, so that whatever is opened later lies above them. What was handed
 * over stays open above them. */
static int reserve_numbers(bool handed_over)
{
    int null = open("/dev/null", O_RDWR);
    if (null < 0)
        return fail(-errno, "/dev/null");
    while (null >= 0 && null <= STDERR_FILENO) /* a caller closed its standard streams */
        null = dup(null);
    if (null < 0)
        return fail(-errno, "/dev/null");
    for (int fd = STDERR_FILENO + 1; fd < GUARD_FD_RESERVED; fd++)
        if (fd != null && dup3(null, fd, O_CLOEXEC) < 0)
            return fail(-errno, "reserving descriptors");
    if (null >= GUARD_FD_RESERVED)
        close(null);
    else if (fcntl(null, F_SETFD, FD_CLOEXEC) != 0)
        return fail(-errno, "reserving descriptors");
    if (handed_over)
        return 0;
    /* whatever else came along from the caller would keep foreign things open for ever */
    return close_range(GUARD_FD_RESERVED, ~0u, 0) == 0 ? 0 : fail(-errno, "closing descriptors");
}

static int take_lock(void)
{
    const char *path = sk_path(SK_PATH_LOCK);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(-errno, path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int saved = errno;
        close(fd);
        if (saved != EWOULDBLOCK)
            return fail(-saved, path);
        log_error("another sekishod guards this instance (%s is locked)", path);
        return SK_ERR_EXISTS;
    }
    int r = move_to(fd, GUARD_FD_LOCK);
    return r == 0 ? 0 : fail(r, path);
}

static int raise_limits(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return fail(-errno, "descriptor limit");
    rlim_t wanted = files.rlim_max < GUARD_DESCRIPTORS_MAX ? files.rlim_max : GUARD_DESCRIPTORS_MAX;
    if (wanted < DESCRIPTORS_MIN) {
        log_error("at least %d descriptors are needed (RLIMIT_NOFILE is %ju)", DESCRIPTORS_MIN,
                  (uintmax_t)wanted);
        return SK_ERR_LIMIT;
    }
    files.rlim_cur = files.rlim_max = wanted;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        return fail(-errno, "descriptor limit");
    /* where this is not allowed the holder remains the remedy */
    autoclose int oom = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (oom < 0 || fd_write_full(oom, OOM_SCORE, strlen(OOM_SCORE)) != 0)
        log_warn("the kernel may choose sekishod when memory runs out: oom_score_adj can't be set");
    return 0;
}

static bool only_root_writes(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
           (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static void read_key(struct guard_shared *s, int dir, const char *name)
{
    autoclose int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || !only_root_writes(fd)) {
        log_warn("key %s is not root's alone and is not trusted", name);
        return;
    }
    if (s->key_count == GUARD_KEYS_MAX) {
        log_warn("key %s is one too many (at most %d)", name, GUARD_KEYS_MAX);
        return;
    }
    struct guard_key *k = &s->keys[s->key_count];
    ssize_t n = fd_read_full(fd, k->text, sizeof k->text);
    if (n > 0) {
        k->len = (uint32_t)n;
        s->key_count++;
    }
}

/* Bytes only: a worker reads what they say. */
static void read_keys(struct guard_shared *s)
{
    autodir DIR *dir = opendir(sk_path(SK_PATH_KEYS));
    if (!dir) {
        log_warn("%s: %s; no policy can be trusted", sk_path(SK_PATH_KEYS), sk_strerror(-errno));
        return;
    }
    for (const struct dirent *d; (d = readdir(dir)) != NULL;) {
        size_t len = strlen(d->d_name);
        if (len > 4 && strcmp(d->d_name + len - 4, ".pub") == 0)
            read_key(s, dirfd(dir), d->d_name);
    }
    if (s->key_count == 0)
        log_warn("no trusted key in %s: no policy can come into force", sk_path(SK_PATH_KEYS));
}

static int open_listener(struct guard_shared *s)
{
    const char *path = sk_path(SK_PATH_GUARD_SOCKET);
    const struct passwd *control = getpwnam(SK_USER_CONTROL);
    if (!control) {
        log_error("the installation is incomplete: no login %s", SK_USER_CONTROL);
        return SK_ERR_NOT_FOUND;
    }
    s->control_uid = control->pw_uid;
    int fd = wire_listen(path, LISTENER_MODE);
    if (fd < 0)
        return fail(fd, path);
    if (chown(path, 0, control->pw_gid) != 0) {
        int saved = errno;
        close(fd);
        return fail(-saved, path);
    }
    int r = move_to(fd, GUARD_FD_LISTENER);
    return r == 0 ? 0 : fail(r, path);
}

/* What the service manager has kept for this process. Those who died with it may have had events in
 * hand, under numbers of their own: their openers are refused before anybody reads another event, by the
 * worker where the memory says whose they are. */
static int take_over(struct keeper *k, struct fdstore *store, unsigned *ret_refused)
{
    bool memory = store->fds[1] >= 0 && store->fds[2] >= 0 && store->fds[3] >= 0;
    int r = fdstore_place(store);
    if (r != 0)
        return fail(r, "descriptors handed over");
    r = memory ? guard_memory_adopt(&k->guard) : SK_ERR_NOT_FOUND;
    if (r != 0) {
        *ret_refused = verdict_refuse_all();
        log_error("the memory handed over can't be used (%s): areas and policy must come again; %u "
                  "openers refused", sk_strerror(r), *ret_refused);
    }
    log_warn("goes on where another sekishod ended");
    return 0;
}

static int open_bell(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int r = fd < 0 ? -errno : move_to(fd, GUARD_FD_BELL);
    return r == 0 ? 0 : fail(r, "eventfd");
}

static int open_connector(struct guard_shared *s)
{
    int fd = connector_open();
    s->connector = fd >= 0;
    if (fd < 0)
        log_warn("no process events (%s): every access is examined anew", sk_strerror(fd));
    int r = fd < 0 ? 0 : move_to(fd, GUARD_FD_CONNECTOR);
    return r == 0 ? 0 : fail(r, "process connector");
}

static int open_group(void)
{
    int fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE |
                               FAN_UNLIMITED_MARKS,
                           O_RDONLY | O_CLOEXEC | O_LARGEFILE | O_NONBLOCK);
    int r = fd < 0 ? -errno : move_to(fd, GUARD_FD_GROUP);
    if (r != 0)
        return fail(r, "fanotify");
    return 0;
}

/* The shadow memory of test builds can't be locked. */
void keeper_lock_memory(void)
{
#if !SANDBOX_SANITIZED
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
        log_warn("memory can't be locked: %s", sk_strerror(-errno));
#endif
}

static int enter_sandbox(struct keeper *k)
{
    struct sandbox *own = NULL;
    int r = sandbox_prepare(SANDBOX_KEEPER, &own);
    if (r == 0)
        r = sandbox_prepare(SANDBOX_WATCH, &k->watch_sandbox);
    if (r == 0)
        r = sandbox_enter(&own, 0);
    return r == 0 ? 0 : fail(r, "giving up privileges");
}

static int check_caller(void)
{
    const char *which = "";
    if (geteuid() != 0) {
        log_error("sekishod must be started by root");
        return -EPERM;
    }
    if (namespaces_check(&which) != 0) {
        log_error("sekishod must run in the initial %s namespace, not inside a container", which);
        return SK_ERR_STATE;
    }
    return 0;
}

/* Group, memories and bell: an earlier sekishod's, or new ones. */
static int get_guard(struct keeper *k, struct fdstore *store, bool handed_over)
{
    unsigned refused = 0; /* by whom, nobody can tell */
    int r = handed_over ? take_over(k, store, &refused) : 0;
    bool fresh = !k->guard.shared;
    if (r == 0 && fresh && (r = guard_memory_create(&k->guard)) != 0)
        return fail(r, "shared memory");
    for (; r == 0 && refused > 0; refused--)
        failure_note(&k->guard, FAILURE_OF_ORPHAN);
    if (r == 0 && fresh)
        r = open_bell();
    if (r == 0 && !handed_over)
        r = open_group();
    return r;
}

int keeper_start(struct keeper *ret)
{
    struct keeper k = {0};
    struct fdstore store;
    int r = check_caller();
    if (r != 0)
        return r;
    umask(0077);
    bool handed_over = fdstore_take(&store);
    r = chdir("/") == 0 ? reserve_numbers(handed_over) : fail(-errno, "/");
    if (r == 0)
        r = take_lock();
    if (r == 0)
        r = raise_limits();
    if (r == 0)
        r = get_guard(&k, &store, handed_over);
    if (r != 0)
        return r;
    struct guard_shared *s = k.guard.shared;
    if (s->started_boot_ns == 0)
        s->started_boot_ns = clock_boot_ns();
    if (handed_over)
        failure_note(&k.guard, FAILURE_OF_KEEPER_DIED);
    read_keys(s);
    r = open_connector(s);
    if (r == 0)
        r = open_listener(s);
    if (r != 0)
        return r;
    int notify = fdstore_open();
    if (notify == 0)
        fdstore_give();
    else if (notify != SK_ERR_NOT_FOUND)
        log_warn("the service manager can't be told anything: %s", sk_strerror(notify));
    keeper_lock_memory();
    r = crowd_go_ahead(); /* keeper and holder for ever: they do next to nothing */
    if (r != 0)
        log_warn("openers wait long when there are many: no real-time priority (%s)",
                 sk_strerror(r));
    r = enter_sandbox(&k);
    if (r == 0)
        *ret = k;
    return r;
}

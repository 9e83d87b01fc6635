/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spawn.c owns fork and exec of bubblewrap. Between the two it must never allocate, and it must never
 * hand on a descriptor, a signal mask or an environment by accident, nor let a mount be seen by others. */
#include "room/spawn.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sekisho/err.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "record/record.h"
#include "room/idmap.h"
#include "room/served.h"

#define ERRORS_MAX ((size_t)600)      /* bytes of them that are shown */
#define INFO_MAX   ((size_t)16 * 1024)/* bytes */
#define MS         1000000ull         /* nanoseconds */

static _Noreturn void fail(const char *what)
{
    const char *why = strerrordesc_np(errno);
    (void)!write(STDERR_FILENO, what, strlen(what));
    (void)!write(STDERR_FILENO, ": ", 2);
    (void)!write(STDERR_FILENO, why, strlen(why));
    _exit(127);
}

static void take_streams(const struct spawn *s)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (dup2(s->errors_fd, STDERR_FILENO) < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(null, STDOUT_FILENO) < 0)
        _exit(127);
}

/* Which folders can't be sealed was found and told at our start (house.c). What is sealed takes part in no
 * mount any more before it is looked at: a file system that a user serves from outside would be told the
 * names that a room looks for. */
static void seal_folders(const struct spawn *s)
{
    for (size_t i = 0; s->sealed[i]; i++) {
        bool whole;
        int fd = idmap_seal(s->sealed_fd, s->sealed[i], &whole);
        if (fd >= 0 && move_mount(fd, "", AT_FDCWD, s->sealed[i], MOVE_MOUNT_F_EMPTY_PATH) != 0)
            fail(s->sealed[i]);
        if (fd >= 0 && mount(NULL, s->sealed[i], NULL, MS_REC | MS_PRIVATE, NULL) != 0)
            fail(s->sealed[i]);
    }
    int r = served_drop(s->sealed);
    errno = r == SK_ERR_LIMIT ? E2BIG : -r;
    if (r != 0)
        fail("what users mounted can't be left out");
}

/* What is unmounted outside goes here too (MS_SLAVE), so that no medium is kept from leaving; what is
 * mounted here is seen by nobody outside. */
static void enter_namespace(const struct spawn *s)
{
    if (unshare(CLONE_NEWNS) != 0)
        fail("no mount namespace");
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
        fail("the mount namespace can't be made private");
    seal_folders(s);
    for (size_t i = 0; i < s->mount_count; i++)
        if (move_mount(s->mounts[i].fd, "", AT_FDCWD, s->mounts[i].on, MOVE_MOUNT_F_EMPTY_PATH) != 0)
            fail(s->mounts[i].on);
}

static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
}

static _Noreturn void become(const struct spawn *s, char *const *envp)
{
    take_streams(s);
    /* not ended with our process group */
    if (setsid() < 0)
        fail("no session");
    if (write(s->entrance_fd, "0", 1) != 1)
        fail("the room's cgroup can't be entered");
    enter_namespace(s);
    reset_signals();
    if (close_range(3, UINT32_MAX, CLOSE_RANGE_CLOEXEC) != 0)
        fail("descriptors can't be closed");
    for (size_t i = 0; i < s->kept_count; i++)
        if (fcntl(s->kept[i], F_SETFD, 0) != 0)
            fail("a descriptor can't be kept");
    execve(SPAWN_BWRAP, s->words->at, envp);
    fail(SPAWN_BWRAP);
}

static char *const no_environment[] = {NULL};

int spawn_walled(const struct spawn *s, pid_t *ret, struct fault *f)
{
    if (s->words->err)
        return fault_set(f, s->words->err, "the room's command line can't be made");
    pid_t pid = fork();
    if (pid < 0)
        return fault_errno(f, errno, "no process for the room");
    if (pid == 0)
        become(s, no_environment);
    *ret = pid;
    return 0;
}

int spawn_errors(struct fault *f)
{
    int fd = memfd_create("sekisho-room-errors", MFD_CLOEXEC);
    return fd < 0 ? fault_errno(f, errno, "no memory for a room") : fd;
}

void spawn_read_errors(int errors_fd, struct buf *ret)
{
    char text[ERRORS_MAX];
    ssize_t n = fd_pread_full(errors_fd, text, sizeof text, 0);
    size_t len = n > 0 ? (size_t)n : 0;
    while (len > 0 && text[len - 1] == '\n')
        len--;
    str_escape(ret, text, len);
}

int spawn_read_info(int info_fd, int timeout_ms, pid_t *ret)
{
    autobuf struct buf text = {0};
    uint64_t end = clock_boot_ns() + (unsigned)timeout_ms * MS;
    while (text.len < INFO_MAX && !(text.len && strchr(text.data, '}'))) {
        uint64_t now = clock_boot_ns();
        char part[512];
        int r = now < end ? fd_wait(info_fd, POLLIN, (int)((end - now) / MS) + 1) : 0;
        if (r <= 0)
            return r == 0 ? SK_ERR_TIMEOUT : r;
        ssize_t n = read(info_fd, part, sizeof part);
        if (n <= 0)
            return n == 0 ? SK_ERR_CLOSED : -errno;
        buf_put(&text, part, (size_t)n);
        if (text.err)
            return text.err;
    }
    autojson json_t *info = NULL;
    int r = record_parse(text.data, text.len, INFO_MAX, &info);
    int64_t pid = r == 0 ? record_number(info, "child-pid") : 0;
    if (pid <= 1 || pid > INT32_MAX)
        return SK_ERR_FORMAT;
    *ret = (pid_t)pid;
    return 0;
}

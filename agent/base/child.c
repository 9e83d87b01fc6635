/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child.c owns the making and ending of processes that visit strange storage and devices. It must never let one outlive this
 * process by its own will, nor inherit what it need not have: a connection kept there would seem alive to its peer, an
 * area's mount would keep the area. */
#include "base/child.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "base/fdio.h"
#include "base/str.h"

#define RANDOM_MAJOR  1 /* Documentation/admin-guide/devices.txt */
#define RANDOM_MINOR  8
#define URANDOM_MINOR 9

/* libcryptsetup keeps the kernel's random numbers open, and can't do without. */
static bool is_random(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) == RANDOM_MAJOR &&
           (minor(st.st_rdev) == RANDOM_MINOR || minor(st.st_rdev) == URANDOM_MINOR);
}

/* Random numbers; and files on no disk of this machine, whose closing may be what never ends: they stay until the end
 * of the process, which nobody waits for. */
static bool stays(int proc_fd, const char *name, int fd)
{
    struct statx sx;
    if (statx(proc_fd, name, AT_STATX_DONT_SYNC, STATX_TYPE, &sx) != 0)
        return false;
    return S_ISCHR(sx.stx_mode) ? is_random(fd) : S_ISREG(sx.stx_mode) && sx.stx_dev_major == 0;
}

static bool among(int fd, const int *keep, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fd == keep[i])
            return true;
    return false;
}

static void keep_only(const int *keep, size_t count, int sock)
{
    uint64_t number;
    autodir DIR *dir = opendir("/proc/self/fd");
    if (!dir)
        _exit(1);
    for (struct dirent *e; (e = readdir(dir));) {
        if (str_to_u64(e->d_name, INT32_MAX, &number) != 0)
            continue;
        int fd = (int)number;
        bool kept = fd <= STDERR_FILENO || fd == sock || fd == dirfd(dir) || among(fd, keep, count) ||
                    stays(dirfd(dir), e->d_name, fd);
        if (!kept)
            close(fd);
    }
}

int child_start(struct child *ret, const int *keep, size_t keep_count, void (*run)(void *context, int sock),
                void *context, struct fault *f)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return fault_errno(f, errno, "no process can be started");
    autoclose int ours = pair[0];
    autoclose int theirs = pair[1];
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
            _exit(1);
        keep_only(keep, keep_count, theirs);
        run(context, theirs);
        _exit(0);
    }
    int process = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    if (process < 0) {
        int saved = errno;
        if (pid > 0)
            kill(pid, SIGKILL);
        return fault_errno(f, saved, "no process can be started");
    }
    ret->sock = steal_fd(&ours);
    ret->process_fd = process;
    return 0;
}

void child_end(struct child *c, int wait_ms)
{
    if (c->sock >= 0)
        close(steal_fd(&c->sock));
    if (c->process_fd < 0)
        return;
    if (wait_ms <= 0 || fd_wait(c->process_fd, POLLIN, wait_ms) != 1)
        (void)syscall(SYS_pidfd_send_signal, c->process_fd, SIGKILL, NULL, 0);
    close(steal_fd(&c->process_fd));
}

void child_leave(struct child *c)
{
    if (c->sock >= 0)
        close(steal_fd(&c->sock));
    if (c->process_fd >= 0)
        close(steal_fd(&c->process_fd));
}

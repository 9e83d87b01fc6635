/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answers.c owns the waiting for storage that may never answer: a program in the place of a file system (FUSE), a
 * server that is away. It must never ask such storage itself: a child of its own does, which can be ended. */
#include "device/answers.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "device/place.h"

#define ANSWER_MS 3000 /* a disk that slept may have to wake; who asked waits longer */

int answers_wait(pid_t child, int limit_ms)
{
    autoclose int end = (int)syscall(SYS_pidfd_open, child, 0);
    struct pollfd p = {.fd = end, .events = POLLIN};
    int r;
    do
        r = end < 0 ? 0 : poll(&p, 1, limit_ms);
    while (r < 0 && errno == EINTR);
    if (r != 1)
        kill(child, SIGKILL);
    while (waitpid(child, NULL, r == 1 ? 0 : WNOHANG) < 0 && errno == EINTR)
        continue;
    return r == 1 ? 0 : SK_ERR_TIMEOUT;
}

static _Noreturn void visit(const char *path, pid_t parent)
{
    struct statfs fs;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1);
    int fd = place_openat2(AT_FDCWD, path, O_PATH, 0, 0);
    if (fd >= 0)
        (void)!fstatfs(fd, &fs); /* asked anew, where names and sizes may be remembered */
    _exit(0);
}

int answers_at(const char *path)
{
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        visit(path, parent);
    return child < 0 ? -errno : answers_wait(child, ANSWER_MS);
}

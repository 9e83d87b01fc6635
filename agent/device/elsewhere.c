/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elsewhere.c owns the visits to other mount namespaces. It must never go there itself (a child of
 * its own does, which ends there), nor believe anything that it finds there: what it unmounts is
 * told by the kernel's device numbers. */
#include "device/elsewhere.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "device/holders.h"
#include "device/mountinfo.h"

#define VISITS_MAX    256  /* namespaces in one go */
#define VISIT_WAIT_MS 2000 /* a path over there may lead to a file system that never answers */

struct round {
    dev_t device;
    ino_t seen[VISITS_MAX]; /* namespaces, our own first */
    size_t count;
};

static _Noreturn void unmount_there(int namespace, dev_t device)
{
    autobuf struct buf folder = {0};
    /* opened before: /proc over there may be anybody's */
    int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self < 0 || setns(namespace, CLONE_NEWNS) != 0)
        _exit(1);
    while (mountinfo_last(self, device, &folder))
        if (umount2(folder.data, UMOUNT_NOFOLLOW) != 0)
            _exit(1);
    _exit(0);
}

static void wait_for(pid_t pid)
{
    autoclose int end = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd p = {.fd = end, .events = POLLIN};
    int r;
    do
        r = end < 0 ? 0 : poll(&p, 1, VISIT_WAIT_MS);
    while (r < 0 && errno == EINTR);
    if (r != 1)
        kill(pid, SIGKILL);
    while (waitpid(pid, NULL, r == 1 ? 0 : WNOHANG) < 0 && errno == EINTR)
        continue;
}

static bool visit(int process_fd, pid_t pid, void *context)
{
    struct round *round = context;
    struct stat st;
    (void)pid;
    autoclose int namespace = openat(process_fd, "ns/mnt", O_RDONLY | O_CLOEXEC);
    if (namespace < 0 || fstat(namespace, &st) != 0)
        return true;
    for (size_t i = 0; i < round->count; i++)
        if (round->seen[i] == st.st_ino)
            return true;
    if (round->count == VISITS_MAX)
        return false;
    round->seen[round->count++] = st.st_ino;
    pid_t child = fork();
    if (child == 0)
        unmount_there(namespace, round->device);
    if (child > 0)
        wait_for(child);
    return true;
}

void elsewhere_unmount(dev_t device)
{
    struct round round = {.device = device};
    struct stat st;
    if (stat("/proc/self/ns/mnt", &st) != 0)
        return;
    round.seen[round.count++] = st.st_ino;
    (void)holders_visit_mounted(device, visit, &round);
}

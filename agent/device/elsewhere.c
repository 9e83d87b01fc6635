/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elsewhere.c owns the visits to other mount namespaces. It must never go there itself (a child of
 * its own does, which ends there), nor believe anything that it finds there: what it unmounts is
 * told by the kernel's device numbers. */
#include "device/elsewhere.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "device/answers.h"
#include "device/holders.h"
#include "device/mountinfo.h"

#define VISITS_MAX    256  /* namespaces in one go */
#define VISIT_WAIT_MS 2000 /* a path over there may lead to a file system that never answers */
#define ROUND_MS      10000 /* for all visits */

struct round {
    dev_t device;
    ino_t seen[VISITS_MAX]; /* namespaces, our own first */
    size_t count;
    uint64_t until_ns; /* CLOCK_BOOTTIME: for all of them */
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
    uint64_t now = clock_boot_ns();
    if (round->count == VISITS_MAX || now >= round->until_ns)
        return false;
    int left = (int)((round->until_ns - now) / 1000000);
    round->seen[round->count++] = st.st_ino;
    pid_t child = fork();
    if (child == 0)
        unmount_there(namespace, round->device);
    if (child > 0)
        (void)!answers_wait(child, left < VISIT_WAIT_MS ? left : VISIT_WAIT_MS); /* what could not be unmounted is looked for afterwards */
    return true;
}

void elsewhere_unmount(dev_t device)
{
    struct round round = {.device = device, .until_ns = clock_boot_ns() + ROUND_MS * 1000000ull};
    struct stat st;
    if (stat("/proc/self/ns/mnt", &st) != 0)
        return;
    round.seen[round.count++] = st.st_ino;
    (void)holders_visit_mounted(device, visit, &round);
}

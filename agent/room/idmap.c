/* SPDX-License-Identifier: GPL-3.0-or-later */
/* idmap.c owns the map of uids. It must never map two uids to one, nor leave a process in the user
 * namespace that carries it. */
#include "room/idmap.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <sekisho/limits.h>
#include "base/fdio.h"

#define PEOPLE_FIRST 1000u /* as logins.c has it */
#define PEOPLE_AFTER 60000u
#define SYSTEM_AFTER 65536u

/* One write: the kernel takes a map once. */
static int write_map(pid_t pid, const char *name, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n = write(fd, text, strlen(text));
    return n == (ssize_t)strlen(text) ? 0 : n < 0 ? -errno : -EIO;
}

/* "first on the disk, first as shown, how many" */
static int write_maps(pid_t pid)
{
    char uids[256];
    snprintf(uids, sizeof uids, "0 0 %u\n%u %u %u\n%u %u %u\n%u %u %u\n", PEOPLE_FIRST,
             PEOPLE_FIRST, SK_ROOM_UID_BASE + PEOPLE_FIRST, PEOPLE_AFTER - PEOPLE_FIRST,
             PEOPLE_AFTER, PEOPLE_AFTER, SYSTEM_AFTER - PEOPLE_AFTER, SYSTEM_AFTER,
             SK_ROOM_UID_BASE + SYSTEM_AFTER, SK_ROOM_UID_COUNT - SYSTEM_AFTER);
    int r = write_map(pid, "uid_map", uids);
    return r == 0 ? write_map(pid, "gid_map", "0 0 4294967295\n") : r;
}

/* The child says one byte when it is there, and waits to be ended. */
static _Noreturn void live_there(int say)
{
    char there = unshare(CLONE_NEWUSER) == 0;
    if (write(say, &there, 1) == 1)
        pause();
    _exit(1);
}

static int map_of(pid_t pid, int said, struct fault *f)
{
    char path[64], there = 0;
    if (fd_read_full(said, &there, 1) != 1 || !there)
        return fault_set(f, -EPERM, "this kernel makes no user namespace for root");
    int r = write_maps(pid);
    if (r != 0)
        return fault_errno(f, -r, "the map of uids is refused");
    snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? fault_errno(f, errno, "the map of uids can't be opened") : fd;
}

int idmap_open(struct fault *f)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fault_errno(f, errno, "no pipe");
    autoclose int said = ends[0];
    pid_t pid = fork();
    if (pid == 0)
        live_there(ends[1]);
    close(ends[1]);
    if (pid < 0)
        return fault_errno(f, errno, "no process");
    int r = map_of(pid, said, f);
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return r;
}

int idmap_apply(int map_fd, int mount_fd, struct fault *f)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)map_fd};
    if (mount_setattr(mount_fd, "", AT_EMPTY_PATH, &attr, sizeof attr) != 0)
        return fault_errno(f, errno, "the file system can't show other uids (idmapped mount)");
    return 0;
}

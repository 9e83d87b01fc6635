/* SPDX-License-Identifier: GPL-3.0-or-later */
/* idmap.c owns the maps of uids. It must never map two uids to one, nor leave a process in the user
 * namespace that carries one. */
#include "room/idmap.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sekisho/err.h>
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

struct maps {
    const char *uids, *gids; /* lines "first on the disk, first as shown, how many" */
};

static const char *people(char *uids, size_t cap)
{
    snprintf(uids, cap, "0 0 %u\n%u %u %u\n%u %u %u\n%u %u %u\n", PEOPLE_FIRST,
             PEOPLE_FIRST, SK_ROOM_UID_BASE + PEOPLE_FIRST, PEOPLE_AFTER - PEOPLE_FIRST,
             PEOPLE_AFTER, PEOPLE_AFTER, SYSTEM_AFTER - PEOPLE_AFTER, SYSTEM_AFTER,
             SK_ROOM_UID_BASE + SYSTEM_AFTER, SK_ROOM_UID_COUNT - SYSTEM_AFTER);
    return uids;
}

/* The child says one byte when it is there, and waits to be ended. */
static _Noreturn void live_there(int say)
{
    char there = unshare(CLONE_NEWUSER) == 0;
    if (write(say, &there, 1) == 1)
        pause();
    _exit(1);
}

static int map_of(pid_t pid, int said, const struct maps *maps, struct fault *f)
{
    char path[64], there = 0;
    if (fd_read_full(said, &there, 1) != 1 || !there)
        return fault_set(f, -EPERM, "this kernel makes no user namespace for root");
    int r = write_map(pid, "uid_map", maps->uids);
    if (r == 0)
        r = write_map(pid, "gid_map", maps->gids);
    if (r != 0)
        return fault_errno(f, -r, "the map of uids is refused");
    snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? fault_errno(f, errno, "the map of uids can't be opened") : fd;
}

static int open_map(const struct maps *maps, struct fault *f)
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
    int r = map_of(pid, said, maps, f);
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return r;
}

int idmap_open(struct fault *f)
{
    char uids[256];
    const struct maps maps = {.uids = people(uids, sizeof uids), .gids = "0 0 4294967295\n"};
    return open_map(&maps, f);
}

int idmap_open_sealed(struct fault *f)
{
    /* root's files stay root's, whom programs trust; their group has no number here */
    static const struct maps maps = {.uids = "0 0 1\n", .gids = "1 1 4294967294\n"};
    return open_map(&maps, f);
}

int idmap_apply(int map_fd, int mount_fd, struct fault *f)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)map_fd};
    if (mount_setattr(mount_fd, "", AT_EMPTY_PATH, &attr, sizeof attr) != 0)
        return fault_errno(f, errno, "the file system can't show other uids (idmapped mount)");
    return 0;
}

static int seal(int map_fd, const char *path, unsigned depth)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)map_fd};
    int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | depth);
    if (fd < 0)
        return errno == ENOENT ? SK_ERR_NOT_FOUND : -errno;
    if (mount_setattr(fd, "", AT_EMPTY_PATH | depth, &attr, sizeof attr) == 0)
        return fd;
    int saved = errno;
    close(fd);
    return -saved;
}

int idmap_seal(int map_fd, const char *path, bool *ret_whole)
{
    int fd = seal(map_fd, path, AT_RECURSIVE);
    *ret_whole = fd >= 0;
    return fd >= 0 || fd == SK_ERR_NOT_FOUND ? fd : seal(map_fd, path, 0);
}

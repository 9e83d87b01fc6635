/* SPDX-License-Identifier: GPL-3.0-or-later */
/* place.c owns how paths are resolved. It must never follow a symbolic link, and never accept a
 * mount point that somebody else could move. */
#include "device/place.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sekisho/err.h>
#include "device/names.h"
#include "base/str.h"

int place_openat2(int dir_fd, const char *path, uint64_t flags, mode_t mode, uint64_t resolve)
{
    struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .mode = mode,
        .resolve = resolve | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    long fd;
    do /* a racing rename makes the kernel ask for another try (openat2(2), EAGAIN) */
        fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof how);
    while (fd < 0 && (errno == EINTR || errno == EAGAIN));
    return fd < 0 ? -errno : (int)fd;
}

int place_open_below(int area_fd, const char *path, uint64_t flags, mode_t mode)
{
    return place_openat2(area_fd, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_XDEV);
}

int place_open_folder(const char *path, struct fault *f)
{
    autobuf struct buf shown = {0};
    /* first by O_PATH, which raises no event and wakes no automounter */
    autoclose int at = place_openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, 0);
    if (at == -ELOOP)
        return fault_set(f, SK_ERR_REFUSED, "%s leads through a symbolic link",
                         fault_shown(&shown, path));
    if (at < 0)
        return fault_errno(f, -at, "%s can't be used", fault_shown(&shown, path));
    int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fault_errno(f, errno, "%s can't be used", fault_shown(&shown, path));
    return fd;
}

static bool is_empty(int dir_fd)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return false;
    for (struct dirent *e; (e = readdir(dir));)
        if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, ".."))
            return false;
    return true;
}

/* Could somebody but root move this folder or put another in its place? */
static int check_component(int fd, const char *path, const dev_t *forbidden, size_t count,
                           struct fault *f)
{
    autobuf struct buf shown = {0};
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fault_errno(f, errno, "%s can't be used", fault_shown(&shown, path));
    bool others_write = (st.st_mode & (S_IWGRP | S_IWOTH)) && !(st.st_mode & S_ISVTX);
    if (st.st_uid != 0 || others_write)
        return fault_set(f, SK_ERR_REFUSED,
                         "%s, or a folder above it, is not root's own or is writable for others",
                         fault_shown(&shown, path));
    for (size_t i = 0; i < count; i++)
        if (forbidden[i] == st.st_dev)
            return fault_set(f, SK_ERR_REFUSED, "%s lies inside a protected area",
                             fault_shown(&shown, path));
    return 0;
}

static int open_component(int dir_fd, const char *name, bool make, bool *ret_made)
{
    int fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 || errno != ENOENT || !make)
        return fd < 0 ? -errno : fd;
    if (mkdirat(dir_fd, name, 0755) != 0)
        return -errno;
    fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    *ret_made = true;
    return fd;
}

static int check_free(int fd, const char *path, struct fault *f)
{
    autobuf struct buf shown = {0};
    struct statx sx;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &sx) != 0)
        return fault_errno(f, errno, "%s can't be used", fault_shown(&shown, path));
    if (sx.stx_attributes & STATX_ATTR_MOUNT_ROOT)
        return fault_set(f, SK_ERR_STATE, "something is mounted at %s already",
                         fault_shown(&shown, path));
    if (!is_empty(fd))
        return fault_set(f, SK_ERR_STATE, "%s is not empty", fault_shown(&shown, path));
    return 0;
}

int place_mount_point(const char *path, const dev_t *forbidden, size_t forbidden_count,
                      bool *ret_made, struct fault *f)
{
    autobuf struct buf shown = {0};
    char name[NAMES_ONE_CAP];
    bool made = false;
    autoclose int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return fault_errno(f, errno, "/ can't be opened");
    int r = check_component(at, path, forbidden, forbidden_count, f);
    for (const char *next = path + 1; r == 0 && *next;) {
        size_t len = strcspn(next, "/");
        memcpy(name, next, len);
        name[len] = '\0';
        next += len + (next[len] == '/');
        int fd = open_component(at, name, !*next, &made);
        if (fd == -ENOTDIR || fd == -ELOOP)
            return fault_set(f, SK_ERR_REFUSED, "%s leads through a link or a file",
                             fault_shown(&shown, path));
        if (fd < 0)
            return fault_errno(f, -fd, "%s can't be used", fault_shown(&shown, path));
        close(at);
        at = fd;
        r = check_component(at, path, forbidden, forbidden_count, f);
    }
    if (r == 0)
        r = check_free(at, path, f);
    if (r != 0)
        return r;
    *ret_made = made;
    return steal_fd(&at);
}

int place_own_folder(int dir_fd, const char *name, mode_t mode, struct fault *f)
{
    if (mkdirat(dir_fd, name, mode) != 0 && errno != EEXIST)
        return fault_errno(f, errno, "the folder %s can't be made", name);
    autoclose int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fault_errno(f, errno, "the folder %s can't be opened", name);
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fault_errno(f, errno, "the folder %s can't be looked at", name);
    if (st.st_uid != 0)
        return fault_set(f, SK_ERR_REFUSED, "the folder %s is not root's own", name);
    if ((st.st_mode & 07777) != mode && fchmod(fd, mode) != 0)
        return fault_errno(f, errno, "the folder %s can't be closed to others", name);
    return steal_fd(&fd);
}

int place_remove_flat(int dir_fd, const char *name)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    autodir DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return -ENOMEM;
    }
    int r = 0;
    for (struct dirent *e; (e = readdir(dir));)
        if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, "..") &&
            unlinkat(fd, e->d_name, 0) != 0 && errno != ENOENT && r == 0)
            r = -errno;
    if (unlinkat(dir_fd, name, AT_REMOVEDIR) != 0 && r == 0)
        r = -errno;
    return r;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fdio.c owns whole reads and writes on descriptors. It must never leave half a file under a final
 * name, and never close a descriptor that it was given. */
#include "base/fdio.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <poll.h>
#include <sekisho/err.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t fd_read_full(int fd, void *data, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = read(fd, (char *)data + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

ssize_t fd_pread_full(int fd, void *data, size_t len, uint64_t offset)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = pread(fd, (char *)data + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

int fd_write_full(int fd, const void *data, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = write(fd, (const char *)data + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        done += (size_t)n;
    }
    return 0;
}

int fd_pwrite_full(int fd, const void *data, size_t len, uint64_t offset)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pwrite(fd, (const char *)data + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        done += (size_t)n;
    }
    return 0;
}

#define READ_STEP  ((size_t)64 * 1024) /* bytes */
#define READ_FIRST ((size_t)4 * 1024)  /* bytes: most files that are read whole are smaller */

int fd_read_all(int fd, size_t max, struct buf *b)
{
    size_t had = b->len;
    for (size_t step = READ_FIRST;;) {
        char *room = buf_room(b, step);
        if (!room)
            return b->err;
        ssize_t n = read(fd, room, step);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        buf_grow(b, (size_t)n);
        if (b->len - had > max)
            return SK_ERR_LIMIT;
        if (n == 0)
            return 0;
        if ((size_t)n == step && step < READ_STEP)
            step *= 2;
    }
}

int file_read(int dir_fd, const char *path, size_t max, struct buf *b)
{
    autoclose int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -errno;
    return fd_read_all(fd, max, b);
}

int file_open_plain(int dir_fd, const char *path)
{
    struct stat st;
    /* looked at before it is opened: opening a device can do something */
    if (fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return S_ISLNK(st.st_mode) ? -ELOOP : SK_ERR_KIND;
    autoclose int fd =
        openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0)
        return -errno;
    return S_ISREG(st.st_mode) ? steal_fd(&fd) : SK_ERR_KIND;
}

int file_read_plain(int dir_fd, const char *path, size_t max, struct buf *b)
{
    autoclose int fd = file_open_plain(dir_fd, path);
    return fd < 0 ? fd : fd_read_all(fd, max, b);
}

bool file_is_no_plain(int r)
{
    return r == -ENOENT || r == -ELOOP || r == SK_ERR_KIND || r == SK_ERR_LIMIT;
}

int dir_sync_of(int dir_fd, const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (len >= sizeof folder)
        return -ENAMETOOLONG;
    memcpy(folder, path, len);
    folder[len] = '\0';
    const char *name = len ? folder : slash ? "/" : ".";
    autoclose int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return -errno;
    return 0;
}

int file_write_atomic(int dir_fd, const char *path, const void *data, size_t len, mode_t mode)
{
    char temporary[PATH_MAX];
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.new", path) >= sizeof temporary)
        return -ENAMETOOLONG;
    /* what an earlier crash left behind under this name is nobody's */
    if (unlinkat(dir_fd, temporary, 0) != 0 && errno != ENOENT)
        return -errno;
    autoclose int fd = openat(dir_fd, temporary,
                              O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return -errno;
    int r = fd_write_full(fd, data, len);
    if (r == 0 && fsync(fd) != 0)
        r = -errno;
    if (r == 0 && renameat(dir_fd, temporary, dir_fd, path) != 0)
        r = -errno;
    if (r != 0) {
        unlinkat(dir_fd, temporary, 0);
        return r;
    }
    return dir_sync_of(dir_fd, path);
}

int fd_memory_sealed(const char *name, const void *data, size_t len)
{
    autoclose int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    int r = fd_pwrite_full(fd, data, len, 0);
    if (r != 0)
        return r;
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return -errno;
    return steal_fd(&fd);
}

int fd_memory_fixed(const char *name, size_t len)
{
    autoclose int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, (off_t)len) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return -errno;
    return steal_fd(&fd);
}

int fd_wait(int fd, short events, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;
    do
        n = poll(&p, 1, timeout_ms);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

int fd_signals(bool children)
{
    static const int ends[] = {SIGTERM, SIGINT, SIGHUP};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < array_count(ends); i++)
        sigaddset(&set, ends[i]);
    if (children)
        sigaddset(&set, SIGCHLD);
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -errno;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int fd_limit_raise(uint64_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return -errno;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : -errno;
}

void fd_write_in_place(int fd)
{
    int flags = 0;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0 || flags & FS_NOCOW_FL)
        return;
    flags |= FS_NOCOW_FL;
    (void)!ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

int fd_protect(int fd, bool on)
{
    int flags = 0;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0)
        return -errno;
    if (((flags & FS_IMMUTABLE_FL) != 0) == on)
        return 0;
    flags ^= FS_IMMUTABLE_FL;
    return ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0 ? 0 : -errno;
}

bool fd_is_protected(int fd)
{
    int flags = 0;
    return ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_IMMUTABLE_FL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* readback.c owns the way past the page cache. It must never hand out bytes that may come from
 * memory when the file system can do better. */
#include "export/readback.h"
#include <errno.h>
#include <fcntl.h>

static bool set_direct(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return false;
    return fcntl(fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

void readback_begin(struct readback *r, int fd)
{
    r->fd = fd;
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    atomic_init(&r->direct, set_direct(fd, true));
}

static void give_up_direct(struct readback *r)
{
    set_direct(r->fd, false); /* before others take it for off */
    atomic_store(&r->direct, false);
}

void readback_end(struct readback *r)
{
    give_up_direct(r);
}

ssize_t readback_read(struct readback *r, void *data, size_t least, size_t most, uint64_t at)
{
    size_t have = 0;
    while (have < least) {
        /* a short read that is not the end leaves an offset that O_DIRECT would refuse */
        if (atomic_load(&r->direct) && (at + have) % READBACK_ALIGNMENT != 0)
            give_up_direct(r);
        bool direct = atomic_load(&r->direct);
        ssize_t n = pread(r->fd, (char *)data + have, most - have, (off_t)(at + have));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EINVAL && direct) {
            give_up_direct(r);
            continue;
        }
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

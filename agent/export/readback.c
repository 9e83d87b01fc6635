/* SPDX-License-Identifier: GPL-3.0-or-later */
/* readback.c owns the proof of a written file. It must never count bytes as proved that may come
 * from memory when the file system can do better. */
#include "export/readback.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/stat.h>

#define DIRECT_ALIGNMENT ((size_t)4096) /* bytes, of memory and offsets: open(2) O_DIRECT */

int readback_sync(int fd)
{
    return fsync(fd) == 0 ? 0 : -errno;
}

/* Without O_DIRECT the cached pages are dropped first; they are clean after the fsync. */
static bool set_direct(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return false;
    return fcntl(fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

struct reader {
    int fd;
    uint64_t at;
    char *step; /* aligned, TRANSFER_STEP bytes */
    bool direct;
};

/* Read on at r->at. Bytes, 0 at the end, or -errno. */
static ssize_t read_step(struct reader *r)
{
    for (;;) {
        ssize_t n = pread(r->fd, r->step, TRANSFER_STEP, (off_t)r->at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EINVAL && r->direct) {
            r->direct = false;
            set_direct(r->fd, false);
            continue;
        }
        if (n < 0)
            return -errno;
        r->at += (uint64_t)n;
        return n;
    }
}

static int digest_file(struct transfer *t, struct reader *r, uint64_t bytes,
                       uint8_t ret[static DIGEST_LEN])
{
    autodigest struct digest *digest = NULL;
    int e = digest_new(&digest);
    while (e == 0 && r->at < bytes) {
        ssize_t n = read_step(r);
        if (n <= 0)
            return n == 0 ? SK_ERR_DIGEST : (int)n;
        e = digest_add(digest, r->step, (size_t)n);
        atomic_fetch_add_explicit(&t->work, (unsigned long long)n, memory_order_relaxed);
        /* a short read that is not the end leaves an offset that O_DIRECT would refuse */
        if (r->at % DIRECT_ALIGNMENT != 0 && r->at < bytes && r->direct)
            r->direct = !set_direct(r->fd, false);
    }
    return e != 0 ? e : digest_end(digest, ret);
}

int readback_check(struct transfer *t, int fd, const struct transfer_result *written)
{
    struct stat st;
    uint8_t digest[DIGEST_LEN];
    autofree char *step = aligned_alloc(DIRECT_ALIGNMENT, TRANSFER_STEP);
    if (!step)
        return -ENOMEM;
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    struct reader reader = {.fd = fd, .step = step, .direct = set_direct(fd, true)};
    int r = digest_file(t, &reader, written->bytes, digest);
    set_direct(fd, false);
    if (r == 0 && fstat(fd, &st) != 0)
        r = -errno;
    if (r == 0 && ((uint64_t)st.st_size != written->bytes || reader.at != written->bytes ||
                   memcmp(digest, written->digest, sizeof digest) != 0))
        r = SK_ERR_DIGEST;
    return r;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source.c owns the one reading of a source. It must never read a byte twice: what is hashed is
 * what goes out. */
#include "export/source.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/fdio.h"

int source_begin(struct source *s, int fd, struct digest *digest)
{
    *s = (struct source){.fd = fd, .digest = digest};
    if (fstat(fd, &s->before) != 0)
        return -errno;
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return 0;
}

ssize_t source_read(struct source *s, void *data, size_t len)
{
    uint64_t left = (uint64_t)s->before.st_size - s->at;
    size_t want = left < len ? (size_t)left : len;
    if (want == 0)
        return 0;
    ssize_t n = fd_pread_full(s->fd, data, want, s->at);
    if (n < 0)
        return n;
    if ((size_t)n < want)
        return SK_ERR_DIGEST;
    int r = s->digest ? digest_add(s->digest, data, want) : 0;
    s->at += want;
    return r != 0 ? r : n;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

int source_unchanged(const struct source *s)
{
    struct stat after;
    if (fstat(s->fd, &after) != 0)
        return -errno;
    bool same = after.st_ino == s->before.st_ino && after.st_dev == s->before.st_dev &&
                after.st_size == s->before.st_size &&
                is_same_time(&after.st_mtim, &s->before.st_mtim);
    return same ? 0 : SK_ERR_DIGEST;
}

int source_digest(struct digest *digest, const struct job_file *expected,
                  uint8_t ret[static DIGEST_LEN])
{
    uint8_t found[DIGEST_LEN];
    int r = digest_end(digest, found);
    if (r != 0)
        return r;
    if (expected->has_digest && memcmp(expected->digest, found, sizeof found) != 0)
        return SK_ERR_DIGEST;
    memcpy(ret, found, sizeof found);
    return 0;
}

int source_end(struct source *s, const struct job_file *expected, struct transfer_result *ret)
{
    struct transfer_result result = {.bytes = s->at};
    int r = source_digest(s->digest, expected, result.digest);
    if (r == 0)
        r = source_unchanged(s);
    if (r == 0)
        *ret = result;
    return r;
}

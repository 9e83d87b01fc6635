/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output.c owns writing and the proof of what was written. It must never count bytes as proved that
 * may come from memory when the file system can do better. */
#include "export/output.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"

#define DIRECT_ALIGNMENT ((size_t)4096) /* bytes, of memory and offsets: open(2) O_DIRECT */

void output_begin(struct output *o, int fd)
{
    *o = (struct output){.fd = fd};
    crypto_onetimeauth_keygen(o->key);
    crypto_onetimeauth_init(&o->state, o->key);
}

int output_write(struct output *o, const void *data, size_t len)
{
    int r = fd_pwrite_full(o->fd, data, len, o->bytes);
    if (r != 0)
        return r;
    crypto_onetimeauth_update(&o->state, data, len);
    o->bytes += len;
    return 0;
}

void output_end(struct output *o)
{
    crypto_onetimeauth_final(&o->state, o->tag);
}

int output_sync(const struct output *o)
{
    return fsync(o->fd) == 0 ? 0 : -errno;
}

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

/* Feed the file's bytes to o->state. Exactly as many as were written, or SK_ERR_DIGEST. */
static int read_again(struct output *o, struct reader *r, struct transfer *t)
{
    while (r->at < o->bytes) {
        ssize_t n = read_step(r);
        if (n <= 0)
            return n == 0 ? SK_ERR_DIGEST : (int)n;
        crypto_onetimeauth_update(&o->state, (const unsigned char *)r->step, (size_t)n);
        atomic_fetch_add_explicit(&t->work, (unsigned long long)n, memory_order_relaxed);
        /* a short read that is not the end leaves an offset that O_DIRECT would refuse */
        if (r->direct && r->at % DIRECT_ALIGNMENT != 0 && r->at < o->bytes)
            r->direct = !set_direct(r->fd, false);
    }
    return r->at == o->bytes ? 0 : SK_ERR_DIGEST;
}

int output_check(struct output *o, struct transfer *t)
{
    struct stat st;
    uint8_t tag[crypto_onetimeauth_BYTES];
    autofree char *step = aligned_alloc(DIRECT_ALIGNMENT, TRANSFER_STEP);
    if (!step)
        return -ENOMEM;
    /* the pages are clean after the fsync, so they can be dropped */
    posix_fadvise(o->fd, 0, 0, POSIX_FADV_DONTNEED);
    struct reader reader = {.fd = o->fd, .step = step, .direct = set_direct(o->fd, true)};
    crypto_onetimeauth_init(&o->state, o->key);
    int r = read_again(o, &reader, t);
    crypto_onetimeauth_final(&o->state, tag);
    set_direct(o->fd, false);
    if (r == 0 && fstat(o->fd, &st) != 0)
        r = -errno;
    if (r == 0 && ((uint64_t)st.st_size != o->bytes || sodium_memcmp(tag, o->tag, sizeof tag) != 0))
        r = SK_ERR_DIGEST;
    return r;
}

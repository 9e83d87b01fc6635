/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output.c owns writing and the proof of what was written. It must never count bytes as proved that
 * may come from memory when the file system can do better. */
#include "export/output.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sodium.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "export/readback.h"

int output_begin(struct output *o, int fd, struct bulk *bulk)
{
    *o = (struct output){.fd = fd, .bulk = bulk};
    randombytes_buf(o->key, sizeof o->key);
    return bulk_tag_begin(bulk, o->key);
}

int output_write(struct output *o, const void *data, size_t len)
{
    int r = fd_pwrite_full(o->fd, data, len, o->bytes);
    if (r == 0)
        r = bulk_tag_add(o->bulk, data, len);
    if (r == 0)
        o->bytes += len;
    return r;
}

int output_end(struct output *o)
{
    return bulk_tag_end(o->bulk, o->tag);
}

int output_sync(int fd)
{
    return fsync(fd) == 0 ? 0 : -errno;
}

/* Feed the file's bytes to the tag. Exactly as many as were written, or SK_ERR_DIGEST. */
static int read_again(struct output *o, struct readback *from, char *step, struct transfer *t)
{
    for (uint64_t at = 0; at < o->bytes;) {
        uint64_t left = o->bytes - at;
        size_t want = left < TRANSFER_STEP ? (size_t)left : TRANSFER_STEP;
        ssize_t n = readback_read(from, step, want, TRANSFER_STEP, at);
        if (n < 0)
            return (int)n;
        if ((size_t)n != want)
            return SK_ERR_DIGEST;
        int r = bulk_tag_add(o->bulk, step, want);
        if (r != 0)
            return r;
        at += want;
        atomic_fetch_add_explicit(&t->work, (unsigned long long)want, memory_order_relaxed);
    }
    return 0;
}

int output_check(struct output *o, struct transfer *t)
{
    uint8_t tag[BULK_TAG_LEN];
    autofree char *step = aligned_alloc(READBACK_ALIGNMENT, TRANSFER_STEP);
    if (!step)
        return -ENOMEM;
    int r = bulk_tag_begin(o->bulk, o->key);
    if (r != 0)
        return r;
    struct readback from;
    readback_begin(&from, o->fd);
    r = read_again(o, &from, step, t);
    readback_end(&from);
    if (r == 0)
        r = bulk_tag_end(o->bulk, tag);
    if (r == 0 && sodium_memcmp(tag, o->tag, sizeof tag) != 0)
        r = SK_ERR_DIGEST;
    return r != 0 ? r : output_check_size(o->fd, o->bytes);
}

int output_check_size(int fd, uint64_t bytes)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -errno;
    return (uint64_t)st.st_size == bytes ? 0 : SK_ERR_DIGEST;
}

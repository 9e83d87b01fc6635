/* SPDX-License-Identifier: GPL-3.0-or-later */
/* overwrite.c owns the writing and reading back of the pattern. It must never call anything overwritten
 * that was not read back and found equal. */
#include "device/overwrite.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sekisho/erasure.h>
#include <sekisho/err.h>
#include "base/fdio.h"
#include "device/storage.h"

#define STEP       ((size_t)1024 * 1024) /* bytes of one write */
#define ALIGNED    4096                  /* bytes: what O_DIRECT wants of memory at most */
#define SECTOR     512                   /* bytes: the least that O_DIRECT takes; a disk with larger ones says so */
#define FLUSH_STEP ((uint64_t)64 * 1024 * 1024) /* bytes after which dirty pages are written */
#define CHACHA_BLOCK 64                  /* bytes of one block of the key stream */

int overwrite_size(int fd, uint64_t *ret)
{
    struct stat st;
    uint64_t bytes;
    if (fstat(fd, &st) != 0)
        return -errno;
    if (S_ISBLK(st.st_mode)) {
        if (ioctl(fd, BLKGETSIZE64, &bytes) != 0)
            return -errno;
        *ret = bytes;
        return 0;
    }
    *ret = (uint64_t)st.st_size;
    return 0;
}

int overwrite_begin(struct overwrite *o, uint64_t total, struct fault *f)
{
    if (sodium_init() < 0 || digest_new(&o->digest) != 0)
        return fault_errno(f, ENOMEM, "the erasure can't begin");
    randombytes_buf(o->seed, sizeof o->seed);
    o->total = total;
    o->done = 0;
    return 0;
}

void overwrite_clear(struct overwrite *o)
{
    digest_free(&o->digest);
}

/* The pattern of len bytes at this place. */
static void fill(const struct overwrite *o, uint8_t *to, size_t len, uint64_t offset)
{
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {0};
    size_t skip = (size_t)(offset % CHACHA_BLOCK), lead = skip ? CHACHA_BLOCK - skip : 0;
    uint8_t block[CHACHA_BLOCK] = {0};
    uint64_t number = offset / CHACHA_BLOCK;
    if (lead > len)
        lead = len;
    if (lead > 0) {
        crypto_stream_chacha20_xor_ic(block, block, sizeof block, nonce, number++, o->seed);
        memcpy(to, block + skip, lead);
    }
    memset(to + lead, 0, len - lead);
    crypto_stream_chacha20_xor_ic(to + lead, to + lead, len - lead, nonce, number, o->seed);
}

static void step_done(struct overwrite *o, size_t len)
{
    o->done += len;
    if (o->tell)
        o->tell(o->context, o->done, 2 * o->total);
}

static uint8_t *room(struct fault *f)
{
    void *p = NULL;
    if (posix_memalign(&p, ALIGNED, STEP) == 0)
        return p;
    fault_errno(f, ENOMEM, "the erasure can't go on");
    return NULL;
}

int overwrite_write(struct overwrite *o, int fd, uint64_t offset, uint64_t len, struct fault *f)
{
    autofree uint8_t *bytes = room(f);
    uint64_t flushed = offset;
    if (!bytes)
        return f->code;
    for (uint64_t at = offset, end = offset + len; at < end;) {
        size_t some = end - at < STEP ? (size_t)(end - at) : STEP;
        fill(o, bytes, some, at);
        int r = fd_pwrite_full(fd, bytes, some, at);
        if (r != 0)
            return fault_errno(f, -r, "byte %" PRIu64 " can't be overwritten", at);
        at += some;
        if (at - flushed >= FLUSH_STEP) { /* an error in the middle is told in the middle */
            if (fdatasync(fd) != 0)
                return fault_errno(f, errno, "what was overwritten can't be written to the storage");
            flushed = at;
        }
        step_done(o, some);
    }
    return 0;
}

uint32_t overwrite_place_before(int fd, struct overwrite_place *ret)
{
    ret->known = storage_places(fd, ret->before) == 0;
    return storage_of_extents(fd);
}

uint32_t overwrite_place_after(int fd, const struct overwrite_place *p)
{
    uint8_t after[DIGEST_LEN];
    if (!p->known)
        return 0;
    bool same = storage_places(fd, after) == 0 && memcmp(after, p->before, sizeof after) == 0;
    return same ? 0 : SK_STATEMENT_BIT(COPY_ON_WRITE);
}

int overwrite_sync(int fd, struct fault *f)
{
    struct stat st;
    if (fsync(fd) != 0)
        return fault_errno(f, errno, "what was overwritten can't be written to the storage");
    storage_forget(fd);
    if (fstat(fd, &st) == 0 && S_ISBLK(st.st_mode))
        (void)ioctl(fd, BLKFLSBUF, 0); /* best effort: O_DIRECT is what counts */
    return 0;
}

/* The same file opened anew, so that reading goes to the storage; -1 where that can't be. */
static int open_direct(int fd)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_DIRECT | O_CLOEXEC | O_NONBLOCK);
}

/* Read len bytes, whole blocks past the cache: a file's last block may be part of one. */
static ssize_t read_back(int direct, int fd, uint8_t *to, size_t len, uint64_t offset, bool *cached)
{
    if (direct >= 0 && offset % SECTOR == 0) {
        size_t whole = (len + SECTOR - 1) / SECTOR * SECTOR; /* a file may end within one */
        ssize_t n = pread(direct, to, whole <= STEP ? whole : STEP, (off_t)offset);
        if (n >= (ssize_t)len)
            return (ssize_t)len;
    }
    *cached = true;
    return fd_pread_full(fd, to, len, offset);
}

int overwrite_compare(struct overwrite *o, int fd, uint64_t offset, uint64_t len, struct fault *f)
{
    autofree uint8_t *seen = room(f);
    autofree uint8_t *wanted = room(f);
    autoclose int direct = open_direct(fd);
    if (!seen || !wanted)
        return f->code;
    for (uint64_t at = offset, end = offset + len; at < end;) {
        size_t some = end - at < STEP ? (size_t)(end - at) : STEP;
        ssize_t n = read_back(direct, fd, seen, some, at, &o->cached);
        if (n < 0 || (size_t)n != some)
            return fault_errno(f, n < 0 ? (int)-n : EIO, "byte %" PRIu64 " can't be read back", at);
        fill(o, wanted, some, at);
        if (memcmp(seen, wanted, some) != 0)
            return fault_set(f, SK_ERR_DIGEST,
                             "what was read back at byte %" PRIu64 " is not what was written", at);
        if (digest_add(o->digest, seen, some) != 0)
            return fault_set(f, SK_ERR_CRYPTO, "what was read back can't be hashed");
        at += some;
        step_done(o, some);
    }
    return 0;
}

int overwrite_end(struct overwrite *o, char ret_hex[static DIGEST_HEX_CAP], struct fault *f)
{
    uint8_t digest[DIGEST_LEN];
    if (digest_end(o->digest, digest) != 0)
        return fault_set(f, SK_ERR_CRYPTO, "what was read back can't be hashed");
    digest_hex(ret_hex, digest);
    return 0;
}

bool overwrite_discard(int fd, uint64_t offset, uint64_t len)
{
    struct stat st;
    uint64_t range[2] = {offset, len};
    if (len == 0 || fstat(fd, &st) != 0)
        return false;
    if (S_ISBLK(st.st_mode))
        return ioctl(fd, BLKDISCARD, range) == 0;
    return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)len) == 0;
}

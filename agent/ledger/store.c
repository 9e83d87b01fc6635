/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store.c owns the segment files. It must never call fsync again on a file where it failed (the
 * second call answers 0 and the data is gone), and never leave half a line behind. */
#include "ledger/store.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/fdio.h"

#define FILE_MODE  0640
#define STAT_BLOCK 512u /* bytes of one of st_blocks, stat(2) */

struct store {
    int dir, fd;
    uint32_t segment;
    uint64_t offset;   /* of the next line */
    uint64_t capacity; /* bytes this segment may grow to */
    bool closed;       /* nothing more goes into this segment */
    bool emergency;
};

/* Keep room for the file without changing its size; file systems that can't are used as they are. */
static int reserve(int fd, uint64_t bytes)
{
    if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes) == 0 || errno == EOPNOTSUPP ||
        errno == ENOSYS)
        return 0;
    return -errno;
}

/* Make an empty file with room for bytes; one that can't have the room goes again. */
static int make_file(int dir, const char *name, uint64_t bytes)
{
    autoclose int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (fd < 0)
        return -errno;
    /* else each line that is added to a block takes a new one, which a full disk does not give */
    fd_write_in_place(fd);
    int r = reserve(fd, bytes);
    struct stat st;
    if (r != 0 && fstat(fd, &st) == 0 && st.st_size == 0)
        unlinkat(dir, name, 0);
    return r;
}

/* The file with its room; one that stands there without (a crash between the two) gets it now. */
static int keep_ahead(struct store *s, const char *name, uint64_t bytes, bool *made)
{
    struct stat st;
    if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        (st.st_size != 0 || (uint64_t)st.st_blocks * STAT_BLOCK >= bytes))
        return 0;
    int r = make_file(s->dir, name, bytes);
    *made = *made || r == 0;
    return r;
}

int store_prepare(struct store *s)
{
    char name[SEGMENT_NAME_CAP];
    bool made = false;
    segment_name(s->segment + 1, SEGMENT_PLAIN, name);
    int r = keep_ahead(s, name, LEDGER_SEGMENT_BYTES, &made);
    if (r == 0)
        r = keep_ahead(s, LEDGER_EMERGENCY, STORE_EMERGENCY_BYTES, &made);
    bool ready = r == 0;
    for (uint32_t i = 2; r == 0 && i <= STORE_AHEAD; i++) {
        segment_name(s->segment + i, SEGMENT_PLAIN, name);
        r = keep_ahead(s, name, LEDGER_SEGMENT_BYTES, &made);
    }
    if (made && fsync(s->dir) != 0)
        return -errno;
    if (ready && s->emergency) {
        s->emergency = false; /* there is room again: the next record opens the next segment */
        s->closed = true;
    }
    return r;
}

/* Go on in a segment file that exists. */
static int use_segment(struct store *s, uint32_t segment, uint64_t offset, uint64_t capacity)
{
    char name[SEGMENT_NAME_CAP];
    segment_name(segment, SEGMENT_PLAIN, name);
    int fd = openat(s->dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    if (s->fd >= 0)
        close(s->fd);
    s->fd = fd;
    s->segment = segment;
    s->offset = offset;
    s->capacity = capacity;
    s->closed = false;
    return 0;
}

/* The emergency file becomes the next segment. */
static int use_emergency(struct store *s)
{
    char name[SEGMENT_NAME_CAP];
    segment_name(s->segment + 1, SEGMENT_PLAIN, name);
    if (renameat2(s->dir, LEDGER_EMERGENCY, s->dir, name, RENAME_NOREPLACE) != 0)
        return -errno;
    if (fsync(s->dir) != 0)
        return -errno;
    int r = use_segment(s, s->segment + 1, 0, STORE_EMERGENCY_BYTES);
    if (r == 0)
        s->emergency = true;
    return r;
}

static int next_segment(struct store *s)
{
    char name[SEGMENT_NAME_CAP];
    struct stat st;
    segment_name(s->segment + 1, SEGMENT_PLAIN, name);
    if (faccessat(s->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        int r = make_file(s->dir, name, LEDGER_SEGMENT_BYTES);
        if (r == 0 && fsync(s->dir) != 0)
            r = -errno;
        if (r != 0)
            return use_emergency(s) == 0 ? 0 : r;
    }
    if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -errno;
    if (st.st_size != 0)
        return -EEXIST; /* not ours to overwrite */
    int r = use_segment(s, s->segment + 1, 0, LEDGER_SEGMENT_BYTES);
    if (r != 0)
        return r;
    s->emergency = false;
    /* what can't be had now is asked for again later, with time */
    (void)!store_prepare(s);
    return 0;
}

int store_open(const char *folder, uint32_t segment, uint64_t offset, struct store **ret)
{
    struct store *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    char name[SEGMENT_NAME_CAP];
    s->fd = -1;
    s->segment = segment;
    s->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = s->dir < 0 ? -errno : 0;
    segment_name(segment, SEGMENT_PLAIN, name);
    if (r == 0 && faccessat(s->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        r = make_file(s->dir, name, LEDGER_SEGMENT_BYTES);
        if (r == 0 && fsync(s->dir) != 0)
            r = -errno;
    }
    if (r == 0)
        r = use_segment(s, segment, offset, LEDGER_SEGMENT_BYTES);
    if (r != 0) {
        store_close(&s);
        return r;
    }
    /* a segment that was the emergency file, or that was made on a full disk, may not get its room:
     * then the first write that fails leads on to the next one, and where there is none, what room
     * is left stays for refusals */
    bool roomy = reserve(s->fd, LEDGER_SEGMENT_BYTES) == 0;
    if (!roomy)
        s->capacity = offset > STORE_EMERGENCY_BYTES ? LEDGER_SEGMENT_BYTES : STORE_EMERGENCY_BYTES;
    (void)!store_prepare(s);
    segment_name(segment + 1, SEGMENT_PLAIN, name);
    s->emergency = !roomy && faccessat(s->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    *ret = s;
    return 0;
}

void store_close(struct store **s)
{
    if (!*s)
        return;
    clean_close(&(*s)->fd);
    clean_close(&(*s)->dir);
    free(*s);
    *s = NULL;
}

static int fail(struct store *s, int code, bool sync, struct store_fault *ret_fault,
                bool *ret_again)
{
    /* half a line must go; where even this fails, the gap record says where the segment ends */
    bool cut = ftruncate(s->fd, (off_t)s->offset) == 0;
    /* an untouched segment that could not be written at all is as good as the next one */
    bool untouched = s->offset == 0 && !sync && cut;
    *ret_fault = (struct store_fault){.segment = s->segment, .offset = s->offset, .code = code,
                                      .sync = sync || !cut};
    s->closed = !untouched;
    *ret_again = !untouched;
    return code;
}

int store_append(struct store *s, const void *lines, size_t len, struct store_fault *ret_fault,
                 bool *ret_again)
{
    *ret_again = false;
    if (s->emergency)
        (void)!store_prepare(s);
    if (s->closed || s->offset + len > s->capacity) {
        int r = next_segment(s);
        if (r != 0) {
            *ret_fault = (struct store_fault){.segment = s->segment, .offset = s->offset,
                                              .code = r};
            return r;
        }
    }
    int r = fd_pwrite_full(s->fd, lines, len, s->offset);
    if (r != 0)
        return fail(s, r, false, ret_fault, ret_again);
    if (fdatasync(s->fd) != 0)
        return fail(s, -errno, true, ret_fault, ret_again);
    s->offset += len;
    return 0;
}

uint64_t store_room(const struct store *s)
{
    if (!s->emergency)
        return UINT64_MAX;
    return s->offset < STORE_EMERGENCY_BYTES / 2 ? STORE_EMERGENCY_BYTES / 2 - s->offset : 0;
}

bool store_in_emergency(const struct store *s)
{
    return s->emergency;
}

uint32_t store_segment(const struct store *s)
{
    return s->segment;
}

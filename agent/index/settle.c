/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settle.c owns the looking at files that have been quiet: whether they are there, under which names,
 * with which content. It must never keep a file open between steps but the one large file that it
 * reads, never wait for anybody, and never call a digest a file's when the file changed meanwhile. */
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "index/index.h"

#define FILES_PER_STEP 64    /* small files looked at in one step */
#define RETRY_MS       500   /* while control takes nothing, or somebody holds a lease */
#define MS             1000000ull
#define STAT_BLOCK     512u /* bytes, stat(2) */
#define HOLLOW_SHARE   8u   /* less than one byte in so many of it lies on the disk */

static int64_t ns_of(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* It is not there any more, or nowhere that is looked at. */
static void gone(struct index *x, struct file *f)
{
    if (f->decided)
        state_gone(&f->volume->state, &f->handle);
    track_forget(x, f);
}

static bool name_true(struct volume *v, const struct name *n, const struct stat *is)
{
    struct stat at;
    if (!volume_folder_known(v, n->folder) || n->folder->ignored)
        return false;
    autoclose int dir = volume_open_folder(v, n->folder, O_PATH);
    return dir >= 0 && fstatat(dir, n->text, &at, AT_SYMLINK_NOFOLLOW) == 0 &&
           at.st_ino == is->st_ino && at.st_dev == is->st_dev;
}

static void check_names(struct index *x, struct file *f, const struct stat *is)
{
    for (struct name *n = f->names, *next; n; n = next) {
        next = n->next;
        if (!name_true(f->volume, n, is))
            table_name_remove(&x->table, n);
    }
}

/* Was it there before its volume was looked at for the first time? */
static bool born_before(const struct volume *v, int fd)
{
    struct statx about;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &about) != 0 || !(about.stx_mask & STATX_BTIME))
        return true;
    return about.stx_btime.tv_sec < v->opened_s;
}

static bool same(const struct stat *st, uint64_t size, int64_t mtime_ns, int64_t ctime_ns)
{
    return (uint64_t)st->st_size == size && ns_of(&st->st_mtim) == mtime_ns &&
           ns_of(&st->st_ctim) == ctime_ns;
}

/* The content is known: keep it, with what it was before. */
static void have_content(struct index *x, struct file *f, const struct stat *st,
                         const uint8_t digest[static DIGEST_LEN])
{
    bool other = !f->digested || f->size != (uint64_t)st->st_size ||
                 memcmp(f->digest, digest, DIGEST_LEN) != 0;
    if (other) {
        memory_of_content(x, f);
        f->decided = f->recorded = false;
        if (table_content(&x->table, f, digest, (uint64_t)st->st_size) != 0) {
            f->volume->full = true;
            gone(x, f);
            return;
        }
    }
    f->mtime_ns = ns_of(&st->st_mtim);
    f->ctime_ns = ns_of(&st->st_ctim);
    f->stale = false;
    decide_file(x, f);
}

/* All of a small file, in this step. */
static void read_small(struct index *x, struct file *f, int fd, const struct stat *st)
{
    uint8_t digest[DIGEST_LEN];
    struct stat after;
    ssize_t n = fd_pread_full(fd, x->step, (size_t)st->st_size, 0);
    if (n < 0) {
        log_warn("%s: a file can't be read: %s", f->volume->id, sk_strerror((int)n));
        gone(x, f);
        return;
    }
    if (n < st->st_size || fstat(fd, &after) != 0 ||
        !same(&after, (uint64_t)st->st_size, ns_of(&st->st_mtim), ns_of(&st->st_ctim)) ||
        digest_of(x->step, (size_t)n, digest) != 0) {
        track_touch(x, f, NULL);
        return;
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    have_content(x, f, st, digest);
}

/* Anybody makes a file of terabytes with next to nothing in it, in no time and in any area. Such files are
 * read when no others wait: what the others cost is bounded by what the area holds. */
static bool is_hollow(const struct stat *st)
{
    return (uint64_t)st->st_blocks * STAT_BLOCK < (uint64_t)st->st_size / HOLLOW_SHARE;
}

static void queue_large(struct index *x, struct file *f, bool hollow)
{
    f->queue = hollow ? FILE_HOLLOW : FILE_LARGE;
    TAILQ_INSERT_TAIL(hollow ? &x->hollow : &x->large, f, queued);
}

/* Too small to tell anything, or of a size that no protected file has. */
static void pass_over(struct index *x, struct file *f, const struct stat *st)
{
    if (f->volume->kind == VOLUME_PLACE) {
        gone(x, f);
        return;
    }
    memory_of_content(x, f);
    table_content_forget(&x->table, f);
    f->size = (uint64_t)st->st_size;
    f->mtime_ns = ns_of(&st->st_mtim);
    f->ctime_ns = ns_of(&st->st_ctim);
    f->stale = false;
    decide_file(x, f);
}

static void look_at_content(struct index *x, struct file *f, int fd, const struct stat *st)
{
    uint64_t size = (uint64_t)st->st_size;
    if (size < RULES_LEAST_BYTES ||
        (f->volume->kind == VOLUME_PLACE && !table_has_size(&x->table, size)))
        pass_over(x, f, st);
    else if (f->digested && !f->stale && f->size == size && f->mtime_ns == ns_of(&st->st_mtim))
        have_content(x, f, st, f->digest);
    else if (size <= INDEX_STEP_BYTES)
        read_small(x, f, fd, st);
    else
        queue_large(x, f, is_hollow(st));
}

/* Open for reading what is a regular file. A descriptor, or -errno. */
static int open_file(const struct file *f, struct stat *st)
{
    /* a lease would let an ordinary open wait (open(2), O_NONBLOCK) */
    autoclose int fd = volume_open_file(f->volume, f, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
    if (fd < 0)
        return fd;
    if (fstat(fd, st) != 0)
        return -errno;
    return S_ISREG(st->st_mode) && st->st_nlink > 0 ? steal_fd(&fd) : -ESTALE;
}

/* In a place nearly every file is of no interest: its size says so, for one stat. */
static bool of_no_interest(const struct index *x, const struct file *f)
{
    struct stat st;
    if (f->volume->kind != VOLUME_PLACE || f->decided)
        return false;
    autoclose int fd = volume_open_file(f->volume, f, O_PATH | O_NOFOLLOW);
    return fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
           !table_has_size(&x->table, (uint64_t)st.st_size);
}

static void look(struct index *x, struct file *f)
{
    struct volume *v = f->volume;
    struct stat st;
    track_unqueue(x, f);
    if (of_no_interest(x, f)) {
        gone(x, f);
        return;
    }
    autoclose int fd = open_file(f, &st);
    if (fd == -EWOULDBLOCK || fd == -ENFILE || fd == -EMFILE || fd == -ENOMEM) {
        track_touch(x, f, NULL);
        return;
    }
    if (fd < 0) {
        gone(x, f);
        return;
    }
    check_names(x, f, &st);
    if (!f->names) {
        gone(x, f);
        return;
    }
    f->owner = st.st_uid;
    if (v->baseline && !f->decided)
        f->baseline = born_before(v, fd);
    look_at_content(x, f, fd, &st);
}

/* ---- the large file ---- */

static void reading_end(struct index *x)
{
    struct reading *r = &x->reading;
    clean_close(&r->fd);
    r->fd = -1;
    r->file = NULL;
}

static void reading_begin(struct index *x)
{
    struct reading *r = &x->reading;
    bool hollow = TAILQ_EMPTY(&x->large);
    struct file *f = TAILQ_FIRST(hollow ? &x->hollow : &x->large);
    struct stat st;
    uint8_t unused[DIGEST_LEN];
    track_unqueue(x, f);
    int fd = open_file(f, &st);
    if (fd < 0 || (!r->digest && digest_new(&r->digest) != 0) || digest_end(r->digest, unused) != 0) {
        track_touch(x, f, NULL);
        clean_close(&fd);
        return;
    }
    r->file = f;
    r->hollow = hollow;
    r->fd = fd;
    r->at = 0;
    r->size = (uint64_t)st.st_size;
    r->mtime_ns = ns_of(&st.st_mtim);
    r->ctime_ns = ns_of(&st.st_ctim);
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

static void reading_done(struct index *x)
{
    struct reading *r = &x->reading;
    struct file *f = r->file;
    uint8_t digest[DIGEST_LEN];
    struct stat st;
    bool sound = digest_end(r->digest, digest) == 0 && fstat(r->fd, &st) == 0 &&
                 same(&st, r->size, r->mtime_ns, r->ctime_ns);
    reading_end(x);
    if (f->queue != FILE_IDLE)
        return; /* touched while it was read: it will be looked at again */
    if (sound)
        have_content(x, f, &st, digest);
    else
        track_touch(x, f, NULL);
}

/* Another comes first; this one is read anew when its turn comes again. */
static void reading_yield(struct index *x)
{
    struct file *f = x->reading.file;
    uint8_t unused[DIGEST_LEN];
    (void)!digest_end(x->reading.digest, unused);
    reading_end(x);
    if (f->queue == FILE_IDLE)
        queue_large(x, f, true);
}

static void reading_step(struct index *x)
{
    struct reading *r = &x->reading;
    ssize_t n = fd_pread_full(r->fd, x->step, INDEX_STEP_BYTES, r->at);
    if (n <= 0 || digest_add(r->digest, x->step, (size_t)n) != 0) {
        struct file *f = r->file;
        uint8_t unused[DIGEST_LEN];
        (void)!digest_end(r->digest, unused);
        reading_end(x);
        if (n < 0)
            gone(x, f);
        else if (f->queue == FILE_IDLE)
            track_touch(x, f, NULL);
        return;
    }
    (void)posix_fadvise(r->fd, (off_t)r->at, (off_t)n, POSIX_FADV_DONTNEED);
    r->at += (uint64_t)n;
    if (r->at >= r->size)
        reading_done(x);
}

/* ---- a step ---- */

static bool due(const struct file *f, uint64_t now)
{
    return f && f->due_ns <= now;
}

static void look_at_due(struct index *x, uint64_t now)
{
    for (int i = 0; i < FILES_PER_STEP && due(TAILQ_FIRST(&x->touched), now); i++)
        look(x, TAILQ_FIRST(&x->touched));
    struct file *f = TAILQ_FIRST(&x->waiting);
    if (due(f, now)) {
        f->waited = true;
        look(x, f);
    }
}

static int until(const struct file *f, uint64_t now, int limit)
{
    if (!f)
        return limit;
    int ms = f->due_ns <= now ? 0 : (int)((f->due_ns - now) / MS) + 1;
    return limit < 0 || ms < limit ? ms : limit;
}

int settle_step(struct index *x)
{
    uint64_t now = clock_boot_ns();
    if (x->found_count >= INDEX_FOUND_MAX)
        return RETRY_MS;
    if (x->reading.file && x->reading.hollow && !TAILQ_EMPTY(&x->large))
        reading_yield(x);
    if (x->reading.file)
        reading_step(x);
    look_at_due(x, now);
    bool more = !TAILQ_EMPTY(&x->large) || !TAILQ_EMPTY(&x->hollow);
    if (!x->reading.file && more)
        reading_begin(x);
    if (x->reading.file || more)
        return 0;
    return until(TAILQ_FIRST(&x->touched), now, until(TAILQ_FIRST(&x->waiting), now, -1));
}

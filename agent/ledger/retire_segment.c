/* SPDX-License-Identifier: GPL-3.0-or-later */
/* retire_segment.c owns the steps by which one segment file replaces another. It must never take away
 * a byte before what replaces it is durable and was compared. */
#include "ledger/retire_segment.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "proof/elide.h"
#include "proof/reader.h"
#include "proof/segment.h"

#define FILE_MODE 0440 /* nobody writes to it again, not even its owner by mistake */
#define STEP      ((size_t)256 * 1024)

/* What is written in place of a segment. */
struct writing {
    int dir, fd;
    char name[SEGMENT_NAME_CAP], new[SEGMENT_NAME_CAP + 8];
};

static int begin(struct writing *w, int dir, uint32_t segment, enum segment_form form)
{
    w->dir = dir;
    segment_name(segment, form, w->name);
    snprintf(w->new, sizeof w->new, "%s" RETIRE_NEW, w->name);
    if (unlinkat(dir, w->new, 0) != 0 && errno != ENOENT)
        return -errno;
    w->fd = openat(dir, w->new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    return w->fd < 0 ? -errno : 0;
}

static void give_up(struct writing *w)
{
    if (w->fd < 0)
        return;
    (void)!unlinkat(w->dir, w->new, 0);
    clean_close(&w->fd);
    w->fd = -1;
}

/* Give it its name; another file of that name goes. */
static int finish(struct writing *w)
{
    if (renameat(w->dir, w->new, w->dir, w->name) != 0 || fsync(w->dir) != 0)
        return -errno;
    clean_close(&w->fd);
    w->fd = -1;
    return 0;
}

void retire_protect(int dir, const char *name, bool on)
{
    autoclose int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0)
        (void)!fd_protect(fd, on);
}

static int drop(int dir, uint32_t segment, enum segment_form form)
{
    char name[SEGMENT_NAME_CAP];
    segment_name(segment, form, name);
    if (form == SEGMENT_ARCHIVED)
        retire_protect(dir, name, false);
    if (unlinkat(dir, name, 0) != 0)
        return errno == ENOENT ? 0 : -errno;
    return fsync(dir) == 0 ? 0 : -errno;
}

static uint64_t bytes_of(int dir, uint32_t segment)
{
    struct stat st;
    for (unsigned form = 0; form < SEGMENT_FORM_COUNT; form++) {
        char name[SEGMENT_NAME_CAP];
        segment_name(segment, (enum segment_form)form, name);
        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            return (uint64_t)st.st_size;
    }
    return 0;
}

/* The segment's next line. 1, 0 behind its last, or an error; a segment has all its lines. */
static int next_line(struct ledger_reader *reader, const struct retire_job *job,
                     struct ledger_line *ret)
{
    int r = ledger_reader_next(reader, ret);
    if (r == 0)
        return SK_ERR_STATE;
    return r == 1 && ret->segment != job->segment ? 0 : r;
}

/* ---- archiving ---- */

static int write_frame(struct writing *w, struct buf *content, struct buf *frame)
{
    buf_reset(frame);
    int r = content->err ? content->err : segment_compress(content->data, content->len, frame);
    if (r == 0)
        r = fd_write_full(w->fd, frame->data, frame->len);
    buf_reset(content);
    return r;
}

static int write_archive(struct writing *w, struct ledger_reader *reader,
                         const struct retire_job *job)
{
    autobuf struct buf content = {0}, frame = {0};
    struct ledger_line line;
    int r;
    while ((r = next_line(reader, job, &line)) == 1) {
        if (line.elided && job->automatic)
            return SK_ERR_REFUSED; /* what is left of it is small */
        buf_put(&content, line.text, line.len);
        buf_putc(&content, '\n');
        if (content.len >= SEGMENT_FRAME)
            r = write_frame(w, &content, &frame);
        if (r < 0)
            return r;
    }
    if (r == 0 && content.len > 0)
        r = write_frame(w, &content, &frame);
    return r == 0 && fsync(w->fd) != 0 ? -errno : r;
}

/* Both forms hold the same lines, but for what never belonged to the plain one's. */
static int compare_archive(int dir, const struct retire_job *job)
{
    autosegment struct segment *plain = NULL, *archive = NULL;
    autofree char *a = malloc(STEP), *b = malloc(STEP);
    uint64_t bytes = 0;
    int r = segment_open_form(dir, job->segment, SEGMENT_PLAIN, &plain);
    if (r == 0)
        r = segment_open_form(dir, job->segment, SEGMENT_ARCHIVED, &archive);
    if (r == 0)
        r = a && b ? segment_bytes(archive, &bytes) : -ENOMEM;
    for (uint64_t at = 0; r == 0 && at < bytes;) {
        ssize_t n = segment_read(archive, a, STEP, at);
        ssize_t m = n > 0 ? segment_read(plain, b, (size_t)n, at) : n;
        if (n <= 0 || m != n || memcmp(a, b, (size_t)n) != 0)
            r = n == -ENOMEM ? -ENOMEM : SK_ERR_DIGEST;
        at += n > 0 ? (uint64_t)n : 0;
    }
    return r;
}

int retire_archive(const char *folder, int dir, struct retire_result *done)
{
    const struct retire_job *job = &done->job;
    autoreader struct ledger_reader *reader = NULL;
    struct writing w = {.fd = -1};
    char name[SEGMENT_NAME_CAP];
    segment_name(job->segment, SEGMENT_PLAIN, name);
    done->before = done->after = bytes_of(dir, job->segment);
    done->untouched = faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    if (done->untouched)
        return errno == ENOENT ? 0 : -errno; /* it is archived */
    int r = ledger_reader_open_at(folder, job->segment, 0, job->from, &reader);
    if (r == 0)
        ledger_reader_show_elided(reader);
    if (r == 0)
        r = begin(&w, dir, job->segment, SEGMENT_ARCHIVED);
    if (r == 0)
        r = write_archive(&w, reader, job);
    if (r == 0)
        r = finish(&w);
    if (r != 0) {
        give_up(&w);
        done->untouched = r == SK_ERR_REFUSED;
        return done->untouched ? 0 : r;
    }
    r = compare_archive(dir, job);
    if (r == 0) {
        retire_protect(dir, w.name, true);
        r = drop(dir, job->segment, SEGMENT_PLAIN);
    } else {
        (void)!drop(dir, job->segment, SEGMENT_ARCHIVED);
    }
    done->after = bytes_of(dir, job->segment);
    return r;
}

/* ---- taking records out ---- */

/* The segment before and after, each as the hashes of its subtrees: they must be the same. */
struct removing {
    struct digest *hash;
    struct elide_run run, before, after;
    struct buf out;
};

static int add_block(struct removing *m, struct elide_run *to, const struct elide_block *block)
{
    return elide_add_block(to, m->hash, block);
}

static int take_line(struct removing *m, const struct ledger_line *line, struct retire_result *done)
{
    struct elide_block leaf = {.at = line->seq};
    int r = 0;
    for (size_t i = 0; r == 0 && line->elided && i < line->elided->count; i++) {
        r = add_block(m, &m->before, &line->elided->blocks[i]);
        if (r == 0)
            r = add_block(m, &m->run, &line->elided->blocks[i]);
    }
    if (line->elided)
        return r;
    r = tree_leaf(m->hash, line->text, line->len, leaf.hash);
    if (r == 0)
        r = add_block(m, &m->before, &leaf);
    if (r != 0)
        return r;
    if (!segment_keeps(&line->kind)) {
        done->removed++;
        return add_block(m, &m->run, &leaf);
    }
    done->kept++;
    r = elide_flush(&m->run, &m->out);
    buf_put(&m->out, line->text, line->len);
    buf_putc(&m->out, '\n');
    return r != 0 ? r : m->out.err;
}

static int read_after_line(struct removing *m, const char *line, size_t len, uint64_t seq)
{
    static const char begins[] = "{\"elided\":";
    autofree struct elide_run *run = calloc(1, sizeof *run);
    struct elide_block leaf = {.at = seq};
    if (!run)
        return -ENOMEM;
    if (len < sizeof begins || memcmp(line, begins, sizeof begins - 1) != 0) {
        int r = tree_leaf(m->hash, line, len, leaf.hash);
        return r == 0 ? add_block(m, &m->after, &leaf) : r;
    }
    int r = elide_read(line + sizeof begins - 1, len - sizeof begins, run);
    for (size_t i = 0; r == 0 && i < run->count; i++)
        r = add_block(m, &m->after, &run->blocks[i]);
    return r;
}

/* Does what would be written stand for the same records? */
static int compare_removed(struct removing *m, const struct retire_job *job)
{
    struct cursor c;
    const char *line;
    size_t len;
    int r = 0;
    cursor_init(&c, m->out.data, m->out.len);
    m->after.from = m->after.next = job->from;
    while (r == 0 && cursor_line(&c, &line, &len))
        r = read_after_line(m, line, len, m->after.next);
    if (r == 0 && (m->before.next != m->after.next || m->before.next != job->to + 1 ||
                   m->before.count != m->after.count))
        r = SK_ERR_DIGEST;
    for (size_t i = 0; r == 0 && i < m->before.count; i++)
        if (m->before.blocks[i].height != m->after.blocks[i].height ||
            memcmp(m->before.blocks[i].hash, m->after.blocks[i].hash, DIGEST_LEN) != 0)
            r = SK_ERR_DIGEST;
    return r;
}

static int write_removed(struct writing *w, const struct buf *out)
{
    autofree char *again = malloc(out->len + 1);
    if (!again)
        return -ENOMEM;
    int r = fd_write_full(w->fd, out->data, out->len);
    if (r == 0 && fsync(w->fd) != 0)
        r = -errno;
    if (r != 0)
        return r;
    ssize_t n = fd_pread_full(w->fd, again, out->len + 1, 0);
    return n == (ssize_t)out->len && memcmp(again, out->data, out->len) == 0 ? 0 : SK_ERR_DIGEST;
}

static int rewrite(struct removing *m, const char *folder, int dir, struct retire_result *done)
{
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    struct writing w = {.fd = -1};
    int r = ledger_reader_open_at(folder, done->job.segment, 0, done->job.from, &reader);
    if (r == 0)
        ledger_reader_show_elided(reader);
    while (r == 0 && (r = next_line(reader, &done->job, &line)) == 1)
        r = take_line(m, &line, done);
    if (r == 0)
        r = elide_flush(&m->run, &m->out);
    if (r == 0)
        r = compare_removed(m, &done->job);
    if (r != 0 || done->removed == 0)
        return r;
    r = begin(&w, dir, done->job.segment, SEGMENT_PLAIN);
    if (r == 0)
        r = write_removed(&w, &m->out);
    if (r == 0)
        r = finish(&w);
    give_up(&w);
    return r == 0 ? drop(dir, done->job.segment, SEGMENT_ARCHIVED) : r;
}

int retire_remove(const char *folder, int dir, struct retire_result *done)
{
    struct removing *m = calloc(1, sizeof *m);
    if (!m)
        return -ENOMEM;
    done->before = bytes_of(dir, done->job.segment);
    int r = digest_new(&m->hash);
    if (r == 0)
        r = rewrite(m, folder, dir, done);
    done->after = bytes_of(dir, done->job.segment);
    digest_free(&m->hash);
    buf_free(&m->out);
    free(m);
    return r;
}

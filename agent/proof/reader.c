/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reader.c owns the way from segment files to lines. It must never write, never map a file, and
 * never give out a line whose form or number is wrong. */
#include "proof/reader.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <string.h>
#include <sys/stat.h>
#include "base/buf.h"
#include "base/fdio.h"

#define READ_STEP     ((size_t)1024 * 1024) /* bytes asked for at a time */
#define LEFTOVERS_MAX 256                   /* segments with leftovers */
#define NAME_CAP      32                    /* bytes of a segment's file name with NUL */

enum first { FIRST_NONE, FIRST_SEQ, FIRST_BAD };

/* What a segment begins with. */
struct beginning {
    enum first first;
    uint64_t seq;
    uint32_t segment;
};

struct ledger_reader {
    int dir, fd;
    uint32_t segment;
    uint64_t base;   /* offset in the file of data[0] */
    char *data;      /* READ_STEP + SK_RECORD_MAX bytes */
    size_t at, have; /* in data */
    uint64_t seq;    /* expected next */
    uint64_t wanted; /* lines before this one are not given out */
    struct beginning next; /* of the next segment that has anything in it */
    int err;
    const char *what;
    struct ledger_leftover leftovers[LEFTOVERS_MAX];
    size_t leftover_count;
};

enum { FIELD_AT, FIELD_CLOCK, FIELD_KIND, FIELD_PHASE, FIELD_SEQ, FIELD_COUNT };

static int scan_line(const char *line, size_t len, struct scan_field f[static FIELD_COUNT],
                     uint64_t *ret_seq)
{
    static const char *const keys[FIELD_COUNT] = {"at", "clock", "kind", "phase", "seq"};
    for (size_t i = 0; i < FIELD_COUNT; i++)
        f[i].key = keys[i];
    int r = scan_record(line, len, f, FIELD_COUNT, NULL);
    return r == 0 ? scan_number(&f[FIELD_SEQ], ret_seq) : r;
}

static int open_segment(int dir, uint32_t segment)
{
    char name[NAME_CAP];
    snprintf(name, sizeof name, LEDGER_SEGMENT_FORM, segment);
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
    return fd < 0 ? -errno : fd;
}

/* The first line of one segment. 0 or -errno (-ENOENT: there is no such segment). */
static int look_at(int dir, uint32_t segment, struct beginning *ret)
{
    autofree char *data = malloc(SK_RECORD_MAX);
    autoclose int fd = open_segment(dir, segment);
    if (fd < 0 || !data)
        return fd < 0 ? fd : -ENOMEM;
    ssize_t n = fd_pread_full(fd, data, SK_RECORD_MAX, 0);
    if (n < 0)
        return (int)n;
    struct scan_field fields[FIELD_COUNT];
    const char *end = memchr(data, '\n', (size_t)n);
    *ret = (struct beginning){.segment = segment};
    if (n == 0 || data[0] == '\0')
        ret->first = FIRST_NONE;
    else if (!end || scan_line(data, (size_t)(end - data), fields, &ret->seq) != 0)
        ret->first = FIRST_BAD;
    else
        ret->first = FIRST_SEQ;
    return 0;
}

/* The next segment behind the current one that holds anything. */
static int look_ahead(struct ledger_reader *r)
{
    r->next = (struct beginning){0};
    for (uint32_t i = r->segment + 1; i < LEDGER_SEGMENTS_MAX; i++) {
        struct beginning b;
        int e = look_at(r->dir, i, &b);
        if (e == -ENOENT)
            return 0;
        if (e != 0)
            return e;
        if (b.first != FIRST_NONE) {
            r->next = b;
            return 0;
        }
    }
    return 0;
}

static int enter_segment(struct ledger_reader *r, uint32_t segment)
{
    int fd = open_segment(r->dir, segment);
    if (fd < 0)
        return fd;
    if (r->fd >= 0)
        close(r->fd);
    r->fd = fd;
    r->segment = segment;
    r->base = 0;
    r->at = r->have = 0;
    return look_ahead(r);
}

/* The last segment whose first record is not behind the wanted one. */
static int find_segment(struct ledger_reader *r)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < LEDGER_SEGMENTS_MAX; i++) {
        struct beginning b;
        int e = look_at(r->dir, i, &b);
        if (e == -ENOENT && i > 0)
            break;
        if (e != 0)
            return e;
        if (b.first == FIRST_SEQ && b.seq > r->wanted)
            break;
        if (b.first == FIRST_SEQ && i > 0) {
            best = i;
            r->seq = b.seq;
        }
    }
    return enter_segment(r, best);
}

int ledger_reader_open(const char *folder, uint64_t from_seq, struct ledger_reader **ret)
{
    struct ledger_reader *r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    r->fd = -1;
    r->wanted = from_seq;
    r->what = "";
    r->data = malloc(READ_STEP + SK_RECORD_MAX);
    r->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int e = !r->data ? -ENOMEM : r->dir < 0 ? -errno : find_segment(r);
    if (e != 0) {
        ledger_reader_close(&r);
        return e;
    }
    *ret = r;
    return 0;
}

void ledger_reader_close(struct ledger_reader **r)
{
    if (!*r)
        return;
    clean_close(&(*r)->fd);
    clean_close(&(*r)->dir);
    free((*r)->data);
    free(*r);
    *r = NULL;
}

static int fail(struct ledger_reader *r, int code, const char *what)
{
    r->err = code;
    r->what = what;
    return code;
}

/* Go to the next segment; what is left of this one does not belong to the ledger. */
static int leave_segment(struct ledger_reader *r)
{
    struct stat st;
    uint64_t offset = r->base + r->at;
    if (fstat(r->fd, &st) != 0)
        return -errno;
    if ((uint64_t)st.st_size > offset) {
        if (r->leftover_count == LEFTOVERS_MAX)
            return SK_ERR_LIMIT;
        r->leftovers[r->leftover_count++] = (struct ledger_leftover){
            .segment = r->segment, .offset = offset, .bytes = (uint64_t)st.st_size - offset,
            .seq = r->seq};
    }
    return enter_segment(r, r->next.segment);
}

/* The whole line at the present place, or NULL when there is none (yet). */
static const char *line_here(const struct ledger_reader *r, size_t *ret_len)
{
    const char *start = r->data + r->at;
    size_t left = r->have - r->at;
    if (left == 0 || *start == '\0')
        return NULL;
    const char *end = memchr(start, '\n', left < SK_RECORD_MAX ? left : SK_RECORD_MAX);
    if (!end)
        return NULL;
    *ret_len = (size_t)(end - start);
    return start;
}

/* Read on in the current segment, an unfinished line from its start: the writer may have taken it
 * back and written another. 1 when there is a line or more of it now, 0 when not,
 * -errno. */
static int refill(struct ledger_reader *r)
{
    size_t before = r->have - r->at;
    r->base += r->at;
    r->at = r->have = 0;
    ssize_t n = fd_pread_full(r->fd, r->data, READ_STEP + SK_RECORD_MAX, r->base);
    if (n > 0)
        r->have = (size_t)n;
    size_t len;
    return n < 0 ? (int)n : r->have > before || line_here(r, &len) != NULL;
}

/* No line here. 1: there is one now (or in another segment); 0: the end for now; or an error. */
static int move_on(struct ledger_reader *r)
{
    int more = refill(r);
    if (more != 0)
        return more;
    if (r->have - r->at >= SK_RECORD_MAX && r->data[r->at] != '\0')
        return SK_ERR_TAMPERED;
    int e = look_ahead(r);
    if (e != 0 || r->next.first == FIRST_NONE)
        return e;
    if (r->next.first == FIRST_SEQ && r->next.seq != r->seq)
        return SK_ERR_TAMPERED;
    if (r->next.first == FIRST_BAD && r->have > r->at)
        return 0; /* two unfinished ends: the first is where the ledger ends */
    e = leave_segment(r);
    return e != 0 ? e : 1;
}

/* One line checked and given out. 1, or 0 when it lies before the wanted one. */
static int take_line(struct ledger_reader *r, const char *line, size_t len, struct ledger_line *ret)
{
    struct scan_field f[FIELD_COUNT];
    uint64_t seq;
    if (scan_line(line, len, f, &seq) != 0)
        return fail(r, SK_ERR_TAMPERED, "the line does not have the form of a record");
    if (seq != r->seq)
        return fail(r, SK_ERR_TAMPERED, seq > r->seq ? "records are missing here"
                                                     : "a record is out of its order");
    *ret = (struct ledger_line){.text = line, .len = len, .seq = seq, .segment = r->segment,
                                .offset = r->base + r->at, .at = f[FIELD_AT],
                                .clock = f[FIELD_CLOCK], .kind = f[FIELD_KIND],
                                .phase = f[FIELD_PHASE]};
    r->at += len + 1;
    r->seq++;
    return seq >= r->wanted;
}

int ledger_reader_next(struct ledger_reader *r, struct ledger_line *ret)
{
    while (r->err == 0) {
        size_t len;
        if (r->next.first == FIRST_SEQ && r->next.seq == r->seq) {
            int e = leave_segment(r);
            if (e != 0)
                return fail(r, e, "the next segment can't be read");
            continue;
        }
        const char *line = line_here(r, &len);
        int e = line ? take_line(r, line, len, ret) : move_on(r);
        if (e < 0 && r->err == 0)
            return fail(r, e, e == SK_ERR_TAMPERED ? "records are missing between two segments, or "
                                                     "a line is too long"
                                                   : "the segment can't be read");
        if (e < 0)
            return e;
        if (line && e == 1)
            return 1;
        if (!line && e == 0)
            return 0;
    }
    return r->err;
}

void ledger_reader_place(const struct ledger_reader *r, struct ledger_place *ret,
                         uint64_t *ret_torn)
{
    *ret = (struct ledger_place){.seq = r->seq, .segment = r->segment,
                                 .offset = r->base + r->at, .what = r->what};
    if (ret_torn)
        *ret_torn = r->have - r->at;
}

bool ledger_reader_leftover(const struct ledger_reader *r, size_t index,
                            struct ledger_leftover *ret)
{
    if (index >= r->leftover_count)
        return false;
    *ret = r->leftovers[index];
    return true;
}

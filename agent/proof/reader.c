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
#include "base/str.h"

#define READ_STEP     ((size_t)1024 * 1024) /* bytes asked for at a time */
#define LEFTOVERS_MAX 256                   /* segments with leftovers */

static const char bad_segment[] = N_("a segment can't be unpacked, or is larger than one may be");

enum first { FIRST_NONE, FIRST_SEQ, FIRST_BAD, FIRST_DAMAGED };

/* What a segment begins with. */
struct beginning {
    enum first first;
    uint64_t seq;
    uint32_t segment;
};

struct ledger_reader {
    int dir;
    struct segment *file, *ahead; /* ahead: of next.segment, NULL = not opened yet */
    uint32_t segment;
    uint64_t base;   /* offset in the segment of data[0] */
    char *data;      /* READ_STEP + SK_RECORD_MAX bytes */
    size_t at, have; /* in data */
    uint64_t seq;    /* expected next */
    uint64_t wanted; /* lines before this one are not given out */
    bool show_elided;
    struct elide_run elided; /* of the last line given out */
    bool form;               /* what is wrong is the form of a line */
    struct beginning next; /* of the next segment that has anything in it */
    int err;
    const char *what;
    struct ledger_leftover leftovers[LEFTOVERS_MAX];
    size_t leftover_count;
};

enum { FIELD_AREA, FIELD_AT, FIELD_CASE, FIELD_CLOCK, FIELD_CONTRACT, FIELD_ELIDED, FIELD_KIND,
       FIELD_PHASE, FIELD_SEQ, FIELD_SERIES, FIELD_COUNT };

/* An elided line has that one member, and begins with the first number that it stands for. */
static int scan_elided(const char *line, size_t len, const struct scan_field *f,
                       struct elide_run *ret)
{
    static const char before[] = "{\"elided\":";
    if (f->value != line + sizeof before - 1 || f->len != len - sizeof before)
        return SK_ERR_FORMAT;
    return elide_read(f->value, f->len, ret);
}

static int scan_line(const char *line, size_t len, struct scan_field f[static FIELD_COUNT],
                     struct elide_run *ret_elided, uint64_t *ret_seq)
{
    static const char *const keys[FIELD_COUNT] = {"area",   "at",   "case",  "clock", "contract",
                                                  "elided", "kind", "phase", "seq",   "series"};
    for (size_t i = 0; i < FIELD_COUNT; i++)
        f[i].key = keys[i];
    int r = scan_record(line, len, f, FIELD_COUNT, NULL);
    if (r == 0 && !f[FIELD_ELIDED].value)
        r = scan_number(&f[FIELD_SEQ], ret_seq);
    if (r != 0 || !f[FIELD_ELIDED].value)
        return r == 0 && *ret_seq >= TREE_SIZE_MAX ? SK_ERR_FORMAT : r;
    r = scan_elided(line, len, &f[FIELD_ELIDED], ret_elided);
    if (r == 0)
        *ret_seq = ret_elided->from;
    return r;
}

/* The first line of one segment. 0 or -errno (-ENOENT: there is no such segment). */
static int look_at(int dir, uint32_t segment, struct beginning *ret)
{
    autofree char *data = malloc(SK_RECORD_MAX);
    enum segment_form form;
    ssize_t n = data ? segment_head(dir, segment, data, SK_RECORD_MAX, &form) : -ENOMEM;
    *ret = (struct beginning){.segment = segment, .first = n < 0 ? FIRST_DAMAGED : FIRST_BAD};
    if (n < 0)
        return n == SK_ERR_FORMAT ? 0 : (int)n;
    struct scan_field fields[FIELD_COUNT];
    struct elide_run elided;
    const char *end = memchr(data, '\n', (size_t)n);
    if (n == 0 || data[0] == '\0')
        ret->first = FIRST_NONE;
    else if (end && scan_line(data, (size_t)(end - data), fields, &elided, &ret->seq) == 0)
        ret->first = FIRST_SEQ;
    return 0;
}

int ledger_segment_first(const char *folder, uint32_t segment, uint64_t *ret_seq)
{
    struct beginning b;
    autoclose int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = dir < 0 ? -errno : look_at(dir, segment, &b);
    if (r != 0)
        return r;
    if (b.first != FIRST_SEQ)
        return b.first == FIRST_NONE ? SK_ERR_NOT_FOUND : SK_ERR_FORMAT;
    *ret_seq = b.seq;
    return 0;
}

/* Open it for reading; one that can't be read as a segment is damaged, whatever it begins with. */
static int open_ahead(struct ledger_reader *r)
{
    int e = segment_open_whole(r->dir, r->next.segment, &r->ahead);
    if (e == SK_ERR_FORMAT || e == SK_ERR_LIMIT) {
        r->next.first = FIRST_DAMAGED;
        return 0;
    }
    return e;
}

/* The next segment behind the current one that holds anything. */
static int look_ahead(struct ledger_reader *r)
{
    r->next = (struct beginning){0};
    segment_close(&r->ahead);
    for (uint32_t i = r->segment + 1; i < LEDGER_SEGMENTS_MAX; i++) {
        struct beginning b;
        int e = look_at(r->dir, i, &b);
        if (e == -ENOENT)
            return 0;
        if (e != 0)
            return e;
        r->next = b;
        e = open_ahead(r); /* nothing in it counts only for one that may be */
        if (e != 0 || r->next.first != FIRST_NONE)
            return e;
        segment_close(&r->ahead);
    }
    return 0;
}

static int fail(struct ledger_reader *r, int code, const char *what)
{
    r->err = code;
    r->what = what;
    return code;
}

static int enter_segment(struct ledger_reader *r, uint32_t segment)
{
    struct segment *file = steal_ptr(&r->ahead);
    int e = file ? 0 : segment_open_whole(r->dir, segment, &file);
    if (e != 0 && e != SK_ERR_FORMAT && e != SK_ERR_LIMIT)
        return e;
    segment_close(&r->file);
    r->file = file;
    r->segment = segment;
    r->base = 0;
    r->at = r->have = 0;
    return e == 0 ? look_ahead(r) : fail(r, SK_ERR_TAMPERED, bad_segment);
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

static int open_folder(const char *folder, struct ledger_reader **ret)
{
    struct ledger_reader *r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    r->what = "";
    r->data = malloc(READ_STEP + SK_RECORD_MAX);
    r->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int e = !r->data ? -ENOMEM : r->dir < 0 ? -errno : 0;
    if (e != 0)
        ledger_reader_close(&r);
    else
        *ret = r;
    return e;
}

/* With an archive that is none the reader opens, and says so when it is read. */
static int begin(struct ledger_reader *r, int code, struct ledger_reader **ret)
{
    if (code != 0 && r->err == 0)
        ledger_reader_close(&r);
    else
        *ret = r;
    return r ? 0 : code;
}

int ledger_reader_open(const char *folder, uint64_t from_seq, struct ledger_reader **ret)
{
    struct ledger_reader *r = NULL;
    int e = open_folder(folder, &r);
    if (e != 0)
        return e;
    r->wanted = from_seq;
    return begin(r, from_seq > 0 ? find_segment(r) : enter_segment(r, 0), ret);
}

int ledger_reader_open_at(const char *folder, uint32_t segment, uint64_t offset, uint64_t seq,
                          struct ledger_reader **ret)
{
    struct ledger_reader *r = NULL;
    int e = open_folder(folder, &r);
    if (e != 0)
        return e;
    r->seq = r->wanted = seq;
    e = enter_segment(r, segment);
    r->base = offset;
    return begin(r, e, ret);
}

void ledger_reader_show_elided(struct ledger_reader *r)
{
    r->show_elided = true;
}

void ledger_reader_close(struct ledger_reader **r)
{
    if (!*r)
        return;
    segment_close(&(*r)->file);
    segment_close(&(*r)->ahead);
    clean_close(&(*r)->dir);
    free((*r)->data);
    free(*r);
    *r = NULL;
}

/* Go to the next segment; what is left of this one does not belong to the ledger. */
static int leave_segment(struct ledger_reader *r)
{
    uint64_t offset = r->base + r->at, bytes;
    int e = segment_bytes(r->file, &bytes);
    if (e != 0)
        return e;
    if (bytes > offset) {
        if (r->leftover_count == LEFTOVERS_MAX)
            return fail(r, SK_ERR_TAMPERED, N_("too many segments end before their end"));
        r->leftovers[r->leftover_count++] = (struct ledger_leftover){
            .segment = r->segment, .offset = offset, .bytes = bytes - offset,
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
    ssize_t n = segment_read(r->file, r->data, READ_STEP + SK_RECORD_MAX, r->base);
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
    if (r->next.first == FIRST_DAMAGED)
        return fail(r, SK_ERR_TAMPERED, bad_segment);
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
    r->form = scan_line(line, len, f, &r->elided, &seq) != 0;
    if (r->form)
        return fail(r, SK_ERR_TAMPERED, N_("the line does not have the form of a record"));
    if (seq != r->seq)
        return fail(r, SK_ERR_TAMPERED, seq > r->seq ? N_("records are missing here")
                                                     : N_("a record is out of its order"));
    *ret = (struct ledger_line){.text = line, .len = len, .seq = seq, .segment = r->segment,
                                .offset = r->base + r->at,
                                .form = segment_form_of(r->file), .at = f[FIELD_AT],
                                .clock = f[FIELD_CLOCK], .kind = f[FIELD_KIND],
                                .phase = f[FIELD_PHASE], .series = f[FIELD_SERIES],
                                .area = f[FIELD_AREA], .case_id = f[FIELD_CASE],
                                .contract = f[FIELD_CONTRACT],
                                .elided = f[FIELD_ELIDED].value ? &r->elided : NULL};
    r->at += len + 1;
    r->seq = ret->elided ? r->elided.next : seq + 1;
    return ret->elided ? r->show_elided && r->seq > r->wanted : seq >= r->wanted;
}

int ledger_reader_next(struct ledger_reader *r, struct ledger_line *ret)
{
    while (r->err == 0) {
        size_t len;
        if (r->next.first == FIRST_SEQ && r->next.seq == r->seq) {
            int e = leave_segment(r);
            if (e != 0)
                return r->err ? e : fail(r, e, N_("the next segment can't be read"));
            continue;
        }
        const char *line = line_here(r, &len);
        int e = line ? take_line(r, line, len, ret) : move_on(r);
        if (e == SK_ERR_FORMAT)
            return fail(r, SK_ERR_TAMPERED, bad_segment);
        if (e < 0 && r->err == 0)
            return fail(r, e, e == SK_ERR_TAMPERED ? N_("records are missing between two segments, or "
                                                        "a line is too long")
                                                   : N_("the segment can't be read"));
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

bool ledger_reader_is_form(const struct ledger_reader *r)
{
    return r->form || r->what == bad_segment;
}

bool ledger_reader_leftover(const struct ledger_reader *r, size_t index,
                            struct ledger_leftover *ret)
{
    if (index >= r->leftover_count)
        return false;
    *ret = r->leftovers[index];
    return true;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* search.c owns the index of one reader: whether it may be used, bringing it up to date, and reading
 * hits back. It must never give out bytes that are not in the ledger as they were verified. */
#include "search/search.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/str.h"
#include "record/scan.h"
#include "search/build.h"
#include "search/query.h"
#include "search/state.h"

#define PATH_CAP  4096 /* bytes with NUL */
#define NAME_CAP  64   /* bytes with NUL */
#define FILE_MODE 0600
#define DIR_MODE  0700

struct search {
    int ledger, cache, lock;
    char path[PATH_CAP]; /* of the index file */
    char name[NAME_CAP], note[NAME_CAP];
    struct state state;
    struct builder builder; /* its waiting lines are those behind the last checkpoint */
    sqlite3 *db;
    struct segment *segment;
    uint32_t segment_number;
    uint64_t bad;
};

uint64_t search_bad(const struct search *s)
{
    return s->bad;
}

void search_close(struct search **s)
{
    if (!*s)
        return;
    builder_clear(&(*s)->builder);
    db_close(&(*s)->db);
    segment_close(&(*s)->segment);
    clean_close(&(*s)->ledger);
    clean_close(&(*s)->cache);
    clean_close(&(*s)->lock);
    free(*s);
    *s = NULL;
}

/* The folder of the index: made when it is not there; nobody but the caller may write in it. */
static int open_cache(struct search *s, const char *folder)
{
    struct stat st;
    if (mkdir(folder, DIR_MODE) != 0 && errno != EEXIST)
        return -errno;
    s->cache = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (s->cache < 0 || fstat(s->cache, &st) != 0)
        return -errno;
    return st.st_uid != geteuid() || (st.st_mode & 022) ? SK_ERR_PEER : 0;
}

/* One index for each enrolment line and place of a ledger. */
static int name_files(struct search *s, const struct search_config *c)
{
    char vkey[NOTE_VKEY_CAP], hex[DIGEST_HEX_CAP];
    uint8_t digest[DIGEST_LEN];
    autobuf struct buf about = {0};
    autofree char *ledger = realpath(c->ledger, NULL), *cache = realpath(c->cache, NULL);
    if (!ledger || !cache)
        return -errno;
    int r = note_vkey_format(c->enrolment, vkey);
    buf_printf(&about, "%s\n%s", vkey, ledger);
    if (r == 0)
        r = about.err ? about.err : digest_of(about.data, about.len, digest);
    if (r != 0)
        return r;
    digest_hex(hex, digest);
    snprintf(s->name, sizeof s->name, "ledger-%.24s.sqlite", hex);
    snprintf(s->note, sizeof s->note, "ledger-%.24s.note", hex);
    int n = snprintf(s->path, sizeof s->path, "%s/%s", cache, s->name);
    return n < (int)sizeof s->path ? 0 : SK_ERR_LIMIT;
}

static int take_lock(struct search *s)
{
    char name[NAME_CAP + 8];
    snprintf(name, sizeof name, "%s.lock", s->name);
    s->lock = openat(s->cache, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    return s->lock < 0 || flock(s->lock, LOCK_EX) != 0 ? -errno : 0;
}

/* The size and root in the checkpoint that ends at `end` in the file of checkpoints (UINT64_MAX: the
 * last one). Its signature is not looked at. 0 or a negative code. */
static int read_checkpoint(int ledger, const char *origin, uint64_t end, struct checkpoint *ret)
{
    char text[NOTE_MAX + 1], first[NOTE_NAME_CAP + 1];
    struct stat st;
    struct checkpoint c;
    size_t len, from = 0;
    const char *line;
    autoclose int fd = openat(ledger, LEDGER_CHECKPOINTS, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) != 0)
        return -errno;
    if (end == UINT64_MAX)
        end = (uint64_t)st.st_size;
    uint64_t begin = end > NOTE_MAX ? end - NOTE_MAX : 0;
    ssize_t n = end > (uint64_t)st.st_size ? 0 : fd_pread_full(fd, text, (size_t)(end - begin), begin);
    snprintf(first, sizeof first, "%s\n", origin);
    for (size_t i = 0; n > 0 && i + strlen(first) <= (size_t)n; i++)
        if (memcmp(text + i, first, strlen(first)) == 0)
            from = i + strlen(first);
    if (from == 0)
        return n < 0 ? (int)n : SK_ERR_NOT_FOUND;
    struct cursor at;
    char size[24];
    cursor_init(&at, text + from, (size_t)n - from);
    if (!cursor_line(&at, &line, &len) || len >= sizeof size)
        return SK_ERR_FORMAT;
    memcpy(size, line, len);
    size[len] = '\0';
    if (str_to_u64(size, INT64_MAX, &c.size) != 0 || !cursor_line(&at, &line, &len) ||
        str_unbase64(line, len, c.root, sizeof c.root) != 0)
        return SK_ERR_FORMAT;
    *ret = c;
    return 0;
}

/* Is the ledger still the one that the note speaks of? */
static bool fits_ledger(const struct search *s)
{
    const struct proof_report *from = &s->state.from;
    struct checkpoint c;
    uint8_t root[DIGEST_LEN];
    autodigest struct digest *hash = NULL;
    return read_checkpoint(s->ledger, s->state.enrolment.name, from->notes_end, &c) == 0 &&
           digest_new(&hash) == 0 && tree_root(&from->sealed_tree, hash, root) == 0 &&
           c.size == from->sealed && memcmp(root, c.root, sizeof root) == 0;
}

/* Read the note; why the index can't be used, or NULL when it can. */
static const char *look_at_index(struct search *s, const struct search_config *c)
{
    struct stat st;
    autobuf struct buf note = {0};
    if (fstatat(s->cache, s->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return "";
    if (file_read_plain(s->cache, s->note, STATE_MAX, &note) != 0 ||
        state_read(note.data ? note.data : "", note.len, &s->state) != 0)
        return "the note about the index is not there or not sound";
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || !state_is_file(&s->state, &st))
        return "the index was altered by somebody else, or is not finished";
    if (memcmp(s->state.enrolment.key, c->enrolment->key, NOTE_KEY_LEN) != 0 || !fits_ledger(s))
        return "the ledger is not the one that the index was made from";
    return NULL;
}

static int write_note(struct search *s, const struct search_config *c,
                      const struct proof_report *report)
{
    struct stat st;
    autobuf struct buf note = {0};
    if (fstatat(s->cache, s->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -errno;
    s->state.enrolment = *c->enrolment;
    s->state.from = *report;
    state_note_file(&s->state, &st);
    int r = state_write(&s->state, &note);
    return r == 0 ? file_write_atomic(s->cache, s->note, note.data, note.len, FILE_MODE) : r;
}

/* Verify from the note on (or from the start) and take in what is new. */
static int update(struct search *s, const struct search_config *c, bool fresh,
                  struct search_news *news)
{
    struct checkpoint last = {0};
    builder_clear(&s->builder);
    (void)!read_checkpoint(s->ledger, c->enrolment->name, UINT64_MAX, &last);
    s->builder = (struct builder){.path = s->path, .fresh = fresh, .resumed = !fresh,
                                  .progress = c->progress, .context = c->context,
                                  .total = last.size};
    const struct proof_options options = {.each = builder_line, .context = &s->builder,
                                          .resume = fresh ? NULL : &s->state.from};
    int r = proof_verify(c->ledger, c->enrolment, &options, &news->report);
    if (r == 0 && news->report.bad)
        return SK_ERR_TAMPERED;
    if (r == 0)
        r = builder_finish(&s->builder, news->report.sealed);
    news->added = s->builder.added;
    bool touched = s->builder.db != NULL;
    db_finalize(&s->builder.record);
    db_finalize(&s->builder.more);
    words_close(&s->builder.words);
    digest_free(&s->builder.hash);
    db_close(&s->builder.db);
    return r == 0 && touched ? write_note(s, c, &news->report) : r;
}

static void drop_index(struct search *s)
{
    char name[NAME_CAP + 16];
    static const char *const others[] = {"", "-journal", "-wal", "-shm"};
    for (size_t i = 0; i < array_count(others); i++) {
        snprintf(name, sizeof name, "%s%s", s->name, others[i]);
        (void)!unlinkat(s->cache, name, 0);
    }
    (void)!unlinkat(s->cache, s->note, 0);
    memset(&s->state, 0, sizeof s->state);
}

/* As it is, if it can be; else from nothing. */
static int bring_up(struct search *s, const struct search_config *c, struct search_news *news)
{
    news->why = c->rebuild ? "" : look_at_index(s, c);
    if (!news->why) {
        int r = update(s, c, false, news);
        if (r != SK_ERR_STATE && r != SK_ERR_TAMPERED)
            return r;
        news->why = r == SK_ERR_STATE ? "the index can't be continued"
                                      : "what follows does not verify behind it";
    }
    news->built = true;
    drop_index(s);
    int r = update(s, c, true, news);
    if (r != 0)
        drop_index(s);
    return r;
}

static int open_all(struct search *s, const struct search_config *c, struct search_news *news)
{
    s->ledger = open(c->ledger, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = s->ledger < 0 ? -errno : open_cache(s, c->cache);
    if (r == 0)
        r = name_files(s, c);
    if (r == 0)
        r = take_lock(s);
    if (r == 0)
        r = bring_up(s, c, news);
    if (r == 0 && s->state.from.sealed > 0)
        r = db_open(s->path, false, &s->db);
    return r == 0 ? digest_new(&s->builder.hash) : r;
}

int search_open(const struct search_config *config, struct search **ret,
                struct search_news *ret_news)
{
    struct search *s = calloc(1, sizeof *s);
    memset(ret_news, 0, sizeof *ret_news);
    if (!s)
        return -ENOMEM;
    s->ledger = s->cache = s->lock = -1;
    int r = open_all(s, config, ret_news);
    if (r != 0)
        search_close(&s);
    else
        *ret = s;
    return r;
}

bool search_fits(const struct search_query *q, const struct facts *f)
{
    const struct {
        const char *wanted;
        const struct fact *is;
    } same[] = {{q->area, &f->area}, {q->kind, &f->kind}, {q->contract, &f->contract},
                {q->case_id, &f->case_id}};
    for (size_t i = 0; i < array_count(same); i++)
        if (same[i].wanted && *same[i].wanted && !fact_is(same[i].is, same[i].wanted))
            return false;
    int64_t at = time_number(f->at.text, f->at.len);
    if ((q->since && *q->since && at < time_number(q->since, strlen(q->since))) ||
        (q->until && *q->until && (at < 0 || at > time_number(q->until, strlen(q->until)))))
        return false;
    return (!q->person || !*q->person || facts_are_of(f, q->person)) &&
           (!q->file || !*q->file || facts_name_file(f, q->file)) &&
           (!q->text || !*q->text || facts_hold(f, q->text));
}

/* The line of a row out of the ledger, and whether it is what was verified. buffer holds it. */
static int read_line(struct search *s, const struct row *row, struct buf *buffer)
{
    uint8_t hash[DB_HASH_LEN];
    struct scan_field seq = {.key = "seq"};
    uint64_t number;
    size_t before = row->offset > 0; /* a newline ends the line before */
    if (!s->segment || s->segment_number != row->segment) {
        segment_close(&s->segment);
        int r = segment_open(s->ledger, row->segment, &s->segment);
        if (r != 0)
            return r == -ENOMEM ? r : SK_ERR_TAMPERED;
        s->segment_number = row->segment;
    }
    buf_reset(buffer);
    size_t want = before + row->bytes + 1;
    char *to = buf_room(buffer, want);
    if (!to)
        return buffer->err;
    ssize_t n = segment_read(s->segment, to, want, row->offset - before);
    if (n != (ssize_t)want || (before && to[0] != '\n') || to[want - 1] != '\n')
        return SK_ERR_TAMPERED;
    const char *line = to + before;
    int r = line_hash(s->builder.hash, line, row->bytes, hash);
    if (r != 0)
        return r;
    if (memcmp(hash, row->hash, sizeof hash) != 0 ||
        scan_record(line, row->bytes, &seq, 1, NULL) != 0 || scan_number(&seq, &number) != 0 ||
        number != row->seq)
        return SK_ERR_TAMPERED;
    return 0;
}

static int give_rows(struct search *s, const struct search_query *q, const struct row *rows,
                     size_t count, int (*each)(void *, const struct search_hit *), void *context)
{
    autobuf struct buf buffer = {0};
    autofacts struct facts facts = {0};
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        r = read_line(s, &rows[i], &buffer);
        if (r != 0) {
            s->bad = rows[i].seq;
            return r;
        }
        const char *line = buffer.data + (rows[i].offset > 0);
        r = facts_read(line, rows[i].bytes, &facts);
        if (r == 0 && search_fits(q, &facts))
            r = each(context, &(struct search_hit){line, rows[i].bytes, rows[i].seq});
    }
    return r;
}

/* The lines behind the last checkpoint that fit: their places in builder.lines. */
static int find_waiting(struct search *s, const struct search_query *q, size_t *places,
                        size_t *ret_count)
{
    autofacts struct facts facts = {0};
    for (size_t i = 0; i < s->builder.count; i++) {
        const struct pending *p = &s->builder.lines[i];
        int r = facts_read(s->builder.text.data + p->at, p->len, &facts);
        if (r != 0)
            return r;
        if (search_fits(q, &facts))
            places[(*ret_count)++] = i;
    }
    return 0;
}

static int give_waiting(struct search *s, const size_t *places, size_t count,
                        int (*each)(void *, const struct search_hit *), void *context)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        const struct pending *p = &s->builder.lines[places[i]];
        r = each(context, &(struct search_hit){s->builder.text.data + p->at, p->len, p->seq});
    }
    return r;
}

int search_run(struct search *s, const struct search_query *query,
               int (*each)(void *context, const struct search_hit *hit), void *context)
{
    autofree struct row *rows = NULL;
    autofree size_t *places = calloc(s->builder.count + 1, sizeof *places);
    size_t count = 0, waiting = 0, skip = 0;
    if (!places)
        return -ENOMEM;
    int r = find_waiting(s, query, places, &waiting);
    if (r == 0 && s->db)
        r = query_rows(s->db, query, &rows, &count);
    if (r != 0)
        return r;
    uint64_t limit = query->limit ? query->limit : UINT64_MAX;
    if (waiting > limit) {
        skip = waiting - (size_t)limit;
        waiting = (size_t)limit;
    }
    size_t first = count > limit - waiting ? count - (size_t)(limit - waiting) : 0;
    if (count > 0)
        r = give_rows(s, query, rows + first, count - first, each, context);
    return r == 0 ? give_waiting(s, places + skip, waiting, each, context) : r;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build.c owns the way from verified lines to rows. It must never put in a line whose checkpoint was
 * not verified. */
#include "search/build.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/record.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "proof/tree.h"

#define PROGRESS_EACH 4096 /* lines between two words on progress */

enum column { COLUMN_SEQ = 1, COLUMN_AT, COLUMN_SEGMENT, COLUMN_OFFSET, COLUMN_BYTES, COLUMN_HASH,
              COLUMN_WHO, COLUMN_AREA, COLUMN_KIND, COLUMN_CONTRACT, COLUMN_CASE, COLUMN_FILE,
              COLUMN_REST };

int64_t time_number(const char *at, size_t len)
{
    static const char form[] = "0000-00-00T00:00:00.000Z";
    int64_t n = 0;
    if (!at || len != sizeof form - 1)
        return -1;
    for (size_t i = 0; i < len; i++) {
        bool digit = at[i] >= '0' && at[i] <= '9';
        if (form[i] == '0' ? !digit : at[i] != form[i])
            return -1;
        if (digit)
            n = 10 * n + (at[i] - '0');
    }
    return n;
}

int line_hash(struct digest *hash, const char *line, size_t len, uint8_t ret[static DB_HASH_LEN])
{
    uint8_t leaf[DIGEST_LEN];
    int r = tree_leaf(hash, line, len, leaf);
    if (r == 0)
        memcpy(ret, leaf, DB_HASH_LEN);
    return r;
}

void builder_clear(struct builder *b)
{
    db_finalize(&b->record);
    db_finalize(&b->more);
    words_close(&b->words);
    db_close(&b->db);
    digest_free(&b->hash);
    facts_free(&b->facts);
    buf_free(&b->text);
    free(b->lines);
    b->lines = NULL;
    b->count = 0;
}

static int last_word(sqlite3 *db, int64_t *ret)
{
    autostatement sqlite3_stmt *s = NULL;
    int r = db_prepare(db, "SELECT coalesce(max(id), 0) FROM word", &s);
    if (r == 0 && sqlite3_step(s) != SQLITE_ROW)
        r = SK_ERR_STATE;
    if (r == 0)
        *ret = sqlite3_column_int64(s, 0);
    return r;
}

static int open_index(struct builder *b)
{
    if (b->fresh) { /* SQLite would make it for everybody to read */
        autoclose int fd = open(b->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
            return -errno;
    }
    int r = db_open(b->path, true, &b->db);
    if (r == 0)
        r = db_exec(b->db, "BEGIN");
    if (r == 0 && b->fresh)
        r = db_create(b->db);
    if (r == 0)
        r = last_word(b->db, &b->words_before);
    if (r == 0)
        r = words_open(b->db, b->fresh, &b->words);
    if (r == 0)
        r = db_prepare(b->db, "INSERT INTO record VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)", &b->record);
    if (r == 0)
        r = db_prepare(b->db, "INSERT OR IGNORE INTO more(file, seq) VALUES(?, ?)", &b->more);
    if (r == 0)
        r = digest_new(&b->hash);
    return r;
}

static int bind_word(struct builder *b, enum column column, enum word_type type,
                     const struct fact *text)
{
    int64_t number;
    int r = words_number(b->words, type, text, &number);
    db_bind_id(b->record, (int)column, number);
    return r;
}

static int bind_words(struct builder *b)
{
    const struct facts *f = &b->facts;
    const struct fact none = {0}, rest = {f->rest.len ? f->rest.data : NULL, f->rest.len};
    int64_t who;
    int r = words_person(b->words, f, &who);
    db_bind_id(b->record, COLUMN_WHO, who);
    if (r == 0)
        r = bind_word(b, COLUMN_AREA, WORD_AREA, &f->area);
    if (r == 0)
        r = bind_word(b, COLUMN_KIND, WORD_KIND, &f->kind);
    if (r == 0)
        r = bind_word(b, COLUMN_CONTRACT, WORD_CONTRACT, &f->contract);
    if (r == 0)
        r = bind_word(b, COLUMN_CASE, WORD_CASE, &f->case_id);
    if (r == 0)
        r = bind_word(b, COLUMN_FILE, WORD_FILE, f->file_count ? &f->files[0] : &none);
    return r == 0 ? bind_word(b, COLUMN_REST, WORD_REST, &rest) : r;
}

static int add_further_files(struct builder *b, uint64_t seq)
{
    int r = 0;
    for (size_t i = 1; r == 0 && i < b->facts.file_count; i++) {
        int64_t number;
        r = words_number(b->words, WORD_FILE, &b->facts.files[i], &number);
        if (r != 0)
            return r;
        (void)sqlite3_bind_int64(b->more, 1, number);
        (void)sqlite3_bind_int64(b->more, 2, (sqlite3_int64)seq);
        r = db_run(b->more);
    }
    return r;
}

static int add_line(struct builder *b, const struct pending *p)
{
    uint8_t hash[DB_HASH_LEN];
    const char *line = b->text.data + p->at;
    int r = facts_read(line, p->len, &b->facts);
    if (r == 0)
        r = line_hash(b->hash, line, p->len, hash);
    if (r != 0)
        return r;
    int64_t at = time_number(b->facts.at.text, b->facts.at.len);
    (void)sqlite3_bind_int64(b->record, COLUMN_SEQ, (sqlite3_int64)p->seq);
    (void)(at < 0 ? sqlite3_bind_null(b->record, COLUMN_AT)
                  : sqlite3_bind_int64(b->record, COLUMN_AT, at));
    (void)sqlite3_bind_int64(b->record, COLUMN_SEGMENT, p->segment);
    (void)sqlite3_bind_int64(b->record, COLUMN_OFFSET, (sqlite3_int64)p->offset);
    (void)sqlite3_bind_int64(b->record, COLUMN_BYTES, (sqlite3_int64)p->len);
    (void)sqlite3_bind_blob(b->record, COLUMN_HASH, hash, sizeof hash, SQLITE_STATIC);
    r = bind_words(b);
    if (r == 0)
        r = db_run(b->record);
    if (r == 0)
        r = add_further_files(b, p->seq);
    b->added += r == 0;
    return r;
}

/* Take in the first of the waiting lines, up to number sealed; the others move up. */
static int take_in(struct builder *b, uint64_t sealed)
{
    size_t n = 0;
    int r = 0;
    while (n < b->count && b->lines[n].seq < sealed)
        n++;
    if (n == 0)
        return 0;
    if (!b->db)
        r = open_index(b);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = add_line(b, &b->lines[i]);
    if (n == b->count) {
        b->count = 0;
        buf_reset(&b->text);
        return r;
    }
    memmove(b->lines, b->lines + n, (b->count - n) * sizeof *b->lines);
    b->count -= n; /* their text stays where it is */
    return r;
}

static int keep(struct builder *b, const struct ledger_line *line)
{
    if (!b->lines)
        b->lines = calloc(PENDING_MAX, sizeof *b->lines);
    if (!b->lines)
        return -ENOMEM;
    if (b->count == PENDING_MAX)
        return SK_ERR_LIMIT;
    b->lines[b->count++] = (struct pending){.seq = line->seq, .offset = line->offset,
                                            .segment = line->segment, .at = b->text.len,
                                            .len = line->len};
    buf_put(&b->text, line->text, line->len);
    return b->text.err;
}

int builder_line(void *context, const struct ledger_line *line)
{
    struct builder *b = context;
    if (line->elided)
        return 0;
    if (b->resumed && scan_is(&line->kind, SK_KIND_REMOVAL))
        return SK_ERR_STATE; /* lines lie elsewhere now */
    int r = b->seal ? take_in(b, line->seq) : 0;
    if (r == 0)
        r = keep(b, line);
    b->seal = scan_is(&line->kind, SK_KIND_SEAL);
    if (b->progress && line->seq % PROGRESS_EACH == 0 && line->seq < b->total)
        b->progress(b->context, line->seq, b->total);
    return r;
}

/* New words of files and of the rest into the text index. */
static int index_words(struct builder *b)
{
    autostatement sqlite3_stmt *s = NULL;
    int r = db_prepare(b->db, "INSERT INTO words(rowid, value) SELECT id, value FROM word "
                              "WHERE id > ? AND type IN (6, 7)", &s);
    _Static_assert(WORD_FILE == 6 && WORD_REST == 7, "as the statement says");
    if (r != 0)
        return r;
    (void)sqlite3_bind_int64(s, 1, b->words_before);
    return db_run(s);
}

int builder_finish(struct builder *b, uint64_t sealed)
{
    int r = take_in(b, sealed);
    if (r != 0 || !b->db)
        return r;
    r = index_words(b);
    if (r == 0 && b->fresh)
        r = db_finish(b->db);
    if (r == 0)
        r = db_exec(b->db, "COMMIT");
    if (b->progress)
        b->progress(b->context, b->total, b->total);
    return r;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query.c owns the SQL of a question. It must never put a text of the question into it: texts are
 * bound. */
#include "search/query.h"
#include <errno.h>
#include <inttypes.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "search/build.h"
#include "search/words.h"

#define TRIGRAMS_MAX 32 /* of a text; the rest of a longer one is compared only */

static bool given(const char *text)
{
    return text && *text;
}

static size_t character_len(const char *at)
{
    size_t n = 1;
    while (((unsigned char)at[n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* Every three characters in a row, as the text index has them; "" for a text of fewer. */
static void put_trigrams(struct buf *b, const char *text)
{
    unsigned count = 0;
    for (const char *at = text; *at && count < TRIGRAMS_MAX; at += character_len(at)) {
        size_t len = 0, characters = 0;
        for (; characters < 3 && at[len]; characters++)
            len += character_len(at + len);
        if (characters < 3)
            return;
        buf_puts(b, count++ ? " AND \"" : "\"");
        for (size_t i = 0; i < len; i++) {
            if (at[i] == '"')
                buf_putc(b, '"');
            buf_putc(b, at[i]);
        }
        buf_putc(b, '"');
    }
}

struct question {
    struct buf sql, match_file, match_text;
    bool nothing; /* a word that no record has */
    unsigned conditions;
};

static void put_condition(struct question *q, const char *format, ...) SK_PRINTF(2, 3);

static void put_condition(struct question *q, const char *format, ...)
{
    va_list ap;
    buf_puts(&q->sql, q->conditions++ ? " AND " : " WHERE ");
    va_start(ap, format);
    buf_vprintf(&q->sql, format, ap);
    va_end(ap);
}

/* The words of file and text first: "WITH file AS …, text AS …". */
static void put_with(struct question *q, const char *name, const char *text, const char *types,
                     struct buf *match)
{
    if (!given(text))
        return;
    put_trigrams(match, text);
    buf_printf(&q->sql, "%s%s AS MATERIALIZED (SELECT id FROM word WHERE ",
               q->sql.len ? ", " : "WITH ", name);
    if (match->len)
        buf_printf(&q->sql, "id IN (SELECT rowid FROM words WHERE words MATCH :match_%s) AND ",
                   name);
    buf_printf(&q->sql, "type IN %s AND instr(value, :%s) > 0)", types, name);
}

static int put_word(struct question *q, struct words *words, enum word_type type,
                    const char *column, const char *text)
{
    int64_t number;
    if (!given(text))
        return 0;
    int r = words_find(words, type, text, &number);
    if (r == SK_ERR_NOT_FOUND)
        q->nothing = true;
    else if (r == 0)
        put_condition(q, "%s = %" PRId64, column, number);
    return r == SK_ERR_NOT_FOUND ? 0 : r;
}

static int put_words(struct question *q, sqlite3 *db, const struct search_query *s)
{
    struct words *words = NULL;
    if (!given(s->case_id) && !given(s->kind) && !given(s->area) && !given(s->contract))
        return 0;
    int r = words_open(db, false, &words);
    /* what picks fewest records comes by its index, the others only compare: their + says so */
    bool narrow = given(s->person) || given(s->case_id) || given(s->file) || given(s->text);
    if (r == 0)
        r = put_word(q, words, WORD_CASE, "cases", s->case_id);
    if (r == 0)
        r = put_word(q, words, WORD_KIND, narrow ? "+kind" : "kind", s->kind);
    if (r == 0)
        r = put_word(q, words, WORD_AREA, "+area", s->area);
    if (r == 0)
        r = put_word(q, words, WORD_CONTRACT, "+contract", s->contract);
    words_close(&words);
    return r;
}

static int put_conditions(struct question *q, sqlite3 *db, const struct search_query *s)
{
    int r = put_words(q, db, s);
    if (given(s->person))
        put_condition(q, "who IN (SELECT word FROM who WHERE id = :person OR login = :person OR "
                         "name = :person OR uid = :uid)");
    if (given(s->file))
        put_condition(q, "seq IN (SELECT seq FROM record WHERE file IN file UNION SELECT seq FROM "
                         "more WHERE file IN file)");
    if (given(s->text))
        put_condition(q, "seq IN (SELECT seq FROM record WHERE rest IN text UNION SELECT seq FROM "
                         "record WHERE file IN text UNION SELECT seq FROM more WHERE file IN text)");
    if (given(s->since))
        put_condition(q, "at >= %" PRId64, time_number(s->since, strlen(s->since)));
    if (given(s->until))
        put_condition(q, "at <= %" PRId64, time_number(s->until, strlen(s->until)));
    return r;
}

static void bind_named(sqlite3_stmt *s, const char *name, const char *text)
{
    int at = sqlite3_bind_parameter_index(s, name);
    if (at > 0 && text)
        db_bind_text(s, at, text, strlen(text));
}

static void bind(sqlite3_stmt *s, const struct search_query *q, const struct question *question)
{
    uint64_t uid;
    int at = sqlite3_bind_parameter_index(s, ":uid");
    if (at > 0 && str_to_u64(q->person, UINT32_MAX, &uid) == 0)
        (void)sqlite3_bind_int64(s, at, (sqlite3_int64)uid);
    bind_named(s, ":person", q->person);
    bind_named(s, ":file", q->file);
    bind_named(s, ":text", q->text);
    bind_named(s, ":match_file", question->match_file.data);
    bind_named(s, ":match_text", question->match_text.data);
}

/* One row, if it can be one. */
static int read_row(sqlite3_stmt *s, struct row *ret)
{
    int64_t seq = sqlite3_column_int64(s, 0), segment = sqlite3_column_int64(s, 1);
    int64_t offset = sqlite3_column_int64(s, 2), bytes = sqlite3_column_int64(s, 3);
    const void *hash = sqlite3_column_blob(s, 4);
    if (seq < 0 || segment < 0 || segment >= (int64_t)LEDGER_SEGMENTS_MAX || offset < 0 ||
        offset >= (int64_t)SEGMENT_BYTES || bytes <= 0 || bytes >= SK_RECORD_MAX || !hash ||
        sqlite3_column_bytes(s, 4) != DB_HASH_LEN)
        return SK_ERR_STATE;
    *ret = (struct row){.seq = (uint64_t)seq, .segment = (uint32_t)segment,
                        .offset = (uint64_t)offset, .bytes = (size_t)bytes};
    memcpy(ret->hash, hash, DB_HASH_LEN);
    return 0;
}

static int read_rows(sqlite3_stmt *s, struct row **rows, size_t *ret_count)
{
    size_t cap = 0;
    int r;
    while ((r = sqlite3_step(s)) == SQLITE_ROW) {
        if (*ret_count == cap) {
            cap = cap ? 2 * cap : 128;
            struct row *more = reallocarray(*rows, cap, sizeof *more);
            if (!more)
                return -ENOMEM;
            *rows = more;
        }
        struct row *row = &(*rows)[*ret_count];
        if (read_row(s, row) != 0)
            return SK_ERR_STATE;
        ++*ret_count;
    }
    return db_code(r);
}

static int by_seq(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int ask(sqlite3 *db, struct question *question, const struct search_query *q,
               struct row **ret, size_t *ret_count)
{
    autostatement sqlite3_stmt *s = NULL;
    put_with(question, "file", q->file, "(6)", &question->match_file);
    put_with(question, "text", q->text, "(6, 7)", &question->match_text);
    buf_puts(&question->sql, question->sql.len ? " " : "");
    buf_puts(&question->sql, "SELECT seq, segment, offset, bytes, hash FROM record");
    int r = put_conditions(question, db, q);
    if (r != 0 || question->nothing)
        return r;
    if (q->limit)
        buf_printf(&question->sql, " ORDER BY seq DESC LIMIT %" PRIu64, q->limit);
    if (question->sql.err || question->match_file.err || question->match_text.err)
        return -ENOMEM;
    r = db_prepare(db, question->sql.data, &s);
    if (r != 0)
        return r;
    bind(s, q, question);
    r = read_rows(s, ret, ret_count);
    if (r == 0 && *ret_count > 0)
        qsort(*ret, *ret_count, sizeof **ret, by_seq);
    return r;
}

int query_rows(sqlite3 *db, const struct search_query *q, struct row **ret, size_t *ret_count)
{
    struct question question = {0};
    struct row *rows = NULL;
    size_t count = 0;
    int r = ask(db, &question, q, &rows, &count);
    buf_free(&question.sql);
    buf_free(&question.match_file);
    buf_free(&question.match_text);
    if (r != 0) {
        free(rows);
        return r;
    }
    *ret = rows;
    *ret_count = count;
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words.c owns the numbers of texts. It must never give two texts one number. */
#include "search/words.h"
#include <errno.h>
#include <inttypes.h>
#include <sekisho/err.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_FIRST 4096u              /* places */
#define TABLE_MAX   ((size_t)1 << 23)  /* places: 256 MiB; what finds no place is asked for each time */

/* What is known of a text: a keyed digest that nobody can foresee stands for it. */
struct known {
    uint8_t digest[crypto_shorthash_siphashx24_BYTES];
    int64_t number; /* 0 = an empty place */
};

struct words {
    sqlite3 *db;
    sqlite3_stmt *find, *add, *add_who;
    uint8_t key[crypto_shorthash_siphashx24_KEYBYTES];
    struct known *table; /* open addressing, at most half full */
    size_t places, used;
    bool all; /* every text of the database is in it */
};

static int prepare(struct words *w)
{
    int r = db_prepare(w->db, "SELECT id FROM word WHERE digest=? AND type=? AND value=?", &w->find);
    if (r != 0 || sqlite3_db_readonly(w->db, "main"))
        return r;
    r = db_prepare(w->db, "INSERT INTO word(digest, type, value) VALUES(?, ?, ?)", &w->add);
    if (r == 0)
        r = db_prepare(w->db, "INSERT INTO who(word, id, login, name, uid) VALUES(?, ?, ?, ?, ?)",
                       &w->add_who);
    return r;
}

int words_open(sqlite3 *db, bool empty, struct words **ret)
{
    struct words *w = calloc(1, sizeof *w);
    if (!w)
        return -ENOMEM;
    w->db = db;
    w->all = empty;
    w->places = TABLE_FIRST;
    randombytes_buf(w->key, sizeof w->key);
    w->table = calloc(w->places, sizeof *w->table);
    int r = w->table ? prepare(w) : -ENOMEM;
    if (r != 0)
        words_close(&w);
    else
        *ret = w;
    return r;
}

void words_close(struct words **w)
{
    if (!*w)
        return;
    db_finalize(&(*w)->find);
    db_finalize(&(*w)->add);
    db_finalize(&(*w)->add_who);
    free((*w)->table);
    free(*w);
    *w = NULL;
}

/* Where the digest is or would be. */
static struct known *place_of(struct known *table, size_t places, const uint8_t *digest)
{
    size_t at;
    memcpy(&at, digest, sizeof at);
    for (at &= places - 1; table[at].number; at = (at + 1) & (places - 1))
        if (memcmp(table[at].digest, digest, sizeof table[at].digest) == 0)
            break;
    return &table[at];
}

/* Twice as many places. When there is no memory it stays as it is. */
static void grow(struct words *w)
{
    size_t places = 2 * w->places;
    struct known *table = places <= TABLE_MAX ? calloc(places, sizeof *table) : NULL;
    if (!table)
        return;
    for (size_t i = 0; i < w->places; i++)
        if (w->table[i].number)
            *place_of(table, places, w->table[i].digest) = w->table[i];
    free(w->table);
    w->table = table;
    w->places = places;
}

static void remember(struct words *w, const uint8_t *digest, int64_t number)
{
    if (2 * w->used >= w->places)
        grow(w);
    if (2 * w->used >= w->places) {
        w->all = false;
        return;
    }
    struct known *k = place_of(w->table, w->places, digest);
    memcpy(k->digest, digest, sizeof k->digest);
    k->number = number;
    w->used++;
}

/* The digest by which the database finds a text again. */
static uint64_t digest_text(enum word_type type, const struct fact *text)
{
    uint64_t digest;
    const uint8_t key[crypto_shorthash_KEYBYTES] = {(uint8_t)type};
    crypto_shorthash((unsigned char *)&digest, (const unsigned char *)text->text, text->len, key);
    return digest;
}

static void bind(sqlite3_stmt *s, uint64_t digest, enum word_type type, const struct fact *text)
{
    (void)sqlite3_bind_int64(s, 1, (sqlite3_int64)digest);
    (void)sqlite3_bind_int(s, 2, (int)type);
    db_bind_text(s, 3, text->text, text->len);
}

static int look_up(struct words *w, uint64_t digest, enum word_type type, const struct fact *text,
                   int64_t *ret)
{
    bind(w->find, digest, type, text);
    int r = sqlite3_step(w->find);
    int64_t number = r == SQLITE_ROW ? sqlite3_column_int64(w->find, 0) : 0;
    (void)sqlite3_reset(w->find);
    if (r != SQLITE_ROW)
        return r == SQLITE_DONE ? SK_ERR_NOT_FOUND : db_code(r);
    *ret = number;
    return 0;
}

/* *ret_new: it was not there. */
static int number_of(struct words *w, enum word_type type, const struct fact *text, int64_t *ret,
                     bool *ret_new)
{
    uint8_t known[crypto_shorthash_siphashx24_BYTES], key[sizeof w->key];
    memcpy(key, w->key, sizeof key);
    key[0] ^= (uint8_t)type;
    crypto_shorthash_siphashx24(known, (const unsigned char *)text->text, text->len, key);
    const struct known *k = place_of(w->table, w->places, known);
    *ret = k->number;
    if (k->number)
        return 0;
    uint64_t digest = digest_text(type, text);
    int r = w->all ? SK_ERR_NOT_FOUND : look_up(w, digest, type, text, ret);
    if (r == SK_ERR_NOT_FOUND) {
        bind(w->add, digest, type, text);
        r = db_run(w->add);
        *ret = sqlite3_last_insert_rowid(w->db);
        *ret_new = true;
    }
    if (r == 0)
        remember(w, known, *ret);
    return r;
}

int words_number(struct words *w, enum word_type type, const struct fact *text, int64_t *ret)
{
    bool fresh = false;
    *ret = 0;
    return text->text ? number_of(w, type, text, ret, &fresh) : 0;
}

/* A person's parts in one text: they can't hold a newline. */
static int write_person(const struct facts *f, struct buf *out)
{
    const struct fact *parts[] = {&f->id, &f->login, &f->name};
    for (size_t i = 0; i < array_count(parts); i++) {
        if (parts[i]->text)
            buf_put(out, parts[i]->text, parts[i]->len);
        buf_putc(out, '\n');
    }
    buf_printf(out, "%" PRId64, f->uid);
    return out->err;
}

int words_person(struct words *w, const struct facts *f, int64_t *ret)
{
    autobuf struct buf all = {0};
    bool fresh = false;
    *ret = 0;
    if (!f->id.text && !f->login.text && !f->name.text && f->uid < 0)
        return 0;
    int r = write_person(f, &all);
    if (r == 0)
        r = number_of(w, WORD_WHO, &(struct fact){all.data, all.len}, ret, &fresh);
    if (r != 0 || !fresh)
        return r;
    (void)sqlite3_bind_int64(w->add_who, 1, *ret);
    db_bind_text(w->add_who, 2, f->id.text, f->id.len);
    db_bind_text(w->add_who, 3, f->login.text, f->login.len);
    db_bind_text(w->add_who, 4, f->name.text, f->name.len);
    (void)sqlite3_bind_int64(w->add_who, 5, f->uid);
    return db_run(w->add_who);
}

int words_find(struct words *w, enum word_type type, const char *text, int64_t *ret)
{
    const struct fact fact = {text, strlen(text)};
    return look_up(w, digest_text(type, &fact), type, &fact, ret);
}

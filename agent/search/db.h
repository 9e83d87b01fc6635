/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SQLite file: opening it without trusting it, its tables, small helpers. Codes: 0, -ENOMEM, and
 * SK_ERR_STATE for whatever else SQLite says; a file that gives it is to be built anew. */
#ifndef SEARCH_DB_H
#define SEARCH_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"

/* Kinds of words (table word). */
enum word_type { WORD_WHO = 1, WORD_AREA, WORD_KIND, WORD_CONTRACT, WORD_CASE, WORD_FILE, WORD_REST };

#define DB_HASH_LEN 16 /* bytes kept of a line's leaf hash */

int db_open(const char *path, bool write, sqlite3 **ret) SK_MUST_CHECK;
void db_close(sqlite3 **db);

/* Tables of a new file; then, when the rows are in, what searching needs. */
int db_create(sqlite3 *db) SK_MUST_CHECK;
int db_finish(sqlite3 *db) SK_MUST_CHECK;

int db_code(int sqlite_code);
int db_exec(sqlite3 *db, const char *sql) SK_MUST_CHECK;
int db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret) SK_MUST_CHECK;
/* A row that takes no more than binding: run and reset it. */
int db_run(sqlite3_stmt *s) SK_MUST_CHECK;
/* NULL where text is NULL. */
void db_bind_text(sqlite3_stmt *s, int at, const char *text, size_t len);
void db_bind_id(sqlite3_stmt *s, int at, int64_t id); /* 0 = NULL */

static inline void db_finalize(sqlite3_stmt **s)
{
    sqlite3_finalize(*s);
    *s = NULL;
}
#define autostatement __attribute__((cleanup(db_finalize)))

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* db.c owns how the index file is opened and what tables it has. It must never let the file's own
 * schema run anything: it may be somebody else's. */
#include "search/db.h"
#include <errno.h>
#include <sekisho/err.h>

#define HEAP_MAX   ((sqlite3_int64)512 * 1024 * 1024) /* bytes, whatever the file says */
#define LENGTH_MAX (16 * 1024 * 1024)                 /* bytes of a value */

/* More files of a record than one are in `more`. Words of people have their parts in `who`. Texts are
 * as inside JSON strings. at is YYYYMMDDhhmmssmmm as one number. */
static const char *const tables[] = {
    "CREATE TABLE word(id INTEGER PRIMARY KEY, type INTEGER NOT NULL, digest INTEGER NOT NULL, "
    "value TEXT NOT NULL)",
    "CREATE TABLE who(word INTEGER PRIMARY KEY, id TEXT, login TEXT, name TEXT, uid INTEGER)",
    "CREATE TABLE record(seq INTEGER PRIMARY KEY, at INTEGER, segment INTEGER NOT NULL, "
    "offset INTEGER NOT NULL, bytes INTEGER NOT NULL, hash BLOB NOT NULL, who INTEGER, "
    "area INTEGER, kind INTEGER, contract INTEGER, cases INTEGER, file INTEGER, rest INTEGER)",
    "CREATE TABLE more(file INTEGER, seq INTEGER, PRIMARY KEY(file, seq)) WITHOUT ROWID",
    "CREATE VIRTUAL TABLE words USING fts5(value, content='word', content_rowid='id', "
    "tokenize='trigram case_sensitive 1', detail='none', columnsize=0)",
};

static const char *const finish[] = {
    "CREATE INDEX word_digest ON word(digest)",
    "CREATE INDEX record_who ON record(who, at)",
    "CREATE INDEX record_kind ON record(kind, at)",
    "CREATE INDEX record_at ON record(at)",
    "CREATE INDEX record_case ON record(cases) WHERE cases IS NOT NULL",
    "CREATE INDEX record_file ON record(file) WHERE file IS NOT NULL",
    "CREATE INDEX record_rest ON record(rest)",
};

int db_code(int code)
{
    return code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE ? 0
           : code == SQLITE_NOMEM                                         ? -ENOMEM
                                                                          : SK_ERR_STATE;
}

int db_exec(sqlite3 *db, const char *sql)
{
    return db_code(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret)
{
    return db_code(sqlite3_prepare_v2(db, sql, -1, ret, NULL));
}

int db_run(sqlite3_stmt *s)
{
    int r = sqlite3_step(s);
    int reset = sqlite3_reset(s);
    return r == SQLITE_DONE ? 0 : db_code(reset != SQLITE_OK ? reset : SQLITE_ERROR);
}

void db_bind_text(sqlite3_stmt *s, int at, const char *text, size_t len)
{
    /* a failure shows up as no rows or in the step: SQLite keeps the parameter NULL */
    (void)sqlite3_bind_text(s, at, text, text ? (int)len : 0, SQLITE_STATIC);
}

void db_bind_id(sqlite3_stmt *s, int at, int64_t id)
{
    (void)(id ? sqlite3_bind_int64(s, at, id) : sqlite3_bind_null(s, at));
}

static int distrust(sqlite3 *db)
{
    static const struct {
        int what, on;
    } settings[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                    {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0}};
    int r = SQLITE_OK;
    for (size_t i = 0; r == SQLITE_OK && i < array_count(settings); i++)
        r = sqlite3_db_config(db, settings[i].what, settings[i].on, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, LENGTH_MAX);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 0);
    return r == SQLITE_OK ? db_exec(db, "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; "
                                        "PRAGMA temp_store=MEMORY")
                          : db_code(r);
}

int db_open(const char *path, bool write, sqlite3 **ret)
{
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                (write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    sqlite3_hard_heap_limit64(HEAP_MAX);
    int r = db_code(sqlite3_open_v2(path, &db, flags, NULL));
    if (r == 0)
        r = distrust(db);
    /* a crash while writing leaves a file that the note beside it does not know: it is built anew */
    if (r == 0)
        r = db_exec(db, write ? "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; "
                                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-65536"
                              : "PRAGMA query_only=ON; PRAGMA locking_mode=EXCLUSIVE");
    if (r != 0)
        db_close(&db);
    else
        *ret = db;
    return r;
}

void db_close(sqlite3 **db)
{
    (void)sqlite3_close(*db);
    *db = NULL;
}

static int exec_all(sqlite3 *db, const char *const *sql, size_t count)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = db_exec(db, sql[i]);
    return r;
}

int db_create(sqlite3 *db)
{
    return exec_all(db, tables, array_count(tables));
}

int db_finish(sqlite3 *db)
{
    return exec_all(db, finish, array_count(finish));
}

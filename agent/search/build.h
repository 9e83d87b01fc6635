/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verified lines into the index. */
#ifndef SEARCH_BUILD_H
#define SEARCH_BUILD_H

#include "base/digest.h"
#include "proof/reader.h"
#include "search/db.h"
#include "search/words.h"

#define PENDING_MAX (64 * 1024) /* lines between two checkpoints */

/* A line that waits for its checkpoint. */
struct pending {
    uint64_t seq, offset;
    uint32_t segment;
    size_t at, len; /* in builder.text */
};

/* Zero-initialise, with path set; builder_clear in the end. */
struct builder {
    const char *path;  /* of the index file */
    bool fresh;        /* it is to be made anew */
    bool resumed;      /* the lines are behind what is there */
    sqlite3 *db;       /* opened with the first line that comes in */
    struct words *words;
    sqlite3_stmt *record, *more;
    struct digest *hash;
    struct facts facts;
    struct buf text;
    struct pending *lines;
    size_t count;
    bool seal;         /* the last of them is a seal */
    uint64_t added;
    int64_t words_before; /* numbers up to this one are in the text index */
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
    uint64_t total;
};

void builder_clear(struct builder *b);

/* For proof_options.each, context is the builder. A line waits until the one behind the next seal
 * comes: then its checkpoint was verified. SK_ERR_STATE: records were removed since, begin anew;
 * SK_ERR_LIMIT: too many without a checkpoint. */
int builder_line(void *context, const struct ledger_line *line) SK_MUST_CHECK;

/* Take in what waits with a number below sealed, and finish the file. What still waits stays for
 * builder_pending. 0, SK_ERR_STATE, -ENOMEM. */
int builder_finish(struct builder *b, uint64_t sealed) SK_MUST_CHECK;

/* "2026-11-20T08:15:30.123Z" as one number that sorts alike; -1 when it is not such a time. */
int64_t time_number(const char *at, size_t len);

/* What is kept of a line's leaf hash. 0 or SK_ERR_CRYPTO. */
int line_hash(struct digest *hash, const char *line, size_t len, uint8_t ret[static DB_HASH_LEN])
    SK_MUST_CHECK;

#endif

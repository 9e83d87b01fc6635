/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A question as SQL, and the rows that answer it. */
#ifndef SEARCH_QUERY_H
#define SEARCH_QUERY_H

#include "search/db.h"
#include "search/search.h"

/* Where a record lies, as the index says: to be checked. */
struct row {
    uint64_t seq, offset;
    uint32_t segment;
    size_t bytes;
    uint8_t hash[DB_HASH_LEN];
};

/* The rows of all records that fit, by number; of more than limit (0 = any number) the last ones.
 * The caller frees *ret. 0, SK_ERR_STATE (also: a row that can't be), -ENOMEM. */
int query_rows(sqlite3 *db, const struct search_query *q, struct row **ret, size_t *ret_count)
    SK_MUST_CHECK;

#endif

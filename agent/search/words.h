/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each text is kept once in the index and has a number. */
#ifndef SEARCH_WORDS_H
#define SEARCH_WORDS_H

#include "search/db.h"
#include "record/facts.h"

struct words; /* opaque */

/* empty: the database has no texts yet. 0, -ENOMEM, SK_ERR_STATE. It stays the caller's. */
int words_open(sqlite3 *db, bool empty, struct words **ret) SK_MUST_CHECK;
void words_close(struct words **w);

/* The number of a text, a new one when it is new; 0 when text is NULL. */
int words_number(struct words *w, enum word_type type, const struct fact *text, int64_t *ret)
    SK_MUST_CHECK;
/* The number of the person that the facts name; 0 = none. */
int words_person(struct words *w, const struct facts *f, int64_t *ret) SK_MUST_CHECK;

/* The number of a text, without making one. 0, SK_ERR_NOT_FOUND, … */
int words_find(struct words *w, enum word_type type, const char *text, int64_t *ret) SK_MUST_CHECK;

#endif

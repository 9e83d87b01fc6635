/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which contract a record belongs to, and its running number there (proof/series.h). The ledger knows
 * no policy: records of kind contract tell which areas are whose. A record belongs to the contract that
 * its member "contract" names, else to the one that last claimed its area, else, by its kind, to the
 * machine as a whole, else to none. Only contracts that announced themselves have numbers. */
#ifndef LEDGER_NUMBERS_H
#define LEDGER_NUMBERS_H

#include <jansson.h>
#include <stdbool.h>
#include "base/buf.h"
#include "proof/reader.h"
#include "proof/series.h"

#define NUMBERS_AREAS_MAX 256 /* areas that were ever claimed; others' accesses have no number */

/* Copy it to keep a state: it owns nothing. Zero-initialise ({0}). */
struct numbers {
    struct series_seen seen;
    struct {
        char area[SK_ID_MAX + 1];
        size_t row; /* of seen.rows */
    } areas[NUMBERS_AREAS_MAX];
    size_t area_count;
};

/* Take in what a record of kind contract says; anything else is left alone. */
void numbers_learn(struct numbers *n, const json_t *record);

/* The next number for a record; areas are looked up when contract is NULL or "". False: it has none. */
bool numbers_next(struct numbers *n, const json_t *record, struct series_mark *ret);
/* The same for a line whose area stands in it as text. */
bool numbers_next_of_line(struct numbers *n, const char *line, size_t len, struct series_mark *ret);

/* {"contract":ID,"n":N}; NULL when memory is short. */
json_t *numbers_json(const struct series_mark *mark);

/* "counts" of a seal: where every contract stands, without its name. NULL when memory is short. */
json_t *numbers_counts(const struct numbers *n, uint64_t epoch);

/* Take in a line that is in the ledger. 0, -ENOMEM. */
int numbers_restore(struct numbers *n, const struct ledger_line *line) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the records say of a contract's end: confirmed plans, erasures, and whether it was
 * closed. Pure, as the fold (fold.h) whose part it is. */
#ifndef CONTROL_FOLD_LIFE_H
#define CONTROL_FOLD_LIFE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/clean.h"

struct fold_life {
    json_t *plans;     /* contract → the record by which a manager confirmed its latest plan, return-plan or
                        * erasure-plan */
    json_t *erasures;  /* id → intent record, until it is closed */
    json_t *tried;     /* "kind id-or-name" → [ids of erasures that did not come to their end] */
    json_t *erased;    /* "contract kind name" → the record of the last erasure that was done */
    json_t *closed;    /* contract → "closing" or "closed" */
    json_t *ends;      /* "contract end level" → true: a warning has been given */
};

int life_new(struct fold_life *ret) SK_MUST_CHECK; /* 0 or -ENOMEM */
void life_free(struct fold_life *l);

/* Take in a record of any kind. 0 or -ENOMEM. */
int life_record(struct fold_life *l, const json_t *record) SK_MUST_CHECK;

/* The confirmed plan of a contract (members paper, sha256, at, person, role), NULL = none. */
const json_t *life_plan(const struct fold_life *l, const char *contract);
/* Erasures of an object that began and did not end well; NULL = none. */
const json_t *life_tried(const struct fold_life *l, const char *kind, const char *name);
/* The record of the last erasure of that object that was done; NULL = none. */
const json_t *life_erased(const struct fold_life *l, const char *contract, const char *kind,
                          const char *name);
/* "closing", "closed", or "" for one that goes on. */
const char *life_closed(const struct fold_life *l, const char *contract);
/* Was the warning of this level before this end given? */
bool life_warned(const struct fold_life *l, const char *contract, const char *end, int64_t level);

#endif

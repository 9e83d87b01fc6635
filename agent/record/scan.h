/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass over a ledger line: is it exactly what record_write gives, and where are its members.
 * It builds nothing, so that a million lines are checked in about a second. */
#ifndef RECORD_SCAN_H
#define RECORD_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"

/* Objects and arrays within each other, the outermost counted. */
#define SCAN_DEPTH_MAX 16

/* A top-level member that the caller wants. Set key; scan_record sets the rest. */
struct scan_field {
    const char *key;
    const char *value; /* its JSON text inside the line, NULL when absent */
    size_t len;        /* bytes of value */
    size_t key_len;    /* bytes of key */
};

/* Check the whole line (without its newline) against the canonical form: one object, keys sorted by
 * their bytes, once each and free of escapes, no white space, integers only, strings as UTF-8 with
 * the shortest escape. fields must be sorted by key; their values point into the line.
 * 0, or SK_ERR_FORMAT with *ret_at (may be NULL) the offset near the first byte that can't be. */
int scan_record(const char *line, size_t len, struct scan_field *fields, size_t count,
                size_t *ret_at) SK_MUST_CHECK;

/* The number in a field: 0…INT64_MAX. 0 or SK_ERR_FORMAT (absent, no number, negative). */
int scan_number(const struct scan_field *field, uint64_t *ret) SK_MUST_CHECK;

/* Is the field exactly this string (which needs no escapes)? */
bool scan_is(const struct scan_field *field, const char *text);

#endif

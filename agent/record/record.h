/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records as canonical JSON: one object, sorted keys, no white space, integers only, UTF-8 as typed.
 * The canonical bytes are what is hashed; nothing is ever re-serialised to verify. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

static inline void record_decref(json_t **j)
{
    json_decref(*j);
}
#define autojson __attribute__((cleanup(record_decref)))

/* Append the canonical form (no newline). 0, SK_ERR_FORMAT (a real number, or not an object),
 * SK_ERR_LIMIT (over SK_RECORD_MAX), -ENOMEM. */
int record_write(const json_t *record, struct buf *out) SK_MUST_CHECK;

/* The same form without a tree, for records that come in masses. Keys are plain ASCII; the caller
 * gives members in sorted order, balances open and close, and looks at out->err at the end. Text is
 * UTF-8 without NUL. */
void record_put_open(struct buf *out, const char *key);  /* NULL: the record itself */
void record_put_close(struct buf *out);
void record_put_key(struct buf *out, const char *key);   /* a value must follow */
void record_put_text(struct buf *out, const char *key, const char *text, size_t len);
void record_put_number(struct buf *out, const char *key, int64_t number);

/* Parse one object strictly (no duplicate keys, no trailing bytes, no reals, depth and size
 * bounded by max bytes). 0, SK_ERR_FORMAT, SK_ERR_LIMIT. *ret is the caller's reference. */
int record_parse(const char *text, size_t len, size_t max, json_t **ret) SK_MUST_CHECK;

/* A member's value, or the fallback when it is absent or of another type. Strings live as long as
 * the object. The path goes through objects: "permission.approver". */
const char *record_text(const json_t *record, const char *path);       /* "" when absent */
int64_t record_number(const json_t *record, const char *path);          /* 0 when absent */
bool record_flag(const json_t *record, const char *path);               /* false when absent */
const json_t *record_member(const json_t *record, const char *path);    /* NULL when absent */

/* Set a text member; bytes that are not UTF-8 are escaped with str_escape first. 0 or -ENOMEM. */
int record_set_bytes(json_t *record, const char *key, const char *bytes, size_t len) SK_MUST_CHECK;

/* The raw bytes of an escaped name or path (value may be NULL) as a string in *ret, which is emptied
 * first: no NUL inside, at most SK_FILE_NAME_MAX bytes. 0, SK_ERR_FORMAT, SK_ERR_LIMIT, -ENOMEM. */
int record_take_name(const json_t *value, struct buf *ret) SK_MUST_CHECK;
/* The same for a text of at most max bytes. */
int record_take_escaped(const json_t *value, size_t max, struct buf *ret) SK_MUST_CHECK;

#endif

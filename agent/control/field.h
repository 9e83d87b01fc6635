/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a question may carry: one table of fields for each op, checked before anything looks at it. */
#ifndef CONTROL_FIELD_H
#define CONTROL_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"

enum field_type {
    FIELD_LINE,    /* text of one line, at most SK_TEXT_MAX bytes, no control characters */
    FIELD_ID,      /* [A-Za-z0-9._-], at most SK_ID_MAX bytes */
    FIELD_DATE,    /* "" or YYYY-MM-DD */
    FIELD_TIME,    /* "", RFC 3339 or YYYY-MM-DD */
    FIELD_PATH,    /* an escaped file name or path, see ops.h */
    FIELD_BLOCK,   /* text of many lines, at most `max` bytes */
    FIELD_DIGEST,  /* "" or 64 hex digits */
    FIELD_BOOL,
    FIELD_NUMBER,  /* 0…INT64_MAX */
    FIELD_PLACE,   /* the same, or -1 for the end */
    FIELD_PATHS,   /* a list of FIELD_PATH, 1…max entries */
    FIELD_WORDS,   /* a list of escaped texts, 0…max entries, each may be "" */
    FIELD_OBJECT,  /* an object with the fields of `sub` */
    FIELD_OBJECTS, /* a list of such objects, 1…max entries */
};

struct field {
    const char *name;
    enum field_type type;
    bool required;  /* must be there and not "" */
    size_t max;     /* see the types */
    const struct field *sub; /* ends with a row whose name is NULL */
};

/* Check body against the table (ends with a row whose name is NULL). "op" is always allowed.
 * 0; SK_ERR_FORMAT or SK_ERR_LIMIT with a sentence for people in *why and the field's name in *ret_wrong. */
int field_check(const json_t *body, const struct field *fields, struct buf *why, const char **ret_wrong)
    SK_MUST_CHECK;

/* Nothing, or blanks only, those of Japanese included: nobody has said anything. */
bool field_is_blank(const char *text);

#endif

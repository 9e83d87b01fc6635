/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The identity file of a medium: what makes it the registered one, whatever its serial number says. Its SHA-256
 * stands in the signed policy ([medium ID] identity), so no byte of it can be changed. Pure functions over bytes.
 *
 *   sekisho-medium 1
 *   medium usb-1
 *   owner hana
 *   areas shared,other
 *   until 2027-03-31
 *   token 9f86…          256 random bits, which stand nowhere else
 *
 * It tells the medium from every other one, also of the same make and serial number. It does not tell it from a
 * copy of all its blocks, which the turn does (record/turn.h). Two of them in one PC are both refused. */
#ifndef DEVICE_IDENTITY_H
#define DEVICE_IDENTITY_H

#include <sekisho/limits.h>
#include "base/buf.h"

#define IDENTITY_NAME      ".sekisho-medium"
#define IDENTITY_MAX       ((size_t)4096) /* bytes of the file */
#define IDENTITY_AREAS_CAP 2048           /* bytes of the list with its NUL */
#define IDENTITY_DATE_CAP  11             /* "2027-03-31" */
#define IDENTITY_TOKEN_CAP 65             /* hex digits with their NUL */

struct identity {
    char medium[SK_ID_MAX + 1];
    char owner[SK_ID_MAX + 1];      /* the person's id */
    char areas[IDENTITY_AREAS_CAP]; /* ids with commas between them, at least one */
    char until[IDENTITY_DATE_CAP];  /* last day */
    char token[IDENTITY_TOKEN_CAP];
};

/* Exactly this form and nothing behind it. 0, SK_ERR_FORMAT, SK_ERR_LIMIT. */
int identity_parse(const char *text, size_t len, struct identity *ret) SK_MUST_CHECK;

/* The file's text, appended. What is not as identity_parse wants it: SK_ERR_FORMAT. */
int identity_write(const struct identity *i, struct buf *out) SK_MUST_CHECK;

#endif

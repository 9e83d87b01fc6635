/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The members of a question as a table says them, for request.c. */
#ifndef DEVICE_REQUEST_FIELDS_H
#define DEVICE_REQUEST_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/fault.h"

/* What a member must be. Every text is unescaped first. */
enum form {
    FORM_AREA,     /* area id */
    FORM_CASE,     /* case id */
    FORM_MOUNT,    /* absolute path */
    FORM_DEVICE,   /* absolute path below /dev, or "" */
    FORM_BELOW,    /* path below an area, or "" */
    FORM_PATH,     /* any path; its meaning is checked with what else the message says */
    FORM_WORD,     /* short text */
    FORM_NAME,     /* one file name, or "" */
    FORM_CHOICE,   /* one of the words, as the number of its place */
    FORM_BYTES,    /* 0 … INT64_MAX */
    FORM_FLAG,     /* true or false */
    FORM_TEXT,     /* text, borrowed from the message, not unescaped */
    FORM_IGNORED,  /* known but of no use here */
    FORM_NESTED,   /* read by its own function */
};

struct field {
    const char *key;
    enum form form;
    bool required;
    size_t offset;
    const char *const *words; /* FORM_CHOICE: ends with NULL */
};

/* Each member of body, checked for its form, to its place in what into points at; no others, and all that are required.
 * 0 or f->code; then some may have been kept. */
int fields_read(const json_t *body, const struct field *fields, size_t count, void *into,
                struct fault *f);

#endif

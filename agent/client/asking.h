/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person says to ask for a take-out or a copy, whatever it is entered in. */
#ifndef CLIENT_ASKING_H
#define CLIENT_ASKING_H

#include <jansson.h>
#include <stdbool.h>

/* Strings are the caller's; NULL and "" are the same. */
struct asking {
    const json_t *files; /* absolute paths, escaped (client/paths.h) */
    const char *destination, *purpose, *kept;
    const char *return_by; /* "2026-12-01" */
    const char *consent;   /* "" = the one that covers it */
    const char *under;     /* a standing permit, "" = one that covers it, if there is one */
    const char *again;     /* the earlier case that this asks for again, "" = none */
    bool copy;             /* a plain one */
};

/* What is not said yet, the first in the order in which it is asked. */
enum asking_lack {
    ASKING_NOTHING,
    ASKING_FILES,
    ASKING_DESTINATION,
    ASKING_PURPOSE,
    ASKING_KEPT,
    ASKING_DATE, /* the day is no date */
};
enum asking_lack asking_lacks(const struct asking *a);

/* The question SK_OP_REQUEST, the caller's reference; NULL when a text is not UTF-8. */
json_t *asking_question(const struct asking *a);

#endif

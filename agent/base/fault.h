/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why something was refused or failed: a code for programs, a reason where the policy has one, and
 * one sentence for people. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <sekisho/reason.h>
#include "base/buf.h"
#include "base/clean.h"

#define FAULT_TEXT_CAP 1024 /* bytes of the sentence with its NUL */

/* Zero-initialise before use. */
struct fault {
    int code;                 /* 0, or the negative code of the first failure */
    enum sk_reason reason;    /* SK_REASON_ALLOWED = none */
    char why[FAULT_TEXT_CAP]; /* a phrase (base/phrase.h), "" while code is 0; a longer one is cut */
};

/* Remember the first failure and return its code; a later one changes nothing, so that the cause
 * and not its consequence is told. */
int fault_set(struct fault *f, int code, const char *format, ...) SK_PRINTF(3, 4);

/* The same for an errno value: the sentence is followed by ": " and what errno means. */
int fault_errno(struct fault *f, int error, const char *format, ...) SK_PRINTF(3, 4);

/* Refused by a rule, SK_ERR_REFUSED with the reason's own sentence. */
int fault_reason(struct fault *f, enum sk_reason reason);

/* A name or path as it may be shown (str_escape), kept in b. Never NULL. */
const char *fault_shown(struct buf *b, const char *raw);

/* "path: what the code means", for a path as it came; code may be any negative one. */
int fault_path(struct fault *f, const char *path, int error);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sheet that goes with every export, for whoever comes upon it: what it is, how to open it, whom to ask. */
#ifndef CONTROL_COVER_H
#define CONTROL_COVER_H

#include <stdbool.h>
#include "base/buf.h"

#define COVER_SUFFIX ".cover.html" /* of its name, behind the case's id */

struct cover {
    const char *case_id, *date;     /* YYYY-MM-DD */
    const char *contract, *contractor, *contact; /* as the policy says them, "" = not said */
    const char *return_by;          /* YYYY-MM-DD, "" = no return is due */
    bool escrow;                    /* the contractor's escrow key opens it as well */
};

/* Append the page: one HTML file without a script or anything from elsewhere, in Japanese and English, with no
 * name of a file or person. 0 or the buffer's error. */
int cover_write(const struct cover *c, struct buf *out) SK_MUST_CHECK;

#endif

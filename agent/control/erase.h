/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an erasure is about, and what ends in the register with it. */
#ifndef CONTROL_ERASE_H
#define CONTROL_ERASE_H

#include <stdbool.h>
#include <sekisho/limits.h>
#include "base/clean.h"

struct ask;
struct case_entry;
struct control;

/* What is to be erased, as the policy and the ledger know it. Texts are borrowed or escaped. */
struct goal {
    const char *kind;      /* "area", "file", "medium" */
    const char *contract, *area;
    const char *id;        /* of the area or destination, "" = a file */
    const char *name;      /* escaped path, "MEDIUM/NAME" on a registered medium, or the id */
    const char *path;      /* escaped, for device: in the area, on the medium, or absolute */
    const char *medium;    /* the registered one on which the file is, "" = elsewhere */
    char place[2 * SK_ID_MAX + 32]; /* of a name that is put together here */
    const char *uuid;
    const char *case_id;   /* whose copy or export it is, "" = none's */
    const char *sha256;    /* of what the case wrote there, or the copy held: "" = not known */
    bool changed;          /* erased although it may hold something else: nothing ends by it */
    bool personal_number;
    unsigned level;        /* of the area, 0 = not known */
};

/* What the question names ("for-case", "item") may end with this: it is of its contract, is still there, and
 * lies where this is. 0 or a refusal. */
int erase_check_named(struct ask *a, const struct goal *g) SK_MUST_CHECK;

/* SHA-256 of what the case wrote under this name (escaped path, or MEDIUM/NAME) at its destination, "" where no record says; NULL: it
 * wrote nothing there. */
const char *erase_output(const struct control *c, const struct case_entry *e, const char *path);

/* Receipts, found copies and cases all of whose files have been erased since end in the register, with the
 * erasures as proof: also what an earlier run did not come to write. Nothing while records wait. */
void erase_ends(struct control *c);

#endif

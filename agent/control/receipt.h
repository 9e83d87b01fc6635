/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a receipt says to the agent whose export it is about. */
#ifndef CONTROL_RECEIPT_H
#define CONTROL_RECEIPT_H

#include <stddef.h>
#include <stdint.h>
#include <sekisho/limits.h>
#include "base/clean.h"
#include "base/digest.h"
#include "control/fold.h"
#include "policy/policy.h"

struct receipt {
    char id[SK_ID_MAX + 1];       /* R-…, of the other agent */
    char sha256[DIGEST_HEX_CAP];  /* of the sealed file that was opened */
    uint64_t bytes;               /* of it */
};

/* Read a receipt's text, whose signature was checked before. 0 or SK_ERR_FORMAT: it is none, it is of
 * files that did not come sealed, or it says something twice. */
int receipt_read(const char *text, size_t len, struct receipt *ret) SK_MUST_CHECK;

/* Whose receipts prove that what this case sealed arrived, except at a colleague's area: those to whom it was sealed,
 * whoever the destination names by now, and who have a receipt-key. How many there are. */
size_t receipt_signers(const struct policy *p, const struct case_entry *e,
                       const struct policy_recipient *ret[static AGE_RECIPIENTS_MAX]);

/* Does the recipient belong to the client of the case's contract? By its organisation, which is the contract's client. */
bool receipt_is_clients(const struct policy *p, const struct case_entry *e, const struct policy_recipient *who);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is this permit good for this case, now? Pure; the order of the checks is the order of the
 * reasons that people are told. */
#ifndef CONTROL_PERMIT_H
#define CONTROL_PERMIT_H

#include "control/fold.h"
#include "control/texts.h"
#include "policy/decide.h"

struct permit_question {
    const struct policy *policy;
    struct fold *fold;
    const struct text_permit *permit;
    const char *asked_case;  /* the case that the answer was handed in for */
    const char *digest_hex;  /* SHA-256 of the permit text */
    const char *signer;      /* id of the person whose key signed, NULL = a key of nobody here */
    bool signature_good;
    bool prepared;           /* byte for byte the text that was handed out to this approver */
    int64_t now_s;           /* trusted time */
};

struct permit_verdict {
    enum sk_reason reason;   /* SK_REASON_ALLOWED or why not */
    const char *why;         /* English sentence */
    struct case_entry *entry;/* NULL when the permit names none */
};

void permit_check(const struct permit_question *q, struct permit_verdict *ret);

/* Does the policy still let this case's request through? `granted`: its permit counts among the
 * consent's uses already and must not be counted against itself. */
void permit_transfer(const struct policy *p, struct fold *f, const struct case_entry *e,
                     bool granted, int64_t now_s, struct decision *ret);

/* May this person (NULL: nobody) approve this case now? Lockout included. */
enum sk_reason permit_may_approve(const struct policy *p, const struct fold *f,
                                  const struct case_entry *e, const struct policy_person *who,
                                  int64_t now_s);

#endif

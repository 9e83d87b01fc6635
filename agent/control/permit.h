/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is this permit good for this case, or this hand-over of an item, now? Pure; the order of the checks is the order of the
 * reasons that people are told. */
#ifndef CONTROL_PERMIT_H
#define CONTROL_PERMIT_H

#include "control/fold.h"
#include "control/texts.h"
#include "policy/decide.h"

/* Approvals of one text, as their records say; borrowed. */
struct permit_approvals {
    const json_t *rows[POLICY_QUORUM_MAX];
    size_t count;
};

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
    struct case_entry *entry;  /* what it permits, one of both; NULL when it names none */
    struct handover *handover;
    unsigned needed;           /* approvals that it takes */
    struct permit_approvals earlier; /* that count beside this one */
};

void permit_check(const struct permit_question *q, struct permit_verdict *ret);

/* For decide_transfer's uses and context: those on record, without one that is the asker's own. */
struct permit_uses {
    const struct fold *fold;
    const char *own; /* consent of which one use is the case's own, "" = none */
};
uint64_t permit_uses_of(void *context, const char *consent);

/* Does the policy still let this case's request through? `granted`: its permit counts among the
 * consent's uses already and must not be counted against itself. */
void permit_transfer(const struct policy *p, struct fold *f, const struct case_entry *e,
                     bool granted, int64_t now_s, struct decision *ret);

/* The same of the hand-over of an item. */
void permit_handover(const struct policy *p, struct fold *f, const struct handover *h, bool granted,
                     int64_t now_s, struct decision *ret);

/* Until when may it be given on its permit? 0: it has none that was signed. */
int64_t permit_handover_expires(const struct handover *h);

/* Was it granted later than now? Then by a clock that was ahead and has been corrected: it is void, for its end is
 * as far ahead. */
bool permit_is_ahead(const json_t *permit, int64_t now_s);

/* May those who signed this permit still give it, with the keys that signed it? Else it is void, whatever its period:
 * a person who was suspended, left, or changed keys vouches for nothing any more (ACC-3). *ret_reason says what of it
 * (SK_REASON_PERMIT_VOID: the key), *ret_whose who, borrowed; "" when each of them stands, and together they are fewer,
 * or in fewer places, than it takes now. A lock after wrong passphrases voids nothing. */
bool permit_stands(const struct policy *p, const json_t *asked, const json_t *permit, int64_t now_s,
                   enum sk_reason *ret_reason, const char **ret_whose);

/* How many approvals the permit of what was asked for takes; a text says more where it was handed out under a policy
 * that asked for more. */
unsigned permit_needed(const struct policy *p, const json_t *asked, const char *text_says);

/* Those of this text that count now: given by persons who may still give them, with the key that signed them, each
 * in another place (decide_place). */
void permit_approvals(const struct policy *p, const json_t *asked, const json_t *approvals, const char *digest_hex,
                      int64_t now_s, struct permit_approvals *ret);

/* Is this person's word among them, or that of the one in whose place they approve? */
bool permit_approved_by(const struct policy *p, const json_t *asked, const struct permit_approvals *a,
                        const struct policy_person *who, int64_t now_s);

/* Does it wait for a permit: asked for, failed, or permitted by somebody who may not any more? */
bool permit_case_waits(const struct policy *p, const struct case_entry *e, int64_t now_s);
bool permit_handover_waits(const struct policy *p, const struct handover *h, int64_t now_s);

/* May this person (NULL: nobody) approve this case now? Lockout included. Of a hand-over neither who has
 * the thing nor who is to get it does. */
enum sk_reason permit_may_approve(const struct policy *p, const struct fold *f,
                                  const struct case_entry *e, const struct policy_person *who,
                                  int64_t now_s);
enum sk_reason permit_may_hand_over(const struct policy *p, const struct fold *f,
                                    const struct handover *h, const struct policy_person *who,
                                    int64_t now_s);

/* Is this destination a registered medium that was revoked? */
bool permit_medium_revoked(const struct policy *p, const struct fold *f, const char *destination);

#endif

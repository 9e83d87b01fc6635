/* SPDX-License-Identifier: GPL-3.0-or-later */
/* permit.c owns the checks of a permit. It must never grant by itself: the caller records first. */
#include "control/permit.h"
#include <string.h>
#include "base/clock.h"
#include "record/record.h"

struct uses_context {
    const struct fold *fold;
    const char *own; /* consent of which one use is the case's own, "" = none */
};

static uint64_t uses_of(void *context, const char *consent)
{
    const struct uses_context *u = context;
    uint64_t uses = fold_uses(u->fold, consent);
    return uses > 0 && strcmp(consent, u->own) == 0 ? uses - 1 : uses;
}

void permit_transfer(const struct policy *p, struct fold *f, const struct case_entry *e,
                     bool granted, int64_t now_s, struct decision *ret)
{
    const char *consent_id = record_text(e->request, "consent.id");
    struct uses_context uses = {.fold = f, .own = granted ? consent_id : ""};
    const struct policy_person *person = policy_person(p, record_text(e->request, "person.id"));
    const struct transfer_question q = {
        .user = person ? person->user : NULL,
        .area = record_text(e->request, "area"),
        .destination = record_text(e->request, "destination.id"),
        .purpose = record_text(e->request, "purpose"),
        .consent = consent_id,
        .take_out = e->take_out,
        .uses = uses_of,
        .context = &uses,
        .now = now_s,
    };
    const struct policy_consent *consent = NULL;
    decide_transfer(p, &q, ret, &consent);
}

enum sk_reason permit_may_approve(const struct policy *p, const struct fold *f,
                                  const struct case_entry *e, const struct policy_person *who,
                                  int64_t now_s)
{
    struct decision d = {0};
    uint64_t failures;
    int64_t until;
    if (!who)
        return SK_REASON_NOT_ON_ROSTER;
    decide_approval(p, who->user, record_text(e->request, "person.id"),
                    record_text(e->request, "destination.id"), now_s, &d);
    if (!d.allow)
        return d.reason;
    fold_lockout(f, who->head.id, &failures, &until);
    return until > now_s ? SK_REASON_LOCKED_OUT : SK_REASON_ALLOWED;
}

static void no(struct permit_verdict *ret, enum sk_reason reason, const char *why)
{
    ret->reason = reason;
    ret->why = why;
}

/* Signature and text, before anything of the case is looked at. */
static bool check_text(const struct permit_question *q, struct permit_verdict *ret)
{
    if (!q->signer)
        no(ret, SK_REASON_NOT_APPROVER, "the permit is signed with a key of nobody on the roster");
    else if (!q->signature_good)
        no(ret, SK_REASON_PERMIT_MISMATCH, "the signature is not over this permit text");
    else if (strcmp(q->permit->case_id, q->asked_case) != 0)
        no(ret, SK_REASON_PERMIT_MISMATCH, "the permit is for another case");
    else if (fold_permit_used(q->fold, q->digest_hex))
        no(ret, SK_REASON_PERMIT_USED, "this permit has been used before");
    else
        return true;
    return false;
}

static bool check_state(const struct case_entry *e, struct permit_verdict *ret)
{
    if (e->state == CASE_REQUESTED || e->state == CASE_FAILED)
        return true;
    if (e->state == CASE_EXPIRED)
        no(ret, SK_REASON_PERMIT_EXPIRED, "the case has expired");
    else if (e->state == CASE_REJECTED)
        no(ret, SK_REASON_PERMIT_MISMATCH, "the request was rejected");
    else
        no(ret, SK_REASON_PERMIT_USED, "the case has its permit already");
    return false;
}

static bool check_content(const struct permit_question *q, const struct case_entry *e,
                          struct permit_verdict *ret)
{
    if (strcmp(q->permit->request, record_text(e->request, "digest")) != 0)
        no(ret, SK_REASON_PERMIT_MISMATCH, "the permit is for another request text");
    else if (strcmp(q->permit->approver, q->signer) != 0)
        no(ret, SK_REASON_PERMIT_MISMATCH, "the permit names another approver than who signed it");
    else if (strcmp(q->permit->consent, record_text(e->request, "consent.id")) != 0)
        no(ret, SK_REASON_PERMIT_MISMATCH, "the permit cites another consent");
    else if (!q->prepared)
        no(ret, SK_REASON_PERMIT_MISMATCH, "the permit text is not the one that was handed out");
    else
        return true;
    return false;
}

void permit_check(const struct permit_question *q, struct permit_verdict *ret)
{
    *ret = (struct permit_verdict){.reason = SK_REASON_ALLOWED, .why = ""};
    ret->entry = fold_case(q->fold, q->permit->case_id);
    if (!check_text(q, ret))
        return;
    if (!ret->entry) {
        no(ret, SK_REASON_PERMIT_MISMATCH, "there is no such case");
        return;
    }
    if (!check_state(ret->entry, ret) || !check_content(q, ret->entry, ret))
        return;
    int64_t expires_s;
    enum sk_reason approver = permit_may_approve(
        q->policy, q->fold, ret->entry, policy_person(q->policy, q->signer), q->now_s);
    if (approver != SK_REASON_ALLOWED) {
        no(ret, approver, sk_reason_text(approver));
    } else if (clock_parse_time(q->permit->expires, &expires_s) != 0 || q->now_s >= expires_s) {
        no(ret, SK_REASON_PERMIT_EXPIRED, "the permit's period is over");
    } else {
        struct decision d = {0};
        permit_transfer(q->policy, q->fold, ret->entry, false, q->now_s, &d);
        if (!d.allow)
            no(ret, d.reason, sk_reason_text(d.reason));
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* standing.c owns whether a standing permit permits a request. It must never let through what its
 * approver did not read when signing it, and never grant by itself: the caller records first. */
#include "control/standing.h"
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/bound.h"
#include "control/permit.h"
#include "record/record.h"

int64_t standing_from(const struct case_entry *s)
{
    int64_t at_s;
    return clock_parse_date(record_text(s->request, "standing.from"), &at_s) == 0 ? at_s : 0;
}

int64_t standing_end(const struct case_entry *s)
{
    int64_t at_s;
    return clock_parse_date(record_text(s->request, "standing.until"), &at_s) == 0
               ? at_s + CLOCK_DAY_S
               : 0;
}

/* back: one use more, which is given back first. */
static uint64_t left_with(const struct fold *f, const struct case_entry *s, bool back)
{
    int64_t may = record_number(s->request, "standing.uses");
    uint64_t used = fold_standing_uses(f, s->id);
    used -= used > 0 && back;
    return may > 0 && (uint64_t)may > used ? (uint64_t)may - used : 0;
}

uint64_t standing_left(const struct fold *f, const struct case_entry *s)
{
    return left_with(f, s, false);
}

static enum sk_reason no(enum sk_reason reason, const char *why, const char **ret_why)
{
    *ret_why = why;
    return reason;
}

static bool same_consent(const struct policy_consent *consent, const json_t *recorded)
{
    char hex[DIGEST_HEX_CAP];
    digest_hex(hex, consent->sha256);
    return str_eq(hex, record_text(recorded, "sha256"));
}

/* What the approver permitted it to, against what the policy says under the same names by now. */
static bool same_words(const struct policy *p, const struct case_entry *s)
{
    const struct policy_area *area = policy_area(p, record_text(s->request, "area"));
    const struct policy_destination *d =
        policy_destination(p, record_text(s->request, "destination.id"));
    const struct policy_person *who = policy_person(p, record_text(s->request, "person.id"));
    char hex[DIGEST_HEX_CAP];
    return who && area && d && bound_digest(p, who, area, d, hex) == 0 &&
           str_eq(hex, record_text(s->request, "standing.bound"));
}

enum sk_reason standing_fits(const struct policy *p, const struct case_entry *s,
                             const char **ret_why)
{
    const struct policy_consent *consent = policy_consent(p, record_text(s->request, "consent.id"));
    const struct transfer_question q = {.area = record_text(s->request, "area"),
                                        .destination = record_text(s->request, "destination.id")};
    if (!consent)
        return no(SK_REASON_NO_CONSENT, sk_reason_phrase(SK_REASON_NO_CONSENT), ret_why);
    enum sk_reason reason = decide_standing(p, &q, consent, standing_from(s), standing_end(s));
    if (reason != SK_REASON_ALLOWED)
        return no(reason, sk_reason_phrase(reason), ret_why);
    if (!same_consent(consent, record_member(s->request, "consent")))
        return no(
            SK_REASON_PERMIT_VOID,
            PHRASE("the consent is another document than when the standing permit was signed"),
            ret_why);
    return same_words(p, s)
               ? SK_REASON_ALLOWED
               : no(SK_REASON_PERMIT_VOID,
                    PHRASE("what the policy says of the area, the destination or its recipients is "
                           "no longer what it said when the standing permit was signed: a new one "
                           "is needed"),
                    ret_why);
}

static enum sk_reason check_state(const struct case_entry *s, const char **ret_why)
{
    if (s->state == CASE_PERMITTED)
        return SK_REASON_ALLOWED;
    if (s->state == CASE_REQUESTED)
        return no(SK_REASON_PERMIT_VOID, PHRASE("nobody has approved the standing permit yet"),
                  ret_why);
    if (s->state == CASE_EXPIRED)
        return no(SK_REASON_PERMIT_EXPIRED, PHRASE("the standing permit's period is over"),
                  ret_why);
    if (s->state == CASE_REVOKED)
        return no(SK_REASON_PERMIT_VOID, PHRASE("the standing permit was taken back"), ret_why);
    return no(SK_REASON_PERMIT_VOID, PHRASE("the standing permit was rejected or withdrawn"),
              ret_why);
}

static const char *why_void(enum sk_reason reason, const char *whose)
{
    if (!*whose)
        return PHRASE("it takes more approvals now than the standing permit has");
    if (reason == SK_REASON_PERMIT_VOID)
        return PHRASE("a key that signed the standing permit is another one now");
    return PHRASE("who signed the standing permit may not give it any more");
}

enum sk_reason standing_holds(const struct policy *p, struct fold *f, const struct case_entry *s,
                              int64_t now_s, const char **ret_why)
{
    enum sk_reason reason = check_state(s, ret_why), whose_reason;
    const char *whose;
    if (reason != SK_REASON_ALLOWED)
        return reason;
    if (fold_is_lost(f, s, ""))
        return no(SK_REASON_LOST, sk_reason_phrase(SK_REASON_LOST), ret_why);
    if (now_s < standing_from(s))
        return no(SK_REASON_PERMIT_EXPIRED, PHRASE("the standing permit's period has not begun"),
                  ret_why);
    if (now_s >= standing_end(s) || now_s >= s->expires_s || permit_is_ahead(s->permit, now_s))
        return no(SK_REASON_PERMIT_EXPIRED, PHRASE("the standing permit's period is over"),
                  ret_why);
    reason = standing_fits(p, s, ret_why);
    if (reason != SK_REASON_ALLOWED)
        return reason;
    if (!permit_stands(p, s->request, s->permit, now_s, &whose_reason, &whose))
        return no(SK_REASON_PERMIT_VOID, why_void(whose_reason, whose), ret_why);
    return SK_REASON_ALLOWED;
}

static bool gives_back(const struct standing_question *q)
{
    return q->instead && q->instead->state == CASE_PERMITTED;
}

enum sk_reason standing_covers(const struct standing_question *q, const struct case_entry *s,
                               const char **ret_why)
{
    static const char other[] = PHRASE("this person has no such standing permit");
    if (!s || !s->standing || !str_eq(record_text(s->request, "person.id"), q->person))
        return no(SK_REASON_PERMIT_MISMATCH, other, ret_why);
    if (s->take_out != q->take_out)
        return no(SK_REASON_PERMIT_MISMATCH,
                  PHRASE("the standing permit is for another kind: take-out or copy"), ret_why);
    if (!str_eq(record_text(s->request, "area"), q->area))
        return no(SK_REASON_PERMIT_MISMATCH, PHRASE("the standing permit is for another area"),
                  ret_why);
    if (!str_eq(record_text(s->request, "destination.id"), q->destination))
        return no(SK_REASON_PERMIT_MISMATCH,
                  PHRASE("the standing permit is for another destination"), ret_why);
    if (!purpose_matches(q->purpose, record_text(s->request, "purpose")))
        return no(SK_REASON_PERMIT_MISMATCH, PHRASE("the standing permit is for another purpose"),
                  ret_why);
    if (*q->consent && !str_eq(record_text(s->request, "consent.id"), q->consent))
        return no(SK_REASON_PERMIT_MISMATCH, PHRASE("the standing permit cites another consent"),
                  ret_why);
    enum sk_reason reason = standing_holds(q->policy, q->fold, s, q->now_s, ret_why);
    bool own = gives_back(q) && str_eq(record_text(q->instead->permit, "under.id"), s->id);
    if (reason == SK_REASON_ALLOWED && left_with(q->fold, s, own) == 0)
        return no(SK_REASON_PERMIT_USED, PHRASE("the standing permit has been used up"), ret_why);
    return reason;
}

/* One on a consent that is used up, or covers it no more, must not stand before one that would do. */
static bool consent_allows(const struct standing_question *q, const struct case_entry *s)
{
    struct decision d = {0};
    bool own = gives_back(q) && str_eq(record_text(q->instead->request, "consent.id"),
                                       record_text(s->request, "consent.id"));
    permit_transfer(q->policy, q->fold, s, own, q->now_s, &d);
    return d.allow;
}

struct case_entry *standing_find(const struct standing_question *q)
{
    const char *unused;
    for (size_t i = 0; i < q->fold->count; i++) {
        struct case_entry *s = &q->fold->cases[i];
        if (standing_covers(q, s, &unused) == SK_REASON_ALLOWED && consent_allows(q, s))
            return s;
    }
    return NULL;
}

enum sk_reason standing_of_case(const struct policy *p, struct fold *f, const struct case_entry *e,
                                int64_t now_s, const char **ret_why)
{
    const char *under = record_text(e->permit, "under.id");
    const struct case_entry *s = *under ? fold_case(f, under) : NULL;
    *ret_why = "";
    if (!*under)
        return SK_REASON_ALLOWED;
    return s ? standing_holds(p, f, s, now_s, ret_why)
             : no(SK_REASON_PERMIT_VOID, PHRASE("the ledger has no such standing permit any more"),
                  ret_why);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* permit.c owns the checks of a permit. It must never grant by itself: the caller records first. */
#include "control/permit.h"
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/standing.h"
#include "record/record.h"

uint64_t permit_uses_of(void *context, const char *consent)
{
    const struct permit_uses *u = context;
    uint64_t uses = fold_uses(u->fold, consent);
    return uses > 0 && strcmp(consent, u->own) == 0 ? uses - 1 : uses;
}

bool permit_medium_revoked(const struct policy *p, const struct fold *f, const char *destination)
{
    const struct policy_destination *d = policy_destination(p, destination);
    const struct policy_medium *m = d && *d->medium ? policy_medium(p, d->medium) : NULL;
    return m && fold_revoked(f, m->identity);
}

/* Of a request's record, or of the one by which a hand-over was asked for. */
static void decide(const struct policy *p, struct fold *f, const json_t *asked, bool granted,
                   const struct transfer_question *kind, struct decision *ret)
{
    const char *consent_id = record_text(asked, "consent.id");
    struct transfer_question q = *kind;
    struct permit_uses uses = {.fold = f, .own = granted ? consent_id : ""};
    const struct policy_person *person = policy_person(p, record_text(asked, "person.id"));
    const struct policy_consent *consent = NULL;
    q.user = person ? person->user : NULL;
    q.area = record_text(asked, "area");
    q.destination = record_text(asked, "destination.id");
    q.purpose = record_text(asked, "purpose");
    q.consent = consent_id;
    q.uses = permit_uses_of;
    q.context = &uses;
    decide_transfer(p, &q, ret, &consent);
    if (ret->allow && permit_medium_revoked(p, f, q.destination)) {
        ret->allow = false;
        ret->reason = SK_REASON_MEDIUM_REVOKED;
    }
}

void permit_transfer(const struct policy *p, struct fold *f, const struct case_entry *e,
                     bool granted, int64_t now_s, struct decision *ret)
{
    struct transfer_question q = {.take_out = e->take_out, .now = now_s};
    decide(p, f, e->request, granted, &q, ret);
}

void permit_handover(const struct policy *p, struct fold *f, const struct handover *h, bool granted,
                     int64_t now_s, struct decision *ret)
{
    struct transfer_question q = {.take_out = true, .item = true, .now = now_s};
    decide(p, f, h->asked, granted, &q, ret);
}

int64_t permit_handover_expires(const struct handover *h)
{
    int64_t at_s;
    bool is_signed = *record_text(h->permit, "permit") != '\0';
    return is_signed && clock_parse_time(record_text(h->permit, "expires"), &at_s) == 0 ? at_s : 0;
}

/* Of one approver: the record of a permit that one person's word made, or one row of several. */
static bool word_stands(const struct policy *p, const json_t *asked, const json_t *row, int64_t now_s,
                        enum sk_reason *ret_reason)
{
    const struct policy_person *who = policy_person(p, record_text(row, "person.id"));
    char key[MINISIGN_ID_TEXT_CAP];
    struct decision d = {.reason = SK_REASON_NOT_ON_ROSTER};
    if (who)
        decide_approval(p, who->user, record_text(asked, "person.id"), record_text(asked, "destination.id"), now_s,
                        &d);
    *ret_reason = d.reason;
    if (!d.allow || !who)
        return false;
    minisign_id_format(who->key.id, key);
    *ret_reason = SK_REASON_PERMIT_VOID;
    return str_eq(record_text(row, "key"), key);
}

bool permit_stands(const struct policy *p, const json_t *asked, const json_t *permit, int64_t now_s,
                   enum sk_reason *ret_reason, const char **ret_whose)
{
    const json_t *rows = record_member(permit, "approvals"), *row;
    struct permit_approvals places = {0};
    size_t i;
    *ret_whose = record_text(permit, "person.name");
    json_array_foreach(rows, i, row)
    {
        *ret_whose = record_text(row, "person.name");
        if (!word_stands(p, asked, row, now_s, ret_reason))
            return false;
        if (places.count < array_count(places.rows) &&
            !permit_approved_by(p, asked, &places, policy_person(p, record_text(row, "person.id")), now_s))
            places.rows[places.count++] = row;
    }
    if (json_array_size(rows) == 0 && !word_stands(p, asked, permit, now_s, ret_reason))
        return false;
    if ((json_array_size(rows) == 0 ? 1 : places.count) >= permit_needed(p, asked, ""))
        return true;
    *ret_whose = "";
    *ret_reason = SK_REASON_PERMIT_VOID;
    return false;
}

unsigned permit_needed(const struct policy *p, const json_t *asked, const char *text_says)
{
    unsigned needed = decide_quorum(p, record_text(asked, "destination.id"));
    uint64_t said;
    return text_says && str_to_u64(text_says, POLICY_QUORUM_MAX, &said) == 0 && said > needed ? (unsigned)said : needed;
}

/* The person's place for what was asked, "" = none. */
static const char *place_of(const struct policy *p, const json_t *asked, const struct policy_person *who, int64_t now_s)
{
    const struct policy_person *place = who ? decide_place(p, who, record_text(asked, "destination.id"), now_s) : NULL;
    return place ? place->head.id : "";
}

bool permit_approved_by(const struct policy *p, const json_t *asked, const struct permit_approvals *a,
                        const struct policy_person *who, int64_t now_s)
{
    const char *place = place_of(p, asked, who, now_s);
    for (size_t i = 0; i < a->count; i++) {
        const struct policy_person *other = policy_person(p, record_text(a->rows[i], "person.id"));
        if (other == who || str_eq(place_of(p, asked, other, now_s), place))
            return true;
    }
    return false;
}

void permit_approvals(const struct policy *p, const json_t *asked, const json_t *approvals, const char *digest_hex,
                      int64_t now_s, struct permit_approvals *ret)
{
    size_t i;
    const json_t *row;
    enum sk_reason unused;
    *ret = (struct permit_approvals){0};
    json_array_foreach(approvals, i, row)
        if (ret->count < array_count(ret->rows) && str_eq(record_text(row, "permit"), digest_hex) &&
            word_stands(p, asked, row, now_s, &unused) &&
            !permit_approved_by(p, asked, ret, policy_person(p, record_text(row, "person.id")), now_s))
            ret->rows[ret->count++] = row;
}

bool permit_case_waits(const struct policy *p, const struct case_entry *e, int64_t now_s)
{
    enum sk_reason unused;
    const char *whose;
    return e->state == CASE_REQUESTED || e->state == CASE_FAILED ||
           (e->state == CASE_PERMITTED && !permit_stands(p, e->request, e->permit, now_s, &unused, &whose));
}

bool permit_handover_waits(const struct policy *p, const struct handover *h, int64_t now_s)
{
    enum sk_reason unused;
    const char *whose;
    if (!h->asked || h->state != HANDOVER_PERMITTED)
        return h->asked && h->state == HANDOVER_ASKED;
    return now_s >= permit_handover_expires(h) || permit_is_ahead(h->permit, now_s) ||
           !permit_stands(p, h->asked, h->permit, now_s, &unused, &whose);
}

bool permit_is_ahead(const json_t *permit, int64_t now_s)
{
    int64_t at_s;
    return clock_parse_time(record_text(permit, "at"), &at_s) == 0 && at_s > now_s;
}

static enum sk_reason may_approve(const struct policy *p, const struct fold *f, const json_t *asked,
                                  const struct policy_person *who, int64_t now_s)
{
    struct decision d = {0};
    uint64_t failures;
    int64_t until;
    if (!who)
        return SK_REASON_NOT_ON_ROSTER;
    decide_approval(p, who->user, record_text(asked, "person.id"),
                    record_text(asked, "destination.id"), now_s, &d);
    if (!d.allow)
        return d.reason;
    fold_lockout(f, who->head.id, &failures, &until);
    return until > now_s ? SK_REASON_LOCKED_OUT : SK_REASON_ALLOWED;
}

enum sk_reason permit_may_approve(const struct policy *p, const struct fold *f,
                                  const struct case_entry *e, const struct policy_person *who,
                                  int64_t now_s)
{
    return may_approve(p, f, e->request, who, now_s);
}

enum sk_reason permit_may_hand_over(const struct policy *p, const struct fold *f,
                                    const struct handover *h, const struct policy_person *who,
                                    int64_t now_s)
{
    const char *id = who ? who->head.id : "", *place = place_of(p, h->asked, who, now_s);
    enum sk_reason reason = may_approve(p, f, h->asked, who, now_s);
    bool party = false;
    static const char *const parties[] = {"from.id", "to.person"};
    for (size_t i = 0; i < array_count(parties); i++) {
        const char *whose = record_text(h->asked, parties[i]);
        party = party || str_eq(whose, id) || (*place && str_eq(whose, place));
    }
    return reason == SK_REASON_ALLOWED && party ? SK_REASON_OWN_REQUEST : reason;
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
        no(ret, SK_REASON_NOT_APPROVER, PHRASE("the permit is signed with a key of nobody on the roster"));
    else if (!q->signature_good)
        no(ret, SK_REASON_PERMIT_MISMATCH, PHRASE("the signature is not over this permit text"));
    else if (strcmp(q->permit->case_id, q->asked_case) != 0)
        no(ret, SK_REASON_PERMIT_MISMATCH, PHRASE("the permit is for another case"));
    else if (fold_permit_used(q->fold, q->digest_hex))
        no(ret, SK_REASON_PERMIT_USED, PHRASE("this permit has been used before"));
    else
        return true;
    return false;
}

static bool check_state(const struct permit_question *q, const struct case_entry *e, struct permit_verdict *ret)
{
    if (permit_case_waits(q->policy, e, q->now_s))
        return true;
    if (e->state == CASE_WITHDRAWN)
        no(ret, SK_REASON_PERMIT_MISMATCH, PHRASE("the request was withdrawn"));
    else if (e->state == CASE_EXPIRED)
        no(ret, SK_REASON_PERMIT_EXPIRED, PHRASE("the case has expired"));
    else if (e->state == CASE_REVOKED)
        no(ret, SK_REASON_PERMIT_VOID, PHRASE("the permit was taken back"));
    else if (e->state == CASE_REJECTED)
        no(ret, SK_REASON_PERMIT_MISMATCH, PHRASE("the request was rejected"));
    else
        no(ret, SK_REASON_PERMIT_USED, PHRASE("the case has its permit already"));
    return false;
}

static bool check_handover_state(const struct permit_question *q, const struct handover *h,
                                 struct permit_verdict *ret)
{
    if (permit_handover_waits(q->policy, h, q->now_s))
        return true;
    if (h->state == HANDOVER_REJECTED || h->state == HANDOVER_FAILED)
        no(ret, SK_REASON_PERMIT_MISMATCH, PHRASE("the hand-over was rejected, or came to nothing"));
    else
        no(ret, SK_REASON_PERMIT_USED, PHRASE("the hand-over has its permit already"));
    return false;
}

static bool check_content(const struct permit_question *q, const json_t *asked,
                          struct permit_verdict *ret)
{
    if (strcmp(q->permit->request, record_text(asked, "digest")) != 0)
        no(ret, SK_REASON_PERMIT_MISMATCH, PHRASE("the permit is for another request text"));
    else if (strcmp(q->permit->consent, record_text(asked, "consent.id")) != 0)
        no(ret, SK_REASON_PERMIT_MISMATCH, PHRASE("the permit cites another consent"));
    else if (!q->prepared)
        no(ret, SK_REASON_PERMIT_MISMATCH, PHRASE("the permit text is not the one that was handed out"));
    else
        return true;
    return false;
}

/* Enough have approved, but one of them could not for a while, so that nothing came of it: then the word of any of them
 * that is handed in again completes it, in the place of the earlier one. */
static bool take_again(const struct permit_question *q, const json_t *asked, const struct policy_person *who,
                       struct permit_verdict *ret)
{
    struct permit_approvals *all = &ret->earlier, others = {0};
    if (all->count < ret->needed)
        return false;
    for (size_t i = 0; i < all->count; i++) {
        const struct permit_approvals one = {.rows = {all->rows[i]}, .count = 1};
        if (!permit_approved_by(q->policy, asked, &one, who, q->now_s))
            others.rows[others.count++] = all->rows[i];
    }
    *all = others;
    return true;
}

/* Approver, period and policy; d is what the policy says now. */
static void check_now(const struct permit_question *q, enum sk_reason approver, const json_t *asked,
                      const json_t *approvals, const struct decision *d, struct permit_verdict *ret)
{
    const struct policy_person *who = policy_person(q->policy, q->signer);
    int64_t expires_s;
    ret->needed = permit_needed(q->policy, asked, q->permit->approvals);
    permit_approvals(q->policy, asked, approvals, q->digest_hex, q->now_s, &ret->earlier);
    if (approver != SK_REASON_ALLOWED)
        no(ret, approver, sk_reason_phrase(approver));
    else if (clock_parse_time(q->permit->expires, &expires_s) != 0 || q->now_s >= expires_s)
        no(ret, SK_REASON_PERMIT_EXPIRED, PHRASE("the permit's period is over"));
    else if (!d->allow)
        no(ret, d->reason, sk_reason_phrase(d->reason));
    else if (permit_approved_by(q->policy, asked, &ret->earlier, who, q->now_s) && !take_again(q, asked, who, ret))
        no(ret, SK_REASON_PERMIT_USED,
           PHRASE("this person, or the one in whose place they approve, has approved already: it takes another one"));
}

static void check_case(const struct permit_question *q, struct permit_verdict *ret)
{
    const struct case_entry *e = ret->entry;
    const struct policy_person *who = policy_person(q->policy, q->signer);
    struct decision d = {0};
    if (!check_state(q, e, ret) || !check_content(q, e->request, ret))
        return;
    if (fold_is_lost(q->fold, e, "")) {
        no(ret, SK_REASON_LOST, sk_reason_phrase(SK_REASON_LOST));
        return;
    }
    permit_transfer(q->policy, q->fold, e, e->state == CASE_PERMITTED && !e->standing, q->now_s,
                    &d);
    const char *why;
    if (d.allow && e->standing) {
        d.reason = standing_fits(q->policy, e, &why);
        d.allow = d.reason == SK_REASON_ALLOWED;
    }
    check_now(q, permit_may_approve(q->policy, q->fold, e, who, q->now_s), e->request, e->approvals,
              &d, ret);
}

static void check_handover(const struct permit_question *q, struct permit_verdict *ret)
{
    const struct handover *h = ret->handover;
    const struct policy_person *who = policy_person(q->policy, q->signer);
    struct decision d = {0};
    if (!check_handover_state(q, h, ret) || !check_content(q, h->asked, ret))
        return;
    if (fold_handover_lost(q->fold, h)) {
        no(ret, SK_REASON_LOST, sk_reason_phrase(SK_REASON_LOST));
        return;
    }
    permit_handover(q->policy, q->fold, h, h->state == HANDOVER_PERMITTED, q->now_s, &d);
    check_now(q, permit_may_hand_over(q->policy, q->fold, h, who, q->now_s), h->asked, h->approvals, &d, ret);
}

void permit_check(const struct permit_question *q, struct permit_verdict *ret)
{
    *ret = (struct permit_verdict){.reason = SK_REASON_ALLOWED, .why = ""};
    ret->entry = fold_case(q->fold, q->permit->case_id);
    ret->handover = ret->entry ? NULL : fold_handover_of_id(q->fold, q->permit->case_id);
    if (!check_text(q, ret))
        return;
    if (ret->entry)
        check_case(q, ret);
    else if (ret->handover)
        check_handover(q, ret);
    else
        no(ret, SK_REASON_PERMIT_MISMATCH, PHRASE("there is no such case"));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_handover.c owns hand-overs up to the moment when the thing is in the receiver's hands (REC-3): asked for
 * on a consent of the client's, given. It must never let a thing go whose hand-over no approver has signed
 * (op_permit.c), nor on a consent that does not hold any more. */
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/permit.h"
#include "control/texts.h"
#include "policy/decide.h"

static uint64_t uses_of(void *context, const char *consent)
{
    return fold_uses(context, consent);
}

/* Would the policy let this item go there now? The consent is the one that covers it. */
static int decide(struct ask *a, const char *destination, const struct policy_consent **ret)
{
    struct control *c = a->control;
    const char *consent = record_text(a->body, "consent");
    struct decision d = {0};
    const struct policy_consent *nearest = NULL;
    const struct transfer_question q = {
        .user = a->login,
        .area = thing_area(&a->thing),
        .destination = destination,
        .purpose = record_text(a->body, "purpose"),
        .consent = *consent ? consent : NULL,
        .take_out = true,
        .item = true,
        .uses = uses_of,
        .context = c->fold,
        .now = control_now(c),
    };
    decide_transfer(c->rules.policy, &q, &d, &nearest);
    if (d.allow && nearest) {
        *ret = nearest;
        return 0;
    }
    a->consent = nearest ? nearest->head.id : NULL;
    return ask_refuse(a, d.allow ? SK_REASON_NO_CONSENT : d.reason, "%s",
                      sk_reason_phrase(d.allow ? SK_REASON_NO_CONSENT : d.reason));
}

json_t *handover_record(struct ask *a, const char *id, const struct thing *t, const char *phase)
{
    const struct policy *p = a->control->rules.policy;
    json_t *record = control_record(a->control, SK_KIND_HANDOVER);
    autojson json_t *fields = json_pack(
        "{sssssosssssbsbss}", "handover", id, "phase", phase, "person", ask_person(a), "contract",
        thing_contract(t), "area", thing_area(t), "top-secret", thing_is_top_secret(t, p),
        "specific-personal", thing_is_personal(t, p), t->of_case ? "case" : "item", thing_id(t));
    if (record && fields && json_object_update(record, fields) == 0)
        return record;
    json_decref(record);
    return NULL;
}

static json_t *from_json(const struct ask *a, const struct thing *t)
{
    const char *id = thing_handler(t);
    const struct policy_person *who = policy_person(a->control->rules.policy, id);
    return json_pack("{ssss}", "id", id, "name", who ? who->name : "");
}

static json_t *content_of(const struct thing *t)
{
    const struct case_entry *e = t->of_case;
    if (e)
        return json_pack("{sOsOss}", "count", record_member(e->request, "content.count"), "bytes",
                         record_member(e->request, "content.bytes"), "form", "electronic");
    return json_pack("{sssIss}", "name", record_text(t->entry->record, "name"), "count",
                     (json_int_t)record_number(t->entry->record, "count"), "form",
                     record_text(t->entry->record, "form"));
}

/* What both kinds have: from, to and the rest of the eight fields. */
static int put_fields(struct ask *a, json_t *record, const json_t *to, const char *purpose)
{
    autojson json_t *fields = json_pack(
        "{sosOsbssssssso}", "from", from_json(a, &a->thing), "to", to, "to-client",
        record_flag(a->body, "to-client"), "purpose", purpose, "kept", record_text(a->body, "kept"),
        "return-by", record_text(a->body, "return-by"), "content", content_of(&a->thing));
    return fields && json_object_update(record, fields) == 0 ? 0 : -ENOMEM;
}

static json_t *destination_of(const struct policy_destination *d)
{
    return json_pack("{ssssss}", "id", d->head.id, "label", d->label, "kind", destination_kind(d));
}

static json_t *asked_record(struct ask *a, const char *id, const json_t *to,
                            const struct policy_destination *d, const struct policy_consent *consent)
{
    json_t *record = handover_record(a, id, &a->thing, "asked");
    if (record && put_fields(a, record, to, record_text(a->body, "purpose")) == 0 &&
        json_object_set_new(record, "destination", destination_of(d)) == 0 &&
        json_object_set_new(record, "consent", consent_json(consent)) == 0)
        return record;
    json_decref(record);
    return NULL;
}

/* A case was permitted already; its record says by whom. */
static json_t *given_record(struct ask *a, const char *id, const json_t *to)
{
    const struct case_entry *e = a->thing.of_case;
    json_t *record = handover_record(a, id, &a->thing, "given");
    autojson json_t *permission = handover_permission(e->permit);
    if (record && permission &&
        put_fields(a, record, to, record_text(e->request, "purpose")) == 0 &&
        json_object_set(record, "permission", permission) == 0 &&
        json_object_set(record, "destination", json_object_get(e->request, "destination")) == 0 &&
        json_object_set(record, "consent", json_object_get(e->request, "consent")) == 0)
        return record;
    json_decref(record);
    return NULL;
}

static json_t *approvers_of(struct ask *a, const struct handover *h)
{
    const struct control *c = a->control;
    const struct policy *p = c->rules.policy;
    json_t *list = json_array();
    for (size_t i = 0; list && h && i < p->person_count; i++) {
        const struct policy_person *who = &p->persons[i];
        if (permit_may_hand_over(p, c->fold, h, who, control_now(c)) == SK_REASON_ALLOWED)
            json_array_append_new(list, json_pack("{ssss}", "id", who->head.id, "name", who->name));
    }
    return list;
}

/* Text, file, record, in this order; after the record the hand-over is asked for. Takes record. */
static int settle(struct ask *a, const char *id, json_t *record_in)
{
    autojson json_t *record = record_in;
    autobuf struct buf text = {0};
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    int r = record ? handover_text(a->control, record, &text, &a->why) : -ENOMEM;
    if (r == 0)
        r = digest_of(text.data, text.len, digest);
    if (r == 0)
        r = store_write(STORE_REQUEST, id, text.data, text.len);
    if (r != 0)
        return r;
    digest_hex(hex, digest);
    return json_object_set_new(record, "digest", json_string(hex)) == 0
               ? ledger_append(a->control, json_incref(record), true, NULL, &a->why)
               : -ENOMEM;
}

static int hand_over_case(struct ask *a, const char *id, const json_t *to)
{
    struct control *c = a->control;
    const struct case_entry *e = a->thing.of_case;
    const char *kind = record_text(e->request, "destination.kind");
    struct decision d = {0};
    if (e->state != CASE_OUT)
        return ask_fail(a, SK_ERR_STATE, "%s is %s: it is exported first", e->id,
                        PHRASE_OF(case_state_name(e->state)));
    if (fold_is_lost(c->fold, a->thing.of_case, ""))
        return ask_refuse(a, SK_REASON_LOST, "%s: %s", e->id, sk_reason_phrase(SK_REASON_LOST));
    if (!str_eq(kind, "hand") && !str_eq(kind, "area"))
        return ask_refuse(a, SK_REASON_DESTINATION_KIND, "%s went to a destination of kind %s", e->id,
                          kind);
    permit_transfer(c->rules.policy, c->fold, e, true, control_now(c), &d);
    a->consent = record_text(e->request, "consent.id");
    if (!d.allow)
        return ask_refuse(a, d.reason, "%s", sk_reason_phrase(d.reason));
    int r = ledger_append(c, given_record(a, id, to), true, NULL, &a->why);
    if (r == 0)
        a->answer = json_pack("{sssss[]}", "handover", id, "state", "given", "approvers");
    return r;
}

static int hand_over_item(struct ask *a, const char *id, const json_t *to)
{
    const char *destination = record_text(a->body, "destination");
    const struct policy_consent *consent = NULL;
    if (*fold_item_lost(a->control->fold, a->thing.entry))
        return ask_refuse(a, SK_REASON_LOST, "%s: %s", thing_id(&a->thing), sk_reason_phrase(SK_REASON_LOST));
    if (a->thing.entry->kind != ENTRY_ITEM)
        return ask_fail(a, SK_ERR_STATE, "%s lies in an area: request its files for a destination of "
                        "kind hand", thing_id(&a->thing));
    int r = decide(a, destination, &consent);
    const struct policy_destination *d = policy_destination(a->control->rules.policy, destination);
    if (r != 0 || !consent || !d)
        return r != 0 ? r : SK_ERR_NOT_FOUND;
    r = settle(a, id, asked_record(a, id, to, d, consent));
    if (r == 0)
        a->answer = json_pack("{ssssso}", "handover", id, "state", "asked", "approvers",
                              approvers_of(a, fold_handover_of_id(a->control->fold, id)));
    return r;
}

int op_handover(struct ask *a)
{
    struct control *c = a->control;
    autojson json_t *to = NULL;
    char id[SK_ID_MAX + 1];
    const struct handover *open = fold_handover_open(c->fold, thing_id(&a->thing));
    if (!thing_is_open(&a->thing))
        return ask_fail(a, SK_ERR_STATE, "%s has ended", thing_id(&a->thing));
    if (open)
        return ask_fail(a, SK_ERR_STATE, "%s is being handed over already: %s is %s",
                        thing_id(&a->thing), open->id, PHRASE_OF(handover_state_name(open->state)));
    int r = to_json(a, &to);
    if (r == 0 && *record_text(to, "person"))
        r = check_colleague(a, record_text(to, "person"));
    if (r == 0)
        r = check_return_by(a);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r == 0)
        r = next_id(c, 'H', id);
    if (r != 0)
        return r;
    return a->thing.of_case ? hand_over_case(a, id, to) : hand_over_item(a, id, to);
}

/* ---- the permit, and the moment of giving ---- */

int handover_find(struct ask *a, const char *id, struct handover **ret, struct thing *ret_thing)
{
    struct control *c = a->control;
    if (!c->folded)
        return ask_fail(a, SK_ERR_STATE, "the ledger has not been read: %s", c->fold_why);
    struct handover *h = fold_handover_of_id(c->fold, id);
    if (!h)
        h = fold_handover_open(c->fold, id);
    if (!h || !thing_find(c->fold, h->of, ret_thing))
        return ask_fail(a, SK_ERR_NOT_FOUND, "there is no hand-over %s", id);
    *ret = h;
    return 0;
}

bool handover_manages(const struct ask *a, const char *area)
{
    const struct policy_person *p = a->person;
    return p && !p->suspended && (p->roles & POLICY_MANAGER) &&
           (p->areas.count == 0 || policy_list_has(&p->areas, area));
}

bool handover_is_mine(const struct ask *a, const struct handover *h, const struct thing *t)
{
    const json_t *asked = h->asked ? h->asked : h->given;
    return a->person && (str_eq(record_text(asked, "person.id"), a->person->head.id) ||
                         str_eq(thing_handler(t), a->person->head.id));
}

static int check_state(struct ask *a, const struct handover *h, enum handover_state wanted)
{
    return h->state == wanted
               ? 0
               : ask_fail(a, SK_ERR_STATE, "%s is %s", h->id, PHRASE_OF(handover_state_name(h->state)));
}

/* Is its permit good now, and would the policy still let it go? */
static int check_permit(struct ask *a, const struct handover *h)
{
    struct control *c = a->control;
    struct decision d = {0};
    if (control_now(c) >= permit_handover_expires(h) || permit_is_ahead(h->permit, control_now(c)))
        return ask_refuse(a, SK_REASON_PERMIT_EXPIRED, "%s", sk_reason_phrase(SK_REASON_PERMIT_EXPIRED));
    if (fold_handover_lost(c->fold, h))
        return ask_refuse(a, SK_REASON_LOST, "%s: %s", h->of, sk_reason_phrase(SK_REASON_LOST));
    int r = ask_permit_stands(a, h->id, h->asked, h->permit);
    if (r != 0)
        return r;
    permit_handover(c->rules.policy, c->fold, h, true, control_now(c), &d);
    a->consent = record_text(h->asked, "consent.id");
    return d.allow ? 0 : ask_refuse(a, d.reason, "%s", sk_reason_phrase(d.reason));
}

int op_handover_give(struct ask *a)
{
    static const char *const same[] = {"from",    "to",        "to-client",   "purpose", "kept",
                                       "content", "return-by", "destination", "consent"};
    struct control *c = a->control;
    struct handover *h = NULL;
    struct thing t = {0};
    int r = handover_find(a, record_text(a->body, "handover"), &h, &t);
    if (r != 0 || !h)
        return r != 0 ? r : SK_ERR_NOT_FOUND;
    if (!handover_is_mine(a, h, &t) && !handover_manages(a, thing_area(&t)))
        r = ask_fail(a, SK_ERR_PEER, "%s is not yours to give", h->id);
    if (r == 0)
        r = check_state(a, h, HANDOVER_PERMITTED);
    if (r == 0 && !thing_is_open(&t))
        r = ask_fail(a, SK_ERR_STATE, "%s has ended", thing_id(&t));
    if (r == 0)
        r = check_permit(a, h);
    if (r == 0 && *record_text(h->asked, "to.person")) {
        a->thing = t; /* the receiver may have been suspended since it was asked for */
        r = check_colleague(a, record_text(h->asked, "to.person"));
    }
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    json_t *record = handover_record(a, h->id, &t, "given");
    autojson json_t *permission = handover_permission(h->permit);
    bool ok = record && permission && json_object_set(record, "permission", permission) == 0;
    for (size_t i = 0; ok && i < array_count(same); i++)
        ok = json_object_set(record, same[i], json_object_get(h->asked, same[i])) == 0;
    if (!ok) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(c, record, true, NULL, &a->why);
}

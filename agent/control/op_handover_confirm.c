/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_handover_confirm.c owns the end of hand-overs: the receiver's word, or why it failed. It must never
 * take somebody else's word for a receiver who can speak: a person of the roster, or the agent of a
 * colleague's PC. */
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/permit.h"
#include "policy/decide.h"

/* A receiver outside gives something that proves it to whom brought it. */
static int check_outside(struct ask *a, const struct handover *h, const struct thing *t,
                         json_t **ret_proof, char *ret_key)
{
    if (!handover_is_mine(a, h, t) && !handover_manages(a, thing_area(t)))
        return ask_fail(a, SK_ERR_PEER, "%s is not yours to confirm", h->id);
    return proof_or_receipt(a, t, record_flag(h->given, "to-client"), ret_proof, ret_key);
}

static int check_inside(struct ask *a, const struct handover *h)
{
    const char *person = record_text(h->given, "to.person");
    return a->person && str_eq(person, a->person->head.id)
               ? 0
               : ask_refuse(a, SK_REASON_NOT_RECEIVER, "%s", sk_reason_phrase(SK_REASON_NOT_RECEIVER));
}

/* Takes record and proof. */
static int append(struct ask *a, const char *id, json_t *record, json_t *proof, const char *key,
                  const json_t *given)
{
    static const char *const same[] = {"to", "to-client"};
    autojson json_t *proven = proof;
    const char *person = record_text(given, "to.person");
    bool ok = record != NULL;
    for (size_t i = 0; ok && i < array_count(same); i++)
        if (json_object_get(given, same[i]))
            ok = json_object_set(record, same[i], json_object_get(given, same[i])) == 0;
    if (ok && *person)
        ok = json_object_set_new(record, "handler",
                                 json_pack("{ssss}", "id", person, "name",
                                           record_text(given, "to.name"))) == 0;
    if (ok && proven)
        ok = json_object_set(record, "proof", proven) == 0;
    if (ok)
        ok = json_object_set_new(record, "key", json_string(key)) == 0;
    if (!ok) {
        json_decref(record);
        return -ENOMEM;
    }
    autofree char *shown = strdup(id); /* the table may move */
    int r = shown ? ledger_append(a->control, record, true, NULL, &a->why) : -ENOMEM;
    if (r == 0)
        a->answer = json_pack("{ss}", "handover", shown);
    return r;
}

/* To a colleague's area the export itself was the giving. */
static int confirm_area(struct ask *a, const char *id, const struct thing *t,
                        const struct handover *h)
{
    struct control *c = a->control;
    char key[MINISIGN_PUBLIC_TEXT_CAP] = "", fresh[SK_ID_MAX + 1];
    json_t *proof = NULL;
    bool own = a->person && str_eq(thing_handler(t), a->person->head.id);
    if (!own && !handover_manages(a, thing_area(t)))
        return ask_fail(a, SK_ERR_PEER, "there is no case %s that %s may ask for", id, a->login);
    if (t->of_case->state != CASE_OUT)
        return ask_fail(a, SK_ERR_STATE, "%s is %s", id, PHRASE_OF(case_state_name(t->of_case->state)));
    const struct handover *before = fold_handover_latest(c->fold, t->of_case->id);
    if (before && before->state == HANDOVER_RECEIVED)
        return ask_fail(a, SK_ERR_STATE, "%s was received: %s", t->of_case->id, before->id);
    int r = receipt_check(a, t->of_case, h && record_flag(h->given, "to-client"), &proof, key);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r == 0 && !h)
        r = next_id(c, 'H', fresh);
    if (r != 0) {
        json_decref(proof);
        return r;
    }
    const char *handover = h ? h->id : fresh;
    autojson json_t *given =
        h ? json_incref(h->given)
          : json_pack("{s{ssssss}}", "to", "person", "", "name",
                      record_text(t->of_case->request, "destination.label"), "organisation", "");
    return append(a, handover, handover_record(a, handover, t, "received"), proof, key, given);
}

static int fail_handover(struct ask *a, const struct handover *h, const struct thing *t)
{
    const char *why = record_text(a->body, "why");
    bool receiver = a->person && h->state == HANDOVER_GIVEN &&
                    str_eq(record_text(h->given, "to.person"), a->person->head.id);
    if (!receiver && !handover_is_mine(a, h, t) && !handover_manages(a, thing_area(t)))
        return ask_fail(a, SK_ERR_PEER, "%s is not yours to end", h->id);
    if (!handover_is_open(h->state))
        return ask_fail(a, SK_ERR_STATE, "%s is %s", h->id, PHRASE_OF(handover_state_name(h->state)));
    if (field_is_blank(why))
        return ask_fail(a, SK_ERR_FORMAT, "say why it failed: --why TEXT");
    int r = ledger_ready(a->control, &a->why);
    json_t *record = r == 0 ? handover_record(a, h->id, t, "failed") : NULL;
    if (record && json_object_set_new(record, "why", json_string(why)) != 0) {
        json_decref(record);
        record = NULL;
    }
    return r != 0 ? r : append(a, h->id, record, NULL, "", h->given ? h->given : h->asked);
}

int op_handover_confirm(struct ask *a)
{
    struct control *c = a->control;
    const char *id = record_text(a->body, "handover");
    struct handover *h = NULL;
    struct thing t = {0};
    json_t *proof = NULL;
    char key[MINISIGN_PUBLIC_TEXT_CAP] = "";
    bool of_area = c->folded && thing_find(c->fold, id, &t) && t.of_case &&
                   str_eq(record_text(t.of_case->request, "destination.kind"), "area") &&
                   !record_flag(a->body, "failed");
    if (of_area)
        return confirm_area(a, id, &t, fold_handover_open(c->fold, id));
    int r = handover_find(a, id, &h, &t);
    if (r != 0)
        return r;
    if (record_flag(a->body, "failed"))
        return fail_handover(a, h, &t);
    if (h->state != HANDOVER_GIVEN)
        return ask_fail(a, SK_ERR_STATE, "%s is %s", h->id, PHRASE_OF(handover_state_name(h->state)));
    if (!thing_is_open(&t))
        return ask_fail(a, SK_ERR_STATE, "%s has ended", thing_id(&t));
    if (t.of_case && str_eq(record_text(t.of_case->request, "destination.kind"), "area"))
        return confirm_area(a, t.of_case->id, &t, h);
    r = *record_text(h->given, "to.person") ? check_inside(a, h) : check_outside(a, h, &t, &proof, key);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r != 0) {
        json_decref(proof);
        return r;
    }
    return append(a, h->id, handover_record(a, h->id, &t, "received"), proof, key, h->given);
}

/* ---- looking ---- */

bool handover_may_view(const struct ask *a, const struct handover *h, const struct thing *t)
{
    struct control *c = a->control;
    const json_t *asked = h->asked ? h->asked : h->given ? h->given : h->end;
    struct decision d = {0};
    if (ask_oversees(a, thing_area(t)))
        return true;
    if (!a->person || a->person->suspended)
        return false;
    if (handover_is_mine(a, h, t) || str_eq(record_text(asked, "to.person"), a->person->head.id))
        return true;
    decide_approval(c->rules.policy, a->login, record_text(asked, "person.id"),
                    record_text(asked, "destination.id"), control_now(c), &d);
    return d.allow;
}

int op_handover_list(struct ask *a)
{
    const struct fold *f = a->control->fold;
    autojson json_t *list = json_array();
    for (size_t i = 0; list && i < f->reg.handover_count; i++) {
        struct thing t;
        const struct handover *h = &f->reg.handovers[i];
        if (thing_find(a->control->fold, h->of, &t) && handover_may_view(a, h, &t) &&
            json_array_append_new(list, handover_view(h, &t)) != 0)
            return -ENOMEM;
    }
    a->answer = json_pack("{sO}", "handovers", list);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

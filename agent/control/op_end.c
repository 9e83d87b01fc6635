/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_end.c owns the end of everything in the register: given, returned, destroyed, each with method, proof
 * and who did it (DSP-1). It must never end a thing twice, nor let what is top secret change hands but by
 * a hand-over. */
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "policy/decide.h"

json_t *proof_json(struct ask *a)
{
    const char *text = record_text(a->body, "proof.text");
    const char *sha256 = record_text(a->body, "proof.sha256");
    if (field_is_blank(text) && !*sha256) {
        (void)!ask_fail(a, SK_ERR_FORMAT, "what proves it? Add --proof TEXT or --proof-file FILE");
        return NULL;
    }
    return json_pack("{ssssss}", "text", text, "file", record_text(a->body, "proof.file"), "sha256",
                     sha256);
}

/* The name of who receives it is free; but a word of the policy's is another thing, put into the wrong option. */
static int check_name(struct ask *a, const char *name)
{
    const struct policy *p = a->control->rules.policy;
    for (size_t i = 0; i < p->destination_count; i++) {
        const struct policy_destination *d = &p->destinations[i];
        if (str_eq(d->head.id, name) || str_eq(d->label, name))
            return ask_fail(a, SK_ERR_FORMAT, "%s is a destination and nobody who receives: --destination %s, and --to "
                            "with the receiver's name", name, d->head.id);
    }
    for (size_t i = 0; i < p->person_count; i++) {
        const struct policy_person *who = &p->persons[i];
        if (str_eq(who->head.id, name) || str_eq(who->user, name) || str_eq(who->name, name))
            return ask_fail(a, SK_ERR_FORMAT, "%s is on the roster: --to-person %s, who then confirms it", name,
                            who->head.id);
    }
    return 0;
}

int to_json(struct ask *a, json_t **ret)
{
    const char *id = record_text(a->body, "to.person"), *name = record_text(a->body, "to.name");
    const struct policy_person *who = *id ? policy_person(a->control->rules.policy, id) : NULL;
    if (*id && !who)
        return ask_refuse(a, SK_REASON_NOT_ON_ROSTER, "%s is not on the roster", id);
    if (*id && record_flag(a->body, "to-client"))
        return ask_fail(a, SK_ERR_FORMAT, "%s is on the roster and not the client: with --to-client name who took it there (--to NAME)", id);
    int r = *id ? 0 : check_name(a, name);
    if (r != 0)
        return r;
    if (!*id && field_is_blank(name))
        return ask_fail(a, SK_ERR_FORMAT, "to whom? Add --to NAME, or --to-person PERSON for somebody on the roster");
    *ret = json_pack("{ssssss}", "person", id, "name", who ? who->name : name, "organisation",
                     record_text(a->body, "to.organisation"));
    return *ret ? 0 : -ENOMEM;
}

json_t *item_record(struct ask *a, const struct thing *t, const char *phase)
{
    json_t *record = control_record(a->control, SK_KIND_ITEM);
    autojson json_t *fields =
        json_pack("{sssssossss}", "item", thing_id(t), "phase", phase, "person", ask_person(a),
                  "contract", thing_contract(t), "area", thing_area(t));
    if (record && fields && json_object_update(record, fields) == 0)
        return record;
    json_decref(record);
    return NULL;
}

int check_colleague(struct ask *a, const char *id)
{
    struct control *c = a->control;
    const struct policy_person *who = policy_person(c->rules.policy, id);
    struct decision d = {0};
    if (!who)
        return ask_fail(a, SK_ERR_FORMAT, "to whom? To the client (--to-client), or to a person of the roster (--to-person)");
    decide_register(c->rules.policy, who->user, thing_area(&a->thing), control_now(c), &d);
    return d.allow ? 0 : ask_refuse(a, d.reason, "%s: %s", id, sk_reason_phrase(d.reason));
}

/* Neither ended already nor in the middle of changing hands. */
static int check_open(struct ask *a, bool may_be_returned)
{
    const struct thing *t = &a->thing;
    bool open = thing_is_open(t);
    const struct handover *h = fold_handover_open(a->control->fold, thing_id(t));
    if (t->of_case) {
        enum case_state state = t->of_case->state;
        open = state == CASE_OUT || state == CASE_UNKNOWN ||
               (may_be_returned && state == CASE_RETURNED);
    }
    if (!open)
        return ask_fail(a, SK_ERR_STATE, "%s is %s", thing_id(t),
                        t->of_case ? PHRASE_OF(case_state_name(t->of_case->state))
                                   : PHRASE_OF(entry_state_name(t->entry->state)));
    return h ? ask_fail(a, SK_ERR_STATE, "%s is being handed over: %s is %s", thing_id(t), h->id,
                        PHRASE_OF(handover_state_name(h->state)))
             : 0;
}

/* Takes record and proof. key: of who signed the receipt that is the proof, "" = none. */
static int append_end(struct ask *a, json_t *record, json_t *proof, const char *key)
{
    autojson json_t *fields = json_pack("{sssOss}", "method", record_text(a->body, "method"), "proof",
                                        proof, "done-by", record_text(a->body, "done-by"));
    json_decref(proof);
    if (!record || !fields || json_object_update(record, fields) != 0 ||
        (*key && json_object_set_new(record, "key", json_string(key)) != 0)) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(a->control, record, true, NULL, &a->why);
}

static json_t *case_record(struct ask *a, const char *kind)
{
    json_t *record = control_record(a->control, kind);
    autojson json_t *fields = json_pack("{sssoss}", "case", a->entry->id, "person", ask_person(a),
                                        "phase", "done");
    if (record && fields && json_object_update(record, fields) == 0)
        return record;
    json_decref(record);
    return NULL;
}

/* A backup stays in the register until it is destroyed. */
static int check_kind(struct ask *a, bool is_return)
{
    const struct case_entry *e = a->thing.of_case;
    bool backup = e && str_eq(record_text(e->request, "destination.kind"), "backup");
    if (is_return && backup)
        return ask_fail(a, SK_ERR_STATE, "%s is a backup: it is destroyed, not returned", e->id);
    return 0;
}

static int end_proof(struct ask *a, json_t **ret)
{
    *ret = proof_json(a);
    return *ret ? 0 : SK_ERR_FORMAT;
}

static int end_thing(struct ask *a, const char *kind, const char *phase, bool is_return)
{
    int r = check_open(a, !is_return);
    if (r == 0)
        r = check_kind(a, is_return);
    json_t *proof = NULL;
    char key[MINISIGN_PUBLIC_TEXT_CAP] = "";
    if (r == 0)
        r = is_return ? proof_or_receipt(a, &a->thing, true, &proof, key) : end_proof(a, &proof);
    if (r == 0)
        r = ledger_ready(a->control, &a->why);
    if (r != 0) {
        json_decref(proof);
        return r;
    }
    return append_end(a, a->entry ? case_record(a, kind) : item_record(a, &a->thing, phase), proof, key);
}

int op_return(struct ask *a)
{
    return end_thing(a, SK_KIND_RETURN, "returned", true);
}

int op_dispose(struct ask *a)
{
    return end_thing(a, SK_KIND_DISPOSAL, "destroyed", false);
}

int op_give(struct ask *a)
{
    struct control *c = a->control;
    bool to_client = record_flag(a->body, "to-client");
    const char *person = record_text(a->body, "to.person");
    autojson json_t *to = NULL;
    int r = check_open(a, false);
    if (r == 0 && thing_is_top_secret(&a->thing, c->rules.policy))
        r = ask_refuse(a, SK_REASON_TOP_SECRET, "%s", sk_reason_phrase(SK_REASON_TOP_SECRET));
    if (r == 0)
        r = to_json(a, &to);
    if (r == 0 && !to_client)
        r = check_colleague(a, person);
    json_t *proof = NULL;
    char key[MINISIGN_PUBLIC_TEXT_CAP] = "";
    if (r == 0)
        r = proof_or_receipt(a, &a->thing, to_client, &proof, key);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    json_t *record = r == 0 ? item_record(a, &a->thing, "given") : NULL;
    autojson json_t *handler =
        to_client ? NULL : json_pack("{ssss}", "id", person, "name", record_text(to, "name"));
    if (!record || json_object_set(record, "to", to) != 0 ||
        json_object_set_new(record, "to-client", json_boolean(to_client)) != 0 ||
        (handler && json_object_set(record, "handler", handler) != 0)) {
        json_decref(record);
        json_decref(proof);
        return r != 0 ? r : -ENOMEM;
    }
    return append_end(a, record, proof, key);
}

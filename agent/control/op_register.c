/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_register.c owns what people write into the register (REC-6): what came in that the agent can't touch,
 * where it is, and that a manager has checked it. It must never take the check of somebody who entered
 * the thing, has it or ended it. */
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "policy/decide.h"

/* The area whose data it is: named, or the contract's only one. */
static int find_area(struct ask *a, const struct policy_area **ret)
{
    const struct policy *p = a->control->rules.policy;
    const char *id = record_text(a->body, "area"), *contract = record_text(a->body, "contract");
    const struct policy_area *found = *id ? policy_area(p, id) : NULL;
    size_t count = 0;
    if (*id && !found)
        return ask_refuse(a, SK_REASON_NO_AREA, "%s", sk_reason_phrase(SK_REASON_NO_AREA));
    if (*contract && !policy_contract(p, contract))
        return ask_refuse(a, SK_REASON_NO_CONTRACT, "%s", sk_reason_phrase(SK_REASON_NO_CONTRACT));
    if (found && *contract && !str_eq(found->contract, contract))
        return ask_refuse(a, SK_REASON_OTHER_CONTRACT, "area %s belongs to contract %s", id,
                          found->contract);
    for (size_t i = 0; !found && i < p->area_count; i++)
        count += str_eq(p->areas[i].contract, contract);
    if (!found && count != 1)
        return ask_fail(a, SK_ERR_FORMAT, "the contract %s has %zu areas: name the one whose data it is, --area "
                        "AREA", contract, count);
    for (size_t i = 0; !found && i < p->area_count; i++)
        if (str_eq(p->areas[i].contract, contract))
            found = &p->areas[i];
    *ret = found;
    return found ? 0 : SK_ERR_NOT_FOUND;
}

static int check_user(struct ask *a, const char *user, const char *shown, const char *area)
{
    struct decision d = {0};
    decide_register(a->control->rules.policy, user, area, control_now(a->control), &d);
    return d.allow ? 0 : ask_refuse(a, d.reason, "%s: %s", shown, sk_reason_phrase(d.reason));
}

/* Who has it: the asker, or another one who may. "" in the question is the asker. */
static int find_handler(struct ask *a, const char *area, json_t **ret)
{
    const char *id = record_text(a->body, "handler");
    const struct policy_person *who =
        *id ? policy_person(a->control->rules.policy, id) : a->person;
    if (!who)
        return ask_refuse(a, SK_REASON_NOT_ON_ROSTER, "%s is not on the roster", id);
    int r = check_user(a, who->user, who->head.id, area);
    if (r != 0)
        return r;
    *ret = json_pack("{ssss}", "id", who->head.id, "name", who->name);
    return *ret ? 0 : -ENOMEM;
}

/* MED-1: nobody's own medium comes to the place of work. */
static int check_owner(struct ask *a)
{
    const char *owner = record_text(a->body, "owner");
    if (str_eq(owner, "client") || str_eq(owner, "contractor"))
        return 0;
    return ask_fail(a, SK_ERR_FORMAT,
                    "a medium is the client's or the contractor's, never a person's own: --owner client or --owner contractor");
}

static int check_form(struct ask *a)
{
    static const char *const forms[] = {"paper", "medium", "electronic"};
    const char *form = record_text(a->body, "form");
    for (size_t i = 0; i < array_count(forms); i++)
        if (str_eq(forms[i], form))
            return str_eq(form, "medium")         ? check_owner(a)
                   : *record_text(a->body, "owner") ? ask_fail(a, SK_ERR_FORMAT, "only a medium has an owner (--owner)")
                                                    : 0;
    return ask_fail(a, SK_ERR_FORMAT, "there is no form \"%s\": paper, medium or electronic (--form)", form);
}

/* What it is a copy of is a thing of the same contract that the asker may know of. */
static int check_of(struct ask *a, const struct policy_area *area)
{
    struct thing of;
    const char *id = record_text(a->body, "of");
    if (!*id)
        return 0;
    if (!thing_find(a->control->fold, id, &of) || !str_eq(thing_contract(&of), area->contract))
        return ask_fail(a, SK_ERR_NOT_FOUND, "there is no entry %s of this contract (--of); sekisho register list shows them", id);
    return 0;
}

/* Left out it is one piece. */
static int check_count(struct ask *a)
{
    int64_t count = record_number(a->body, "count");
    if (!json_object_get(a->body, "count") || (count > 0 && count <= SK_PIECES_MAX))
        return 0;
    return ask_fail(a, SK_ERR_FORMAT, "the number of sheets or pieces (--count) is from 1 to %d", SK_PIECES_MAX);
}

static json_t *received_record(struct ask *a, const char *id, const struct policy_area *area,
                               const json_t *handler)
{
    static const char *const same[] = {"form",    "name",  "of",         "from", "how",
                                       "purpose", "place", "return-how", "owner"};
    int64_t count = record_number(a->body, "count");
    bool personal = record_flag(a->body, "specific-personal") || area->personal_number;
    bool secret = record_flag(a->body, "top-secret") || area->top_secret;
    json_t *record = control_record(a->control, SK_KIND_ITEM);
    autojson json_t *fields = json_pack(
        "{sssssossss sO sI sb sb s{ssss}}", "item", id, "phase", "received", "person", ask_person(a),
        "contract", area->contract, "area", area->head.id, "handler", handler, "count",
        (json_int_t)(count > 0 ? count : 1), "specific-personal", personal, "top-secret", secret,
        "kept", "where", record_text(a->body, "kept.where"), "how", record_text(a->body, "kept.how"));
    bool ok = record && fields && json_object_update(record, fields) == 0;
    for (size_t i = 0; ok && i < array_count(same); i++)
        ok = json_object_set_new(record, same[i], json_string(record_text(a->body, same[i]))) == 0;
    if (ok)
        return record;
    json_decref(record);
    return NULL;
}

int op_register_add(struct ask *a)
{
    struct control *c = a->control;
    const struct policy_area *area = NULL;
    autojson json_t *handler = NULL;
    char id[SK_ID_MAX + 1];
    uint64_t seq = 0;
    int r = find_area(a, &area);
    if (r != 0 || !area)
        return r != 0 ? r : SK_ERR_NOT_FOUND;
    r = check_user(a, a->login, a->login, area->head.id);
    if (r == 0)
        r = check_not_closed(a, area->contract);
    if (r == 0)
        r = check_form(a);
    if (r == 0)
        r = check_count(a);
    if (r == 0)
        r = find_handler(a, area->head.id, &handler);
    if (r == 0)
        r = check_of(a, area);
    if (r == 0 && (field_is_blank(record_text(a->body, "kept.where")) || field_is_blank(record_text(a->body, "kept.how"))))
        r = ask_fail(a, SK_ERR_FORMAT, "where and how is it kept? Add --kept-where TEXT and --kept-how TEXT");
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r == 0)
        r = next_id(c, 'D', id);
    if (r == 0)
        r = ledger_append(c, received_record(a, id, area, handler), true, &seq, &a->why);
    if (r != 0)
        return r;
    a->answer = json_pack("{sssI}", "item", id, "seq", (json_int_t)seq);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* ---- moving ---- */

int op_register_move(struct ask *a)
{
    static const char *const same[] = {"place", "kept"};
    struct control *c = a->control;
    const struct thing *t = &a->thing;
    autojson json_t *handler = NULL;
    const json_t *kept = record_member(a->body, "kept");
    const struct handover *h = fold_handover_open(c->fold, thing_id(t));
    int r = thing_is_open(t) ? 0 : ask_fail(a, SK_ERR_STATE, "%s has ended", thing_id(t));
    if (r == 0 && h && *record_text(a->body, "handler"))
        r = ask_fail(a, SK_ERR_STATE, "%s is being handed over: %s is %s", thing_id(t), h->id,
                     PHRASE_OF(handover_state_name(h->state)));
    if (r == 0 && !*record_text(a->body, "place") && !kept && !*record_text(a->body, "handler"))
        r = ask_fail(a, SK_ERR_FORMAT, "what is new? Add --place, --kept-where and --kept-how, or --handler");
    if (r == 0 && *record_text(a->body, "handler") && thing_is_top_secret(t, c->rules.policy))
        r = ask_refuse(a, SK_REASON_TOP_SECRET, "%s", sk_reason_phrase(SK_REASON_TOP_SECRET));
    if (r == 0 && *record_text(a->body, "handler"))
        r = find_handler(a, thing_area(t), &handler);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    json_t *record = item_record(a, t, "moved");
    const json_t *before = t->entry ? t->entry->moved : NULL;
    for (size_t i = 0; record && i < array_count(same); i++) {
        const json_t *value = record_member(a->body, same[i]);
        value = value && (!json_is_string(value) || *json_string_value(value))
                    ? value
                    : before ? record_member(before, same[i]) : NULL;
        if (value && json_object_set_new(record, same[i], json_deep_copy(value)) != 0)
            r = -ENOMEM;
    }
    const json_t *now = handler ? handler : before ? record_member(before, "handler") : NULL;
    if (record && now && json_object_set_new(record, "handler", json_deep_copy(now)) != 0)
        r = -ENOMEM;
    if (!record || r != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(c, record, true, NULL, &a->why);
}

/* ---- checking ---- */

/* Another person than all who had to do with it. */
static int check_other(struct ask *a, const char *what)
{
    const struct thing *t = &a->thing;
    const char *id = a->person->head.id, *by[2] = {"", ""};
    const char *first = t->entry ? record_text(t->entry->record, "handler.id") : "";
    bool end = str_eq(what, "end");
    bool own = str_eq(id, thing_enterer(t)) || str_eq(id, thing_handler(t)) || (!end && str_eq(id, first)) ||
               (end && str_eq(id, record_text(thing_end(t), "person.id")));
    if (own)
        return ask_refuse(a, SK_REASON_OWN_ENTRY, "%s is %s's own", thing_id(t), a->person->name);
    if (thing_checks(t, what, by) > 0 && str_eq(by[0], id))
        return ask_refuse(a, SK_REASON_OWN_ENTRY,
                          "%s has checked it already; specific personal information is checked by a "
                          "second person", id);
    return 0;
}

static int check_one(struct ask *a, const char *what)
{
    const char *by[2];
    bool second = thing_checks(&a->thing, what, by) > 0;
    json_t *record = item_record(a, &a->thing, "checked");
    autojson json_t *who = json_pack("{ssss}", "id", a->person->head.id, "name", a->person->name);
    if (!record || !who || json_object_set_new(record, "what", json_string(what)) != 0 ||
        (second && json_object_set(record, "second", who) != 0)) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(a->control, record, true, NULL, &a->why);
}

int op_register_check(struct ask *a)
{
    static const char *const whats[] = {"entry", "end"};
    struct control *c = a->control;
    const struct policy *p = c->rules.policy;
    const char *id = record_text(a->body, "case");
    bool done[2] = {false, false};
    int r = check_user(a, a->login, a->login, thing_area(&a->thing));
    if (r == 0 && a->thing.entry && a->thing.entry->kind == ENTRY_COPY &&
        thing_lacks_check(&a->thing, p, "entry"))
        return ask_fail(a, SK_ERR_STATE, "%s is a copy without permission: those are looked at by "
                        "sekisho copies --unpermitted and sekisho copies --confirm", id);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    for (size_t i = 0; r == 0 && i < array_count(whats); i++) {
        if (!thing_lacks_check(&a->thing, p, whats[i]))
            continue;
        r = check_other(a, whats[i]);
        if (r == 0)
            r = check_one(a, whats[i]);
        done[i] = r == 0;
        if (!thing_find(c->fold, id, &a->thing)) /* the table may have moved */
            return SK_ERR_STATE;
    }
    if (r == 0 && !done[0] && !done[1])
        return ask_fail(a, SK_ERR_STATE, "%s has nothing that is still to be checked", id);
    if (r != 0)
        return r;
    a->answer = json_pack("{sbsbsbsb}", "entry", done[0], "end", done[1], "lacks-entry",
                          thing_lacks_check(&a->thing, p, "entry"), "lacks-end",
                          thing_lacks_check(&a->thing, p, "end"));
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_lost.c owns the word that something was lost: it revokes first, then opens the incident, and says
 * whom to phone. It must never ask anybody to wait, leave a permit good once the loss is on record, nor open a
 * second incident for one loss. */
#include <string.h>
#include "base/str.h"
#include "control/control.h"
#include "control/media.h"
#include "control/permit.h"
#include "control/register.h"

/* What was lost: a case, the medium of a destination, or an entry of the register. */
struct loss {
    const char *contract, *name; /* name: of an entry, "" = it has none */
    const char *registered;      /* the registered medium that this is, "" = none */
    char case_id[SK_ID_MAX + 1], medium[SK_ID_MAX + 1], item[SK_ID_MAX + 1], area[SK_ID_MAX + 1];
};

static const char *loss_kind(const struct loss *l)
{
    return *l->medium ? "medium" : *l->item ? "item" : "case";
}

static const char *loss_id(const struct loss *l)
{
    return *l->medium ? l->medium : *l->item ? l->item : l->case_id;
}

/* Whoever entered or has it, works in its area or oversees that, may say that it is lost. */
static bool may_lose_item(const struct ask *a, const struct thing *t)
{
    const struct policy_person *p = a->person;
    const struct policy_area *area = policy_area(a->control->rules.policy, thing_area(t));
    return ask_oversees(a, thing_area(t)) ||
           (p && (str_eq(p->head.id, thing_enterer(t)) || str_eq(p->head.id, thing_handler(t)) ||
                  policy_list_has(&p->areas, thing_area(t)) ||
                  (area && policy_list_has(&area->handlers, p->head.id))));
}

static bool find_item(struct ask *a, const char *id, struct loss *ret)
{
    struct thing t;
    if (!thing_find(a->control->fold, id, &t) || t.of_case || !may_lose_item(a, &t))
        return false;
    snprintf(ret->item, sizeof ret->item, "%s", thing_id(&t));
    snprintf(ret->area, sizeof ret->area, "%s", thing_area(&t));
    ret->name = record_text(t.entry->record, "name");
    ret->contract = thing_contract(&t);
    return true;
}

/* Whoever knows of the case by their own work, or works in its area, may say that it is lost. */
static bool may_lose(const struct ask *a, const struct case_entry *e)
{
    const struct policy_person *p = a->person;
    const char *area_id = record_text(e->request, "area");
    const struct policy_area *area = policy_area(a->control->rules.policy, area_id);
    if (ask_oversees(a, area_id))
        return true;
    if (!p)
        return false;
    return str_eq(p->head.id, record_text(e->request, "person.id")) || policy_list_has(&p->areas, area_id) ||
           (area && policy_list_has(&area->handlers, p->head.id)) ||
           permit_may_approve(a->control->rules.policy, a->control->fold, e, p, control_now(a->control)) ==
               SK_REASON_ALLOWED;
}

/* The area of all that is on a medium, "" when they are several. */
static void area_of_medium(const struct control *c, const char *medium, char ret[static SK_ID_MAX + 1])
{
    const struct fold *f = c->fold;
    ret[0] = '\0';
    for (size_t i = 0; i < f->count; i++) {
        const struct case_entry *e = &f->cases[i];
        const char *area = record_text(e->request, "area");
        if ((e->state != CASE_OUT && e->state != CASE_UNKNOWN) ||
            !media_carries(c->rules.policy, e, medium))
            continue;
        if (*ret && !str_eq(ret, area)) {
            ret[0] = '\0';
            return;
        }
        snprintf(ret, SK_ID_MAX + 1, "%s", area);
    }
}

/* By the id of a destination, or of a registered medium. */
static bool find_medium(const struct control *c, const char *id, struct loss *ret)
{
    const struct policy *p = c->rules.policy;
    const struct policy_destination *d = policy_destination(p, id);
    const struct policy_medium *m = d ? NULL : policy_medium(p, id);
    if (!d && !m)
        return false;
    for (size_t i = 0; !d && i < p->destination_count; i++)
        if (str_eq(p->destinations[i].medium, id))
            ret->contract = p->destinations[i].contract;
    if (d) {
        ret->contract = d->contract;
        ret->registered = d->medium;
    } else {
        ret->registered = m->head.id;
    }
    snprintf(ret->medium, sizeof ret->medium, "%s", id);
    area_of_medium(c, id, ret->area);
    return true;
}

static int find(struct ask *a, struct loss *ret)
{
    struct control *c = a->control;
    const char *id = record_text(a->body, "id");
    const struct case_entry *e = fold_case(c->fold, id);
    *ret = (struct loss){.contract = "", .name = "", .registered = ""};
    if (e && e->standing && may_lose(a, e))
        return ask_fail(a, SK_ERR_STATE, "%s is a standing permit, with which nothing can be lost: a manager takes it back "
                        "(sekisho revoke), or who asked for it does (sekisho withdraw); what went out under it has cases of "
                        "its own", e->id);
    if (e && may_lose(a, e)) {
        snprintf(ret->case_id, sizeof ret->case_id, "%s", e->id);
        snprintf(ret->area, sizeof ret->area, "%s", record_text(e->request, "area"));
        ret->contract = record_text(e->request, "contract");
        return 0;
    }
    if ((!e && find_medium(c, id, ret)) || find_item(a, id, ret))
        return 0;
    return ask_fail(a, SK_ERR_NOT_FOUND, "there is no case, medium or entry of the register %s that %s knows; an "
                    "incident can be opened without: sekisho incident open", id, *a->login ? a->login : "this user");
}

static const char *open_incident_of(const struct control *c, const char *kind, const char *id)
{
    char key[SK_ID_MAX + 16];
    snprintf(key, sizeof key, "%s %s", kind, id);
    const char *incident = record_text(json_object_get(c->fold->lost, key), "incident");
    return incident_is_open(fold_incident_of(c->fold, incident)) ? incident : "";
}

/* The incident that is open for this very loss, or "". What is on a lost medium is lost with it. */
static const char *open_incident(const struct control *c, const struct loss *l)
{
    const struct case_entry *e = *l->case_id ? fold_case(c->fold, l->case_id) : NULL;
    const char *id = open_incident_of(c, loss_kind(l), loss_id(l));
    return *id || !e ? id : open_incident_of(c, "medium", record_text(e->request, "destination.id"));
}

/* The incident that this loss belongs to: that of a case on the medium; of whoever has opened many, their last
 * one of the contract, so that a loss is always taken. "": a new one. */
static const char *incident_to_join(const struct ask *a, const struct loss *l)
{
    const struct control *c = a->control;
    for (size_t i = c->fold->count; *l->medium && i-- > 0;) {
        const struct case_entry *e = &c->fold->cases[i];
        const char *id = draft_is_on(c, e, l->medium) ? open_incident_of(c, "case", e->id) : "";
        if (*id)
            return id;
    }
    return incident_has_room(a) ? "" : incident_of_opener(a, l->contract);
}

/* Cases that have a permit which is void from now on. */
static json_t *revoked(const struct control *c, const struct loss *l)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < c->fold->count; i++) {
        const struct case_entry *e = &c->fold->cases[i];
        bool of_it = *l->medium ? media_carries(c->rules.policy, e, l->medium)
                                : str_eq(e->id, l->case_id);
        if (of_it && (e->state == CASE_PERMITTED || e->state == CASE_REQUESTED))
            json_array_append_new(list, json_string(e->id));
    }
    return list;
}

static int append(struct ask *a, json_t *record, json_t *given)
{
    autojson json_t *fields = given;
    if (!record || !fields || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(a->control, record, true, NULL, &a->why);
}

/* What a registered medium was known by is refused from this record on, for good: whoever has it may have copied it. */
static int name_identities(const struct control *c, const struct loss *l, json_t *record)
{
    if (!*l->registered)
        return 0;
    autojson json_t *more = json_pack("{ss so so}", "registered", l->registered, "identities",
                                      media_identities(c, l->registered), "destinations",
                                      media_destinations(c->rules.policy, l->registered));
    return more && json_object_update(record, more) == 0 ? 0 : -ENOMEM;
}

/* Two records, the revocation first: whoever is killed between them is helped by incidents.c. join: the incident
 * is open already. */
static int record_loss(struct ask *a, const struct loss *l, const char *known, const char *occurred, const char *id,
                       bool join)
{
    struct control *c = a->control;
    autojson json_t *person = ask_person(a);
    bool stolen = record_flag(a->body, "stolen");
    autobuf struct buf said = {0};
    const char *what = record_text(a->body, "what"), *contract = l->contract, *area = l->area;
    buf_printf(&said, "%s%s%s%s%s", loss_id(l), *l->name ? " " : "", l->name, *what ? ": " : "", what);
    if (said.err)
        return said.err;
    json_t *lost = control_record(c, SK_KIND_LOST);
    if (!lost || name_identities(c, l, lost) != 0) {
        json_decref(lost);
        return -ENOMEM;
    }
    int r = append(a, lost, json_pack("{ss ss ss ss ss sO ss ss}", "case", l->case_id, "medium", l->medium, "item",
                                      l->item, "known-at", known, "incident", id, "person", person, "contract", contract,
                                      "area", area));
    if (r != 0)
        return r;
    if (join) { /* an incident's contract and area stand in each of its records */
        const json_t *opened = json_object_get(fold_incident_of(c->fold, id), "opened");
        contract = record_text(opened, "contract");
        area = record_text(opened, "area");
    }
    json_t *record = incident_record(c, id, join ? "added" : "opened");
    autojson json_t *fields =
        json_pack("{ss sO ss ss ss ss ss ss s[]}", "trigger", "", "person", person, "contract", contract, "area", area,
                  "case", l->case_id, "what", said.data, "occurred-at", occurred, "where", record_text(a->body, "where"),
                  "concerned");
    autojson json_t *first = join ? json_object()
                                  : json_pack("{ss ss ss ss ss}", "by", "person", "type", stolen ? "theft" : "loss",
                                              "known-at", known, "why", "", "cause", "");
    if (!fields || !first || json_object_update(fields, first) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    return append(a, record, json_incref(fields));
}

/* Whoever loses something learns which incident it is and what is to be done, not what others said of it. */
static void hide(json_t *view)
{
    static const char *const theirs[] = {"what",     "where",      "cause",      "effect", "response", "correction",
                                         "prevention", "concerned", "added",      "reports", "person",   "cases"};
    for (size_t i = 0; i < array_count(theirs); i++)
        (void)!json_object_del(view, theirs[i]);
}

static int answer(struct ask *a, const struct loss *l, const char *id, bool already, json_t *void_now)
{
    json_t *cases = draft_cases(a, l->case_id, l->medium);
    int r = incident_answer(a, id);
    if (r == ASK_ANSWERED && !incident_may_see(a, json_object_get(fold_incident_of(a->control->fold, id), "opened")))
        hide(json_object_get(a->answer, "incident"));
    bool ok = r == ASK_ANSWERED && cases && void_now &&
              json_object_set(a->answer, "cases", cases) == 0 &&
              json_object_set(a->answer, "revoked", void_now) == 0 &&
              json_object_set_new(a->answer, "already", json_boolean(already)) == 0 &&
              json_object_set_new(a->answer, "lost", json_string(loss_kind(l))) == 0;
    json_decref(cases);
    return ok ? ASK_ANSWERED : r < 0 ? r : -ENOMEM;
}

int op_lost(struct ask *a)
{
    struct control *c = a->control;
    struct loss l;
    char id[SK_ID_MAX + 1], known[CLOCK_TIME_CAP], occurred[CLOCK_TIME_CAP] = "";
    int r = incident_ask_person(a);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r == 0)
        r = find(a, &l);
    if (r == 0)
        r = incident_ask_time(a, "known-at", known);
    if (r == 0 && *record_text(a->body, "occurred-at"))
        r = incident_ask_time(a, "occurred-at", occurred);
    if (r != 0)
        return r;
    autojson json_t *void_now = revoked(c, &l);
    snprintf(id, sizeof id, "%s", open_incident(c, &l));
    if (*id)
        return answer(a, &l, id, true, void_now);
    snprintf(id, sizeof id, "%s", incident_to_join(a, &l));
    bool join = *id;
    r = join ? 0 : next_id(c, 'I', id);
    if (r == 0)
        r = record_loss(a, &l, known, occurred, id, join);
    autobuf struct buf unused = {0}; /* it is on record: what can't be told now is told by the next look */
    if (r == 0 && *l.registered)
        (void)!media_shut(c, l.registered, &unused);
    return r != 0 ? r : answer(a, &l, id, false, void_now);
}

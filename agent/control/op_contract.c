/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_contract.c owns the end of a contract: what is still open, and the record that nothing is. It must
 * never call a contract closed of which anything is left that the agent knows of. */
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/register.h"

static const char *state_of(const struct control *c, const struct policy_contract *p, int64_t now)
{
    const char *closed = life_closed(&c->fold->life, p->head.id);
    return *closed          ? closed
           : now < p->start ? "not-begun"
           : now >= p->end  ? "ended"
                            : "running";
}

static json_t *contract_json(const struct ask *a, const struct policy_contract *p)
{
    const struct control *c = a->control;
    int64_t now = control_now(c);
    char start[CLOCK_TIME_CAP], end[CLOCK_TIME_CAP];
    clock_format_date(start, p->start);
    clock_format_date(end, p->end - 1);
    bool closed = str_eq(life_closed(&c->fold->life, p->head.id), "closed");
    bool begun = now >= p->start;
    return json_pack("{ss ss ss ss ss ss sI si ss sb}", "id", p->head.id, "title", p->title, "client",
                     p->client, "contractor", p->contractor, "start", start, "end", end, "days",
                     (json_int_t)contract_days(p, now), "level",
                     closed || !begun ? -1 : contract_level(p, now), "state", state_of(c, p, now),
                     "mine", contract_managed_by(c->rules.policy, a->person, p->head.id) ? 1 : 0);
}

int op_contract_list(struct ask *a)
{
    const struct policy *p = a->control->rules.policy;
    autojson json_t *list = json_array();
    for (size_t i = 0; list && i < p->contract_count; i++)
        if (json_array_append_new(list, contract_json(a, &p->contracts[i])) != 0)
            return -ENOMEM;
    a->answer = json_pack("{sO}", "contracts", list);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* The contract that is asked for, and that the asker may look into. NULL and the refusal. */
static const struct policy_contract *contract_asked(struct ask *a, int *ret)
{
    struct control *c = a->control;
    const char *id = record_text(a->body, "contract");
    const struct policy_contract *p = policy_contract(c->rules.policy, id);
    bool oversees = a->peer->who.uid == 0 ||
                    (a->person && !a->person->suspended && (a->person->roles & POLICY_AUDITOR));
    *ret = 0;
    if (!c->folded)
        *ret = ask_fail(a, SK_ERR_STATE, "the ledger has not been read: %s", c->fold_why);
    else if (!p)
        *ret = ask_fail(a, SK_ERR_NOT_FOUND, "the policy has no contract %s", id);
    else if (!oversees && !contract_managed_by(c->rules.policy, a->person, id))
        *ret = ask_refuse(a, SK_REASON_OTHER_CONTRACT, "%s does not manage the contract %s", a->login,
                          id);
    return *ret == 0 ? p : NULL;
}

static json_t *plan_json(const json_t *plan)
{
    return plan ? json_pack("{ss ss ss sO}", "paper", record_text(plan, "paper"), "sha256",
                            record_text(plan, "sha256"), "at", record_text(plan, "at"), "person",
                            json_object_get(plan, "person"))
                : json_null();
}

int op_contract_show(struct ask *a)
{
    struct control *c = a->control;
    int r;
    const struct policy_contract *p = contract_asked(a, &r);
    if (!p)
        return r;
    autojson json_t *open = contract_open(c, p->head.id, &a->why);
    if (!open)
        return SK_ERR_STATE;
    const char *incident = fold_incident_keeps(c->fold, p->head.id);
    struct register_count register_count;
    register_count_of(c->fold, c->rules.policy, p->head.id, &register_count);
    a->answer = json_pack("{so sO so ss sI}", "contract", contract_json(a, p), "open", open, "plan",
                          plan_json(life_plan(&c->fold->life, p->head.id)), "incident",
                          incident ? incident : "", "unchecked", (json_int_t)register_count.unchecked);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

static size_t count(const json_t *open, const char *kind, bool blocking)
{
    size_t i, n = 0;
    json_t *row;
    json_array_foreach(open, i, row)
        n += (!kind || str_eq(record_text(row, "kind"), kind)) &&
             (!blocking || record_flag(row, "blocks"));
    return n;
}

/* Requests that nobody will need any more: they end with the contract. */
static int expire(struct ask *a, const json_t *open)
{
    size_t i;
    json_t *row;
    json_array_foreach(open, i, row) {
        if (!str_eq(record_text(row, "do"), "expire"))
            continue;
        json_t *record = control_record(a->control, SK_KIND_PERMIT);
        autojson json_t *fields = json_pack("{ss ss ss}", "case", record_text(row, "id"), "phase",
                                            "expired", "why", PHRASE("the contract is being closed"));
        if (!fields || !record || json_object_update(record, fields) != 0) {
            json_decref(record);
            return -ENOMEM;
        }
        int r = ledger_append(a->control, record, false, NULL, &a->why);
        if (r != 0)
            return r;
        const struct case_entry *e = fold_case(a->control->fold, record_text(row, "id"));
        if (e)
            drop_later(a->control, e->id, record_text(e->request, "area"));
    }
    return 0;
}

static int record_phase(struct ask *a, const char *contract, const char *phase, json_t *open)
{
    json_t *record = contract_record(a->control, contract, phase);
    const json_t *plan = life_plan(&a->control->fold->life, contract);
    uint64_t seq = 0;
    autojson json_t *fields =
        json_pack("{so ss sO ss}", "person", ask_person(a), "plan", record_text(plan, "sha256"), "open", open,
                  "before-end", record_text(a->body, "before-end"));
    if (!fields || !record || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    int r = ledger_append(a->control, record, true, &seq, &a->why);
    if (r != 0)
        return r;
    a->answer = json_pack("{ss sI sO}", "phase", phase, "seq", (json_int_t)seq, "open", open);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* Before the last day nobody expects it, and it can't be undone: who does it says why (DSP-1: a contract that is
 * cancelled). */
static int check_day(struct ask *a, const struct policy_contract *p)
{
    char end[CLOCK_TIME_CAP];
    int64_t days = contract_days(p, control_now(a->control));
    if (days <= 0 || !field_is_blank(record_text(a->body, "before-end")))
        return 0;
    clock_format_date(end, p->end - 1);
    return ask_refuse(a, SK_REASON_BEFORE_END, "%s ends on %s, days left: %lld", p->head.id, end, (long long)days);
}

/* Everything that somebody must do first stands in the detail, each with what it is. */
static int refuse_open(struct ask *a, const struct policy_contract *p, json_t *open, size_t blocking)
{
    a->detail = json_pack("{sO}", "open", open);
    return blocking == 1
               ? ask_fail(a, SK_ERR_STATE, "%zu thing of the contract %s is still open", blocking, p->head.id)
               : ask_fail(a, SK_ERR_STATE, "%zu things of the contract %s are still open", blocking, p->head.id);
}

int op_contract_close(struct ask *a)
{
    struct control *c = a->control;
    bool last = record_flag(a->body, "final");
    int r;
    const struct policy_contract *p = contract_asked(a, &r);
    if (!p)
        return r;
    if (!contract_managed_by(c->rules.policy, a->person, p->head.id))
        return ask_refuse(a, SK_REASON_OTHER_CONTRACT, "%s does not manage the contract %s", a->login,
                          p->head.id);
    if (str_eq(life_closed(&c->fold->life, p->head.id), "closed"))
        return ask_refuse(a, SK_REASON_CONTRACT_CLOSED, "the contract %s was closed", p->head.id);
    r = erasure_allowed(a, p->head.id);
    if (r == 0)
        r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    autojson json_t *open = contract_open(c, p->head.id, &a->why);
    if (!open)
        return SK_ERR_STATE;
    size_t blocking = count(open, NULL, true), areas = count(open, "area", false);
    if (blocking > 0 || (last && areas > 0))
        return refuse_open(a, p, open, blocking > 0 ? blocking : areas);
    if (record_flag(a->body, "dry-run")) {
        a->answer = json_pack("{ss sI sO}", "phase", "", "seq", (json_int_t)-1, "open", open);
        return a->answer ? ASK_ANSWERED : -ENOMEM;
    }
    r = check_day(a, p);
    if (r == 0)
        r = expire(a, open);
    return r == 0 ? record_phase(a, p->head.id, last ? "closed" : "closing", open) : r;
}

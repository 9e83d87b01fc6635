/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_copies.c owns the looking at copies that were found, and a manager's word that they were looked
 * at. It must never show one to somebody who neither made it nor answers for its area. */
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"

#define ANSWER_COPIES 1000 /* the latest of those that may be seen */

static bool manages(const struct policy_person *p, const char *area)
{
    return p && !p->suspended && (p->roles & POLICY_MANAGER) &&
           (p->areas.count == 0 || policy_list_has(&p->areas, area));
}

static bool may_view(const struct ask *a, const json_t *record)
{
    const struct policy_person *p = a->person;
    if (a->peer->who.uid == 0)
        return true;
    if (!p || p->suspended)
        return false;
    return (p->roles & POLICY_AUDITOR) || manages(p, record_text(record, "area")) ||
           strcmp(record_text(record, "person.id"), p->head.id) == 0;
}

static json_t *contract_json(const struct policy *p, const char *id)
{
    const struct policy_contract *c = policy_contract(p, id);
    return json_pack("{ssssss}", "id", id, "title", c ? c->title : "", "client", c ? c->client : "");
}

static json_t *view(const struct ask *a, const json_t *record)
{
    const char *area_id = record_text(record, "area");
    const struct policy *p = a->control->rules.policy;
    const struct policy_area *area = policy_area(p, area_id);
    /* names of a room's files are not shown outside of it (ops.h) */
    bool kept_out = ask_is_kept_out(a, area_id);
    json_t *content = json_deep_copy(record_member(record, "content"));
    if (content && kept_out) {
        json_object_set_new(content, "files", json_array());
        ask_hide_numbers(content);
    }
    autojson json_t *more = json_pack("{sssI}", "area", area_id, "level",
                                      (json_int_t)record_number(record, "level"));
    if (!content || !more || json_object_update(content, more) != 0) {
        json_decref(content);
        return NULL;
    }
    return json_pack(
        "{sIsssosOsOsososss{ssss}sssssssbsbsn}", "seq", (json_int_t)record_number(record, "seq"), "at",
        record_text(record, "made-at"), "contract",
        contract_json(p, record_text(record, "contract")), "person", record_member(record, "person"),
        "permission", record_member(record, "permission"), "content", content, "area",
        json_string(area_id), "purpose", record_text(record, "purpose"), "kept", "where",
        area && *area->label ? area->label : area_id, "how", record_text(record, "kept"), "of",
        kept_out ? "" : record_text(record, "of"), "of-area", record_text(record, "of-area"), "found",
        record_text(record, "found"), "by-process", record_flag(record, "by-process"), "late",
        record_flag(record, "late"), "disposal");
}

int op_copies(struct ask *a)
{
    const struct fold *f = a->control->fold;
    const char *area = record_text(a->body, "area");
    bool unpermitted = record_flag(a->body, "unpermitted");
    size_t count = json_array_size(f->copies), shown = 0;
    autojson json_t *list = json_array();
    uint64_t more = f->copies_left_out;
    for (size_t i = count; list && i-- > 0;) {
        const json_t *record = json_array_get(f->copies, i);
        if ((*area && strcmp(record_text(record, "area"), area) != 0) ||
            (unpermitted && record_flag(record, "permission.granted")) || !may_view(a, record))
            continue;
        if (shown++ >= ANSWER_COPIES)
            more++;
        else if (json_array_insert_new(list, 0, view(a, record)) != 0)
            return -ENOMEM;
    }
    a->answer = json_pack("{sOsI}", "copies", list, "more", (json_int_t)more);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* The asker's word for these areas, which are one contract's. Takes areas. */
static int confirm(struct ask *a, json_t *areas, const char *contract, int64_t through)
{
    struct control *c = a->control;
    autojson json_t *fields =
        json_pack("{sosssosssI}", "person", ask_person(a), "what", "copies", "areas", areas,
                  "contract", contract, "through", (json_int_t)through);
    json_t *record = control_record(c, SK_KIND_CONFIRM);
    if (!fields || !record || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(c, record, false, NULL, &a->why);
}

static bool is_meant(const struct ask *a, const struct policy_area *area)
{
    const char *id = record_text(a->body, "area");
    return (!*id || str_eq(area->head.id, id)) && manages(a->person, area->head.id);
}

/* The areas of a contract ("" = of none) that the asker manages and means; NULL = memory is short. */
static json_t *meant(const struct ask *a, const char *contract)
{
    const struct policy *p = a->control->rules.policy;
    json_t *areas = json_array();
    for (size_t i = 0; areas && i < p->area_count; i++)
        if (str_eq(p->areas[i].contract, contract) && is_meant(a, &p->areas[i]) &&
            json_array_append_new(areas, json_string(p->areas[i].head.id)) != 0) {
            json_decref(areas);
            return NULL;
        }
    return areas;
}

/* How many copies the asker's word is for, and how many need another manager's. */
static void count(const struct ask *a, int64_t through, size_t *ret_mine, size_t *ret_others)
{
    const struct policy *p = a->control->rules.policy;
    *ret_mine = *ret_others = 0;
    for (size_t i = 0; i < p->area_count; i++) {
        const char *id = p->areas[i].head.id;
        unsigned needed = p->areas[i].personal_number ? 2 : 1;
        if (!is_meant(a, &p->areas[i]))
            continue;
        size_t mine = fold_unseen(a->control->fold, id, through, needed, a->person->head.id);
        *ret_mine += mine;
        *ret_others += fold_unseen(a->control->fold, id, through, needed, NULL) - mine;
    }
}

int op_copies_confirm(struct ask *a)
{
    struct control *c = a->control;
    const struct policy *p = c->rules.policy;
    size_t mine, others, confirmed = 0;
    int64_t through = record_number(a->body, "through");
    int r = ledger_ready(c, &a->why);
    if (r == 0 && (uint64_t)through >= c->fold->next_seq)
        return ask_fail(a, SK_ERR_FORMAT, "there is no record %lld yet (--confirm)", (long long)through);
    count(a, through, &mine, &others);
    if (r == 0 && mine == 0 && others > 0)
        r = ask_refuse(a, SK_REASON_OWN_ENTRY,
                       others == 1 ? N_("%zu copy is your own, or you have looked at it: another manager is needed")
                                    : N_("%zu copies are your own, or you have looked at them: another manager is needed"),
                       others);
    for (size_t i = 0; r == 0 && i <= p->contract_count; i++) {
        const char *contract = i < p->contract_count ? p->contracts[i].head.id : "";
        json_t *areas = meant(a, contract);
        if (areas && json_array_size(areas) == 0) {
            json_decref(areas);
            continue;
        }
        r = areas ? confirm(a, areas, contract, through) : -ENOMEM;
        confirmed++;
    }
    if (r != 0)
        return r;
    if (confirmed == 0)
        return ask_fail(a, SK_ERR_NOT_FOUND, "no such area that you manage");
    a->answer = json_pack("{sIsI}", "confirmed", (json_int_t)mine, "others", (json_int_t)others);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

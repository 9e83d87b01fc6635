/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_case.c owns the looking at cases and their end: return and disposal. It must never show a case
 * to someone whom neither role nor request makes a party to it. */
#include <string.h>
#include "control/control.h"
#include "control/permit.h"
#include "control/view.h"

static bool may_view(const struct ask *a, const struct case_entry *e)
{
    const struct policy_person *p = a->person;
    const char *area = record_text(e->request, "area");
    if (a->peer->who.uid == 0)
        return true;
    if (!p || p->suspended)
        return false;
    if (p->roles & POLICY_AUDITOR)
        return true;
    if ((p->roles & POLICY_MANAGER) && (p->areas.count == 0 || policy_list_has(&p->areas, area)))
        return true;
    return strcmp(p->head.id, record_text(e->request, "person.id")) == 0 ||
           permit_may_approve(a->control->rules.policy, a->control->fold, e, p,
                              control_now(a->control)) == SK_REASON_ALLOWED;
}

bool ask_case_is_kept_in(const struct ask *a, const struct case_entry *e)
{
    return strcmp(record_text(e->permit, "phase"), "granted") != 0 &&
           ask_is_kept_out(a, record_text(e->request, "area")) &&
           permit_may_approve(a->control->rules.policy, a->control->fold, e, a->person,
                              control_now(a->control)) != SK_REASON_ALLOWED;
}

static json_t *shown_case(const struct ask *a, const struct case_entry *e)
{
    json_t *view = view_case(e, a->control->rules.policy, control_now(a->control));
    if (view && ask_case_is_kept_in(a, e)) {
        json_object_set_new(json_object_get(view, "content"), "files", json_array());
        json_object_set_new(json_object_get(view, "kept"), "how", json_string(""));
        json_object_set_new(view, "purpose", json_string(""));
        json_object_set_new(view, "kept-in", json_true());
    }
    return view;
}

int op_case(struct ask *a)
{
    a->answer = json_pack("{so}", "case", shown_case(a, a->entry));
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

int op_cases(struct ask *a)
{
    struct control *c = a->control;
    const struct policy *p = c->rules.policy;
    bool open = record_flag(a->body, "open"), overdue = record_flag(a->body, "overdue");
    int64_t now = control_now(c);
    autojson json_t *list = json_array();
    for (size_t i = 0; list && i < c->fold->count; i++) {
        const struct case_entry *e = &c->fold->cases[i];
        if ((open && !case_is_open(e->state)) || (overdue && !case_overdue(e, p, now)) ||
            !may_view(a, e))
            continue;
        if (json_array_append_new(list, shown_case(a, e)) != 0)
            return -ENOMEM;
    }
    a->answer = json_pack("{sO}", "cases", list);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

static int close_case(struct ask *a, const char *kind, bool is_return)
{
    struct control *c = a->control;
    enum case_state state = a->entry->state;
    const char *text = record_text(a->body, "proof.text");
    const char *sha256 = record_text(a->body, "proof.sha256");
    if (state != CASE_OUT && state != CASE_UNKNOWN && (is_return || state != CASE_RETURNED))
        return ask_fail(a, SK_ERR_STATE, "%s is %s", a->entry->id, case_state_name(state));
    if (!*text && !*sha256)
        return ask_fail(a, SK_ERR_FORMAT, "proof: a text or a file's digest is needed");
    int r = ledger_ready(c, &a->why);
    if (r != 0)
        return r;
    autojson json_t *fields = json_pack(
        "{sssosssss{ssssss}}", "case", a->entry->id, "person", ask_person(a), "method",
        record_text(a->body, "method"), "phase", "done", "proof", "text", text, "file",
        record_text(a->body, "proof.file"), "sha256", sha256);
    json_t *record = control_record(c, kind);
    if (!fields || !record || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    return ledger_append(c, record, true, NULL, &a->why);
}

int op_return(struct ask *a)
{
    return close_case(a, SK_KIND_RETURN, true);
}

int op_dispose(struct ask *a)
{
    return close_case(a, SK_KIND_DISPOSAL, false);
}

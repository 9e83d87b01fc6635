/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_case.c owns the looking at cases. It must never show a case to someone whom neither role nor
 * request makes a party to it. */
#include <string.h>
#include "control/again.h"
#include "control/control.h"
#include "control/permit.h"
#include "control/view.h"

bool ask_may_view(const struct ask *a, const struct case_entry *e)
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
    /* nobody has looked at what a standing permit let out; the standing permit itself is asked for
     * outside */
    return !again_was_looked_at(e) && !e->standing && ask_is_kept_out(a, record_text(e->request, "area")) &&
           permit_may_approve(a->control->rules.policy, a->control->fold, e, a->person,
                              control_now(a->control)) != SK_REASON_ALLOWED;
}

/* What it is compared with is shown to those alone who may see that case as well. */
static int put_again(const struct ask *a, const struct case_entry *e, json_t *view)
{
    struct fold *f = a->control->fold;
    const struct case_entry *base = again_base(f, e);
    bool hidden = ask_case_is_kept_in(a, e) || (base && (!ask_may_view(a, base) || ask_case_is_kept_in(a, base)));
    return hidden ? again_put_hidden(view, f, e) : again_put(view, f, e);
}

/* What somebody wrote, or what names a file, of each thing that happened. */
static void hide_words(json_t *view)
{
    json_t *event, *withdrawn = json_object_get(view, "withdrawn");
    size_t i;
    json_array_foreach(json_object_get(view, "events"), i, event)
        json_object_set_new(event, "why", json_string(""));
    if (json_is_object(withdrawn))
        json_object_set_new(withdrawn, "why", json_string(""));
}

static json_t *shown_case(const struct ask *a, const struct case_entry *e)
{
    autojson json_t *view = view_case(e, a->control->rules.policy, control_now(a->control));
    struct thing t;
    view_put_uses(view, a->control->fold, e);
    if (!view || put_again(a, e, view) != 0)
        return NULL;
    if (e->state == CASE_GIVEN && thing_find(a->control->fold, e->id, &t) && t.entry)
        json_object_set_new(view, "given", thing_ending(t.entry->end));
    if (ask_case_is_kept_in(a, e)) {
        json_object_set_new(json_object_get(view, "content"), "files", json_array());
        ask_hide_numbers(json_object_get(view, "content"));
        ask_hide_numbers(view);
        json_object_set_new(json_object_get(view, "kept"), "how", json_string(""));
        json_object_set_new(view, "purpose", json_string(""));
        hide_words(view);
        json_object_set_new(view, "kept-in", json_true());
    }
    return steal_ptr(&view);
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
            !ask_may_view(a, e))
            continue;
        if (json_array_append_new(list, shown_case(a, e)) != 0)
            return -ENOMEM;
    }
    a->answer = json_pack("{sO}", "cases", list);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

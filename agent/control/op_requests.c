/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_requests.c owns the looking at requests: lists of them, and the text of one. It must never show one to somebody whose
 * business it is not. */
#include <string.h>
#include "base/phrase.h"
#include "control/control.h"
#include "control/permit.h"
#include "control/texts.h"
#include "control/view.h"

/* Did the asker sign the text that is handed out now, as one of several who must? */
static bool has_approved(const struct ask *a, const struct case_entry *e)
{
    const struct policy *p = a->control->rules.policy;
    int64_t now = control_now(a->control);
    const json_t *last = json_array_get(e->approvals, json_array_size(e->approvals) - 1);
    struct permit_approvals given = {0};
    if (!last || !a->person)
        return false;
    permit_approvals(p, e->request, e->approvals, record_text(last, "permit"), now, &given);
    return permit_approved_by(p, e->request, &given, a->person, now);
}

static bool shown(const struct ask *a, const struct case_entry *e, const char *scope)
{
    const struct policy_person *p = a->person;
    if (strcmp(scope, "all") == 0)
        return a->peer->who.uid == 0 ||
               (p && ((p->roles & POLICY_AUDITOR) ||
                      ((p->roles & POLICY_MANAGER) &&
                       (p->areas.count == 0 ||
                        policy_list_has(&p->areas, record_text(e->request, "area"))))));
    if (strcmp(scope, "waiting") == 0)
        return permit_case_waits(a->control->rules.policy, e, control_now(a->control)) &&
               !has_approved(a, e) &&
               permit_may_approve(a->control->rules.policy, a->control->fold, e, p,
                                  control_now(a->control)) == SK_REASON_ALLOWED;
    bool own = p && strcmp(p->head.id, record_text(e->request, "person.id")) == 0;
    return own || (!*scope && shown(a, e, "waiting"));
}

int op_requests(struct ask *a)
{
    static const char *const scopes[] = {"", "mine", "waiting", "all"};
    struct fold *f = a->control->fold;
    const char *scope = record_text(a->body, "scope");
    size_t known = 0;
    while (known < array_count(scopes) && strcmp(scope, scopes[known]) != 0)
        known++;
    if (known == array_count(scopes))
        return ask_fail(a, SK_ERR_FORMAT, "scope: mine, waiting or all");
    autojson json_t *list = json_array();
    for (size_t i = 0; list && i < f->count; i++) {
        if (!shown(a, &f->cases[i], scope))
            continue;
        json_t *row = view_request(&f->cases[i]);
        view_put_uses(row, f, &f->cases[i]);
        if (row && ask_case_is_kept_in(a, &f->cases[i])) {
            json_object_set_new(row, "purpose", json_string(""));
            json_object_set_new(row, "kept", json_string(""));
            json_object_set_new(row, "why", json_string(""));
            json_object_set_new(row, "files", json_null());
            ask_hide_numbers(row);
        }
        if (json_array_append_new(list, row) != 0)
            return -ENOMEM;
    }
    a->answer = json_pack("{sO}", "requests", list);
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

int op_request_text(struct ask *a)
{
    autobuf struct buf text = {0};
    const char *id = a->entry ? a->entry->id : a->handover->id;
    if (a->entry && ask_case_is_kept_in(a, a->entry))
        return ask_fail(a, SK_ERR_STATE, "%s is read in its room until a permit is given",
                        id);
    int r = store_read(STORE_REQUEST, id, TEXT_REQUEST_MAX, &text);
    if (r != 0)
        return ask_fail(a, r, "the text of %s: %s", id, PHRASE_ERROR(r));
    a->answer = json_pack("{ss}", "request", text.data);
    return a->answer ? ASK_ANSWERED : SK_ERR_TAMPERED;
}

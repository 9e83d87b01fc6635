/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_register_list.c owns the looking at the register, page by page. It must never show a thing to whom it
 * is not, nor what lies in a room to somebody outside of it. */
#include <string.h>
#include "base/str.h"
#include "control/control.h"

#define PAGE_ROWS 1000 /* rows of one answer: of full texts they have half of SK_MESSAGE_MAX */

static bool may_view(const struct ask *a, const struct thing *t)
{
    const struct policy_person *p = a->person;
    if (ask_oversees(a, thing_area(t)))
        return true;
    return p && !p->suspended &&
           (str_eq(thing_handler(t), p->head.id) || str_eq(thing_enterer(t), p->head.id));
}

/* Names that were given in a room, and what was written beside, stay there (ops.h). */
static bool is_kept_in(const struct ask *a, const struct thing *t)
{
    if (t->of_case)
        return ask_case_is_kept_in(a, t->of_case);
    return t->entry->kind == ENTRY_COPY && ask_is_kept_out(a, thing_area(t));
}

static json_t *shown_row(const struct ask *a, const struct thing *t)
{
    static const char *const kept_in[] = {"name", "from", "purpose"};
    struct control *c = a->control;
    json_t *row = thing_row(c->fold, t, c->rules.policy, control_now(c));
    if (!row || !is_kept_in(a, t))
        return row;
    for (size_t i = 0; i < array_count(kept_in); i++)
        json_object_set_new(row, kept_in[i], json_string(""));
    ask_hide_numbers(row);
    json_object_set_new(row, "kept-in", json_true());
    if (t->of_case)
        json_object_set_new(json_object_get(row, "kept"), "how", json_string(""));
    return row;
}

static bool is_of(const struct ask *a, const struct thing *t)
{
    const char *contract = record_text(a->body, "contract"), *area = record_text(a->body, "area");
    return thing_counts(t) && (!*contract || str_eq(contract, thing_contract(t))) &&
           (!*area || str_eq(area, thing_area(t))) && may_view(a, t);
}

static bool is_wanted(const struct ask *a, const struct thing *t)
{
    const struct policy *p = a->control->rules.policy;
    if (record_flag(a->body, "open") && !thing_is_open(t))
        return false;
    if (record_flag(a->body, "unchecked") && !thing_lacks_check(t, p, "entry") &&
        !thing_lacks_check(t, p, "end"))
        return false;
    return !record_flag(a->body, "specific-personal") || thing_is_personal(t, p);
}

static json_t *totals_of(const struct register_count *count)
{
    return json_pack("{sIsIsIsIsI}", "all", (json_int_t)count->all, "open", (json_int_t)count->open,
                     "unchecked", (json_int_t)count->unchecked, "specific-personal",
                     (json_int_t)count->personal, "handovers", (json_int_t)count->handovers);
}

int op_register_list(struct ask *a)
{
    struct control *c = a->control;
    struct thing t;
    struct register_count count = {0};
    size_t after = (size_t)record_number(a->body, "after");
    json_int_t next = -1;
    autojson json_t *rows = json_array();
    if (!rows)
        return -ENOMEM;
    for (size_t at = after, here = after; thing_next(c->fold, &at, &t); here = at) {
        if (next >= 0 && after > 0)
            break; /* only the first page counts what comes behind it */
        if (!is_of(a, &t))
            continue;
        if (after == 0)
            register_count_one(c->fold, &t, c->rules.policy, &count);
        if (next >= 0 || !is_wanted(a, &t))
            continue;
        if (json_array_size(rows) >= PAGE_ROWS)
            next = (json_int_t)here;
        else if (json_array_append_new(rows, shown_row(a, &t)) != 0)
            return -ENOMEM;
    }
    a->answer = json_pack("{sOsIso}", "rows", rows, "next", next, "totals",
                          after == 0 ? totals_of(&count) : json_null());
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

static json_t *events_of(const struct thing *t)
{
    json_t *list = fold_events_json(t->of_case ? t->of_case->events : NULL);
    autojson json_t *beside = fold_events_json(t->entry ? t->entry->events : NULL);
    if (list && beside)
        json_array_extend(list, beside);
    return list;
}

int op_register_show(struct ask *a)
{
    a->answer = json_pack("{soso}", "row", shown_row(a, &a->thing), "events", events_of(&a->thing));
    return a->answer ? ASK_ANSWERED : -ENOMEM;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* register.c owns the joined view of the register. It must never call a thing accounted for of which no
 * record says how it ended, nor checked by whom it is of. */
#include "control/register.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "control/view.h"
#include "record/record.h"

bool thing_find(struct fold *f, const char *id, struct thing *ret)
{
    *ret = (struct thing){.of_case = *id ? fold_case(f, id) : NULL,
                          .entry = *id ? fold_entry(f, id) : NULL};
    return ret->of_case || (ret->entry && ret->entry->kind != ENTRY_CASE);
}

bool thing_next(struct fold *f, size_t *at, struct thing *ret)
{
    size_t i = (*at)++;
    while (i < f->count && f->cases[i].standing) /* no thing, but a permit */
        i = (*at)++;
    if (i < f->count)
        return thing_find(f, f->cases[i].id, ret);
    for (i -= f->count; i < f->reg.count; i = (*at)++ - f->count) {
        if (f->reg.entries[i].kind == ENTRY_CASE)
            continue; /* told with its case */
        *ret = (struct thing){.entry = &f->reg.entries[i]};
        return true;
    }
    return false;
}

/* The record that made it what it is. */
static const json_t *first_of(const struct thing *t)
{
    return t->of_case ? t->of_case->request : t->entry->record;
}

const char *thing_id(const struct thing *t)
{
    return t->of_case ? t->of_case->id : t->entry->id;
}

const char *thing_area(const struct thing *t)
{
    return record_text(first_of(t), "area");
}

const char *thing_contract(const struct thing *t)
{
    return record_text(first_of(t), "contract");
}

const char *thing_enterer(const struct thing *t)
{
    return record_text(first_of(t), "person.id");
}

const char *thing_handler(const struct thing *t)
{
    const char *moved = t->entry ? record_text(t->entry->moved, "handler.id") : "";
    const char *first = record_text(first_of(t), "handler.id");
    return *moved ? moved : *first ? first : thing_enterer(t);
}

static const struct policy_area *area_of(const struct thing *t, const struct policy *p)
{
    return policy_area(p, thing_area(t));
}

bool thing_is_personal(const struct thing *t, const struct policy *p)
{
    const struct policy_area *area = area_of(t, p);
    return record_flag(first_of(t), "specific-personal") || (area && area->personal_number);
}

bool thing_is_top_secret(const struct thing *t, const struct policy *p)
{
    const struct policy_area *area = area_of(t, p);
    return record_flag(first_of(t), "top-secret") || (area && area->top_secret);
}

bool thing_is_open(const struct thing *t)
{
    if (t->of_case)
        return t->of_case->state == CASE_OUT || t->of_case->state == CASE_UNKNOWN ||
               t->of_case->state == CASE_RUNNING;
    return t->entry->state == ENTRY_HELD;
}

static bool has_ended(const struct thing *t)
{
    if (t->of_case)
        return t->of_case->state == CASE_RETURNED || t->of_case->state == CASE_DISPOSED ||
               t->of_case->state == CASE_GIVEN;
    return t->entry->state != ENTRY_HELD;
}

bool thing_counts(const struct thing *t)
{
    return !t->of_case || thing_is_open(t) || has_ended(t);
}

const json_t *thing_end(const struct thing *t)
{
    const struct case_entry *e = t->of_case;
    const json_t *end = t->entry ? t->entry->end : NULL;
    return !e                             ? end
           : e->state == CASE_DISPOSED ? e->disposal
           : e->state == CASE_RETURNED ? e->given_back
                                       : end;
}

/* A case may be returned and then destroyed: a check of the first says nothing of the second. */
size_t thing_checks(const struct thing *t, const char *what, const char *ret_by[static 2])
{
    int64_t since = str_eq(what, "end") ? record_number(thing_end(t), "seq") : -1;
    return entry_checks(t->entry, what, since, ret_by);
}

/* A case was judged when it was permitted; a copy is seen through with those of its area. */
bool thing_lacks_check(const struct thing *t, const struct policy *p, const char *what)
{
    const char *by[2];
    size_t needed = thing_is_personal(t, p) ? 2 : 1;
    if (str_eq(what, "end"))
        return has_ended(t) && thing_checks(t, what, by) < needed;
    if (t->of_case)
        return false;
    if (t->entry->kind == ENTRY_COPY)
        return t->entry->seen < needed;
    return thing_checks(t, what, by) < needed;
}

static bool is_unchecked(const struct thing *t, const struct policy *p)
{
    return thing_lacks_check(t, p, "entry") || thing_lacks_check(t, p, "end");
}

void register_count_one(const struct fold *f, const struct thing *t, const struct policy *p,
                        struct register_count *count)
{
    count->all++;
    count->open += thing_is_open(t);
    count->unchecked += is_unchecked(t, p);
    count->personal += thing_is_personal(t, p);
    count->handovers += fold_handover_open(f, thing_id(t)) != NULL;
}

void register_count_of(struct fold *f, const struct policy *p, const char *contract,
                       struct register_count *ret)
{
    struct thing t;
    *ret = (struct register_count){0};
    for (size_t at = 0; thing_next(f, &at, &t);)
        if (thing_counts(&t) && (!*contract || str_eq(thing_contract(&t), contract)))
            register_count_one(f, &t, p, ret);
}

/* ---- rows ---- */

static json_t *copy_of(const json_t *record, const char *path)
{
    const json_t *value = record ? record_member(record, path) : NULL;
    return value ? json_incref((json_t *)(uintptr_t)value) : json_null();
}

/* The latest word: of its last move, else of its beginning. */
static json_t *latest_of(const struct thing *t, const char *path)
{
    const json_t *moved = t->entry ? t->entry->moved : NULL;
    const json_t *value = moved ? record_member(moved, path) : NULL;
    return value ? copy_of(moved, path) : copy_of(first_of(t), path);
}

json_t *thing_ending(const json_t *record)
{
    if (!record)
        return json_null();
    return json_pack("{sssosososososo}", "at", record_text(record, "at"), "method",
                     copy_of(record, "method"), "proof", copy_of(record, "proof"), "person",
                     copy_of(record, "person"), "done-by", copy_of(record, "done-by"), "to",
                     copy_of(record, "to"), "erasure", copy_of(record, "erasure"));
}

static int put_endings(json_t *row, const struct thing *t)
{
    const struct entry *e = t->entry;
    const json_t *given = e && (e->state == ENTRY_GIVEN) ? e->end : NULL;
    const json_t *returned = e && e->state == ENTRY_RETURNED ? e->end : NULL;
    const json_t *destroyed = e && e->state == ENTRY_DESTROYED ? e->end : NULL;
    if (t->of_case) {
        given = e && t->of_case->state == CASE_GIVEN ? e->end : NULL;
        returned = t->of_case->given_back;
        destroyed = t->of_case->disposal;
    }
    return json_object_set_new(row, "given", thing_ending(given)) == 0 &&
                   json_object_set_new(row, "return", thing_ending(returned)) == 0 &&
                   json_object_set_new(row, "disposal", thing_ending(destroyed)) == 0
               ? 0
               : -ENOMEM;
}

static const char *state_of(const struct thing *t)
{
    return t->of_case ? case_state_name(t->of_case->state) : entry_state_name(t->entry->state);
}

static const char *kind_of(const struct thing *t)
{
    static const char *const names[] = {[ENTRY_ITEM] = "item", [ENTRY_RECEIPT] = "receipt",
                                        [ENTRY_COPY] = "copy", [ENTRY_CASE] = "case"};
    return t->of_case ? "case" : names[t->entry->kind];
}

/* What is called what: files by the first one's name, unless somebody gave them a name. */
static const char *name_of(const struct thing *t)
{
    const char *name = record_text(first_of(t), "name");
    const json_t *files = t->of_case ? t->of_case->files : record_member(first_of(t), "content.files");
    return *name ? name : record_text(json_array_get(files, 0), "name");
}

static int64_t count_of(const struct thing *t)
{
    const json_t *first = first_of(t);
    return record_member(first, "content.count") ? record_number(first, "content.count")
           : record_member(first, "count")       ? record_number(first, "count")
                                                 : 1;
}

static json_t *kept_of(const struct thing *t, const struct policy *p)
{
    const json_t *first = first_of(t);
    const struct policy_area *area = area_of(t, p);
    const json_t *moved = t->entry ? record_member(t->entry->moved, "kept") : NULL;
    if (moved)
        return json_incref((json_t *)(uintptr_t)moved);
    if (t->of_case)
        return json_pack("{ssss}", "where", record_text(first, "destination.label"), "how",
                         record_text(first, "kept"));
    if (json_is_object(record_member(first, "kept")))
        return copy_of(first, "kept");
    return json_pack("{ssss}", "where", area && *area->label ? area->label : thing_area(t), "how",
                     area ? area->kept : "");
}

static json_t *person_json(const struct policy *p, const char *id, const json_t *stated)
{
    const struct policy_person *who = policy_person(p, id);
    return json_pack("{ssss}", "id", id, "name",
                     who ? who->name : record_text(stated, "name"));
}

static json_t *checks_of(const struct thing *t)
{
    json_t *list = json_array();
    const json_t *checks = t->entry ? t->entry->checks : NULL;
    for (size_t i = 0; list && i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        json_array_append_new(
            list, json_pack("{sssosssb}", "what", record_text(check, "what"), "person",
                            copy_of(check, "person"), "at", record_text(check, "at"), "second",
                            record_member(check, "second") != NULL));
    }
    return list;
}

static int put_due(json_t *row, const struct thing *t, const struct policy *p, int64_t now_s)
{
    char date[CLOCK_TIME_CAP] = "";
    int64_t due = t->of_case ? case_due(t->of_case, p) : 0;
    if (due > 0)
        clock_format_date(date, due - 1);
    bool overdue = t->of_case && case_overdue(t->of_case, p, now_s);
    return json_object_set_new(row, "return-by", json_string(date)) == 0 &&
                   json_object_set_new(row, "overdue", json_boolean(overdue)) == 0
               ? 0
               : -ENOMEM;
}

static const char *from_of(const struct thing *t)
{
    const char *of = record_text(first_of(t), "of");
    return t->entry && t->entry->kind == ENTRY_COPY ? of : record_text(first_of(t), "from");
}

static json_t *facts_of(const struct thing *t, const struct policy *p)
{
    const json_t *first = first_of(t);
    const char *form = record_text(first, "form");
    const char *made = record_text(first, "made-at");
    return json_pack(
        "{sssssssssIssssss sosososssssssosssssosb sb sb sb}", "id", thing_id(t), "kind", kind_of(t),
        "form", *form ? form : "electronic", "name", name_of(t), "count", (json_int_t)count_of(t),
        "contract", thing_contract(t), "area", thing_area(t), "at",
        *made ? made : record_text(first, "at"), "person", copy_of(first, "person"), "handler",
        person_json(p, thing_handler(t), record_member(first, "person")), "destination",
        copy_of(first, "destination"), "from", from_of(t), "how", record_text(first, "how"), "purpose",
        record_text(first, "purpose"), "place", latest_of(t, "place"), "return-how",
        record_text(first, "return-how"), "owner", record_text(first, "owner"), "kept", kept_of(t, p), "specific-personal",
        thing_is_personal(t, p), "top-secret", thing_is_top_secret(t, p), "open", thing_is_open(t),
        "unchecked", is_unchecked(t, p));
}

json_t *thing_row(const struct fold *f, const struct thing *t, const struct policy *p, int64_t now_s)
{
    json_t *row = facts_of(t, p);
    bool lost = thing_is_open(t) && (t->of_case ? fold_is_lost((struct fold *)(uintptr_t)f, t->of_case, "")
                                                : *fold_item_lost(f, t->entry) != '\0');
    const struct handover *h = fold_handover_open(f, thing_id(t));
    autojson json_t *more = json_pack(
        "{sosssbsbsbss}", "checks", checks_of(t), "state", state_of(t), "check-entry",
        thing_lacks_check(t, p, "entry"), "check-end", thing_lacks_check(t, p, "end"), "lost", lost, "handover",
        h ? h->id : "");
    if (row && more && json_object_update(row, more) == 0 && put_endings(row, t) == 0 &&
        put_due(row, t, p, now_s) == 0)
        return row;
    json_decref(row);
    return NULL;
}

json_t *handover_permission(const json_t *permit)
{
    return json_pack("{sbsOsssO*sO*sO*}", "granted", 1, "approver", record_member(permit, "person"),
                     "permit", record_text(permit, "permit"), "approvals",
                     record_member(permit, "approvals"), "in-place-of",
                     record_member(permit, "in-place-of"), "under", record_member(permit, "under"));
}

/* A case's own permit is what the giving says of it. */
static json_t *permission_view(const struct handover *h, const json_t *asked)
{
    json_t *granted = h->state == HANDOVER_ASKED      ? json_null()
                      : h->state == HANDOVER_REJECTED ? json_false()
                                                      : json_true();
    const json_t *given = record_member(h->given, "permission"),
                 *from = h->permit ? h->permit : given;
    return json_pack(
        "{sosososososO*sO*}", "granted", granted, "approver",
        h->permit ? copy_of(h->permit, "person") : copy_of(given, "approver"), "consent",
        copy_of(asked, "consent"), "why", copy_of(h->permit, "why"), "approvals",
        json_is_array(record_member(from, "approvals")) ? copy_of(from, "approvals") : json_array(),
        "in-place-of", record_member(from, "in-place-of"), "under", record_member(from, "under"));
}

json_t *handover_view(const struct handover *h, const struct thing *t)
{
    const json_t *asked = h->asked ? h->asked : h->given ? h->given : h->end;
    json_t *view = json_pack(
        "{sssssssososososososososososososo}", "handover", h->id, "of", h->of, "state",
        handover_state_name(h->state), "at", copy_of(h->given ? h->given : asked, "at"), "person",
        copy_of(asked, "person"), "from", copy_of(asked, "from"), "to", copy_of(asked, "to"),
        "permission", permission_view(h, asked),
        "content", copy_of(asked, "content"), "purpose", copy_of(asked, "purpose"), "kept",
        copy_of(asked, "kept"), "return-by", copy_of(asked, "return-by"), "area",
        copy_of(asked, "area"), "destination", copy_of(asked, "destination"), "received",
        thing_ending(h->state == HANDOVER_RECEIVED ? h->end : NULL), "events",
        fold_events_json(h->events));
    if (view && put_endings(view, t) == 0)
        return view;
    json_decref(view);
    return NULL;
}

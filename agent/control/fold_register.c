/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold_register.c owns how records become the register's entries. It must never let an entry go: what
 * has come in stays, with its end beside it. */
#include "control/fold_register.h"
#include <sekisho/record.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "control/fold.h"
#include "control/fold_parts.h"
#include "record/record.h"

#define ENTRY_STEP 256 /* entries that the table grows by */
#define CHECKERS   2   /* persons who check what is specific personal information; others need one */

const char *entry_state_name(enum entry_state state)
{
    static const char *const names[] = {[ENTRY_HELD] = "held", [ENTRY_GIVEN] = "given",
                                        [ENTRY_RETURNED] = "returned",
                                        [ENTRY_DESTROYED] = "destroyed"};
    return names[state];
}

int register_init(struct fold_register *r)
{
    r->index = json_object();
    r->handover_index = json_object();
    r->handing = json_object();
    return r->index && r->handover_index && r->handing ? 0 : -ENOMEM;
}

void register_clear(struct fold_register *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct entry *e = &r->entries[i];
        json_t *const members[] = {e->record, e->moved, e->end, e->checks, e->events};
        for (size_t k = 0; k < array_count(members); k++)
            json_decref(members[k]);
    }
    for (size_t i = 0; i < r->handover_count; i++) {
        const struct handover *h = &r->handovers[i];
        json_t *const members[] = {h->asked, h->permit, h->given, h->end, h->approvals, h->events};
        for (size_t k = 0; k < array_count(members); k++)
            json_decref(members[k]);
    }
    free(r->entries);
    free(r->handovers);
    json_decref(r->index);
    json_decref(r->handover_index);
    json_decref(r->handing);
    *r = (struct fold_register){0};
}

struct entry *fold_entry(const struct fold *f, const char *id)
{
    const json_t *at = json_object_get(f->reg.index, id);
    return at ? &f->reg.entries[json_integer_value(at)] : NULL;
}

static int add_entry(struct fold_register *r, const char *id, enum entry_kind kind,
                     struct entry **ret)
{
    if (r->count == r->cap || !r->entries) {
        struct entry *more = reallocarray(r->entries, r->cap + ENTRY_STEP, sizeof *more);
        if (!more)
            return -ENOMEM;
        r->entries = more;
        r->cap += ENTRY_STEP;
    }
    if (json_object_set_new(r->index, id, json_integer((json_int_t)r->count)) != 0)
        return -ENOMEM;
    struct entry *e = &r->entries[r->count++];
    *e = (struct entry){.kind = kind, .state = ENTRY_HELD};
    snprintf(e->id, sizeof e->id, "%s", id);
    *ret = e;
    return 0;
}

/* A new entry for this record. One that is there already makes the record a strange one. */
static int enter(struct fold *f, const char *id, enum entry_kind kind, const json_t *record)
{
    struct entry *e;
    if (!*id || strlen(id) > SK_ID_MAX || fold_entry(f, id)) {
        f->strange++;
        return 0;
    }
    int r = add_entry(&f->reg, id, kind, &e);
    if (r != 0)
        return r;
    e->personal = record_flag(record, "specific-personal");
    e->top_secret = record_flag(record, "top-secret");
    fold_share(&e->record, record);
    return fold_add_event(&e->events, record);
}

int fold_received(struct fold *f, const json_t *record)
{
    return enter(f, record_text(record, "receipt"), ENTRY_RECEIPT, record);
}

void fold_copy_id(const json_t *record, char ret[static SK_ID_MAX + 1])
{
    const char *id = record_text(record, "copy");
    if (*id)
        snprintf(ret, SK_ID_MAX + 1, "%s", id);
    else
        snprintf(ret, SK_ID_MAX + 1, "C-%lld", (long long)record_number(record, "seq"));
}

int fold_copy_found(struct fold *f, const json_t *record)
{
    char id[SK_ID_MAX + 1];
    fold_copy_id(record, id);
    int r = fold_take_number(f, id);
    if (r == 0)
        r = enter(f, id, ENTRY_COPY, record);
    struct entry *e = fold_entry(f, id);
    if (r == 0 && e && e->kind == ENTRY_COPY)
        e->seen = record_flag(record, "permission.granted") ? CHECKERS : 0;
    return r;
}

static bool is_copy_of(const struct entry *e, const char *area, int64_t through)
{
    return e->kind == ENTRY_COPY && record_number(e->record, "seq") <= through &&
           str_eq(record_text(e->record, "area"), area);
}

/* One who neither made it nor has looked at it before. */
static bool may_see(const struct entry *e, const char *person)
{
    return !*person || (!str_eq(record_text(e->record, "person.id"), person) && !str_eq(e->seen_by, person));
}

void fold_copies_seen(struct fold *f, const char *area, int64_t through, const char *person)
{
    for (size_t i = 0; i < f->reg.count; i++) {
        struct entry *e = &f->reg.entries[i];
        if (!is_copy_of(e, area, through) || !may_see(e, person))
            continue;
        if (e->seen++ == 0)
            snprintf(e->seen_by, sizeof e->seen_by, "%s", person);
    }
}

size_t fold_unseen(const struct fold *f, const char *area, int64_t through, unsigned needed,
                   const char *person)
{
    size_t count = 0;
    for (size_t i = 0; i < f->reg.count; i++) {
        const struct entry *e = &f->reg.entries[i];
        count += e->seen < needed && is_copy_of(e, area, through) && (!person || may_see(e, person));
    }
    return count;
}

/* ---- what happens to an entry ---- */

static int end_entry(struct entry *e, enum entry_state state, const json_t *record)
{
    e->state = state;
    fold_share(&e->end, record);
    return 0;
}

int fold_entry_beside(struct fold *f, const char *id, struct entry **ret)
{
    *ret = fold_entry(f, id);
    return *ret || !fold_case(f, id) ? 0 : add_entry(&f->reg, id, ENTRY_CASE, ret);
}

int fold_change_hands(struct fold *f, struct entry *e, const json_t *record)
{
    struct case_entry *c = e->kind == ENTRY_CASE ? fold_case(f, e->id) : NULL;
    if (!record_flag(record, "to-client")) {
        fold_share(&e->moved, record);
        return 0;
    }
    if (c)
        c->state = CASE_GIVEN;
    return end_entry(e, ENTRY_GIVEN, record);
}

static int fold_checked(struct entry *e, const json_t *record)
{
    if (!e->checks && !(e->checks = json_array()))
        return -ENOMEM;
    return json_array_append(e->checks, (json_t *)(uintptr_t)record) == 0 ? 0 : -ENOMEM;
}

static int fold_phase(struct fold *f, struct entry *e, const char *phase, const json_t *record)
{
    if (str_eq(phase, "checked"))
        return fold_checked(e, record);
    if (str_eq(phase, "given"))
        return fold_change_hands(f, e, record);
    if (str_eq(phase, "returned"))
        return end_entry(e, ENTRY_RETURNED, record);
    if (str_eq(phase, "destroyed"))
        return end_entry(e, ENTRY_DESTROYED, record);
    if (str_eq(phase, "moved"))
        fold_share(&e->moved, record);
    else if (str_eq(phase, "sent"))
        return 0; /* an event of the case, and no end of it */
    else
        f->strange++;
    return 0;
}

int fold_item(struct fold *f, const json_t *record)
{
    const char *id = record_text(record, "item"), *phase = record_text(record, "phase");
    if (str_eq(phase, "received")) {
        int r = fold_take_number(f, id);
        return r != 0 ? r : enter(f, id, ENTRY_ITEM, record);
    }
    struct entry *e;
    int r = fold_entry_beside(f, id, &e);
    if (r != 0 || !e) {
        f->strange += !e;
        return r;
    }
    r = fold_phase(f, e, phase, record);
    return r == 0 ? fold_add_event(&e->events, record) : r;
}

/* An area that was erased takes its receipts and copies with it. */
static int erase_area(struct fold *f, const char *area, const json_t *record)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < f->reg.count; i++) {
        struct entry *e = &f->reg.entries[i];
        bool inside = e->kind == ENTRY_RECEIPT || e->kind == ENTRY_COPY;
        if (!inside || e->state != ENTRY_HELD || !str_eq(record_text(e->record, "area"), area) ||
            str_eq(record_text(e->record, "found"), "outside"))
            continue;
        r = end_entry(e, ENTRY_DESTROYED, record);
        r = r == 0 ? fold_add_event(&e->events, record) : r;
    }
    return r;
}

int fold_erasure(struct fold *f, const json_t *record)
{
    if (!str_eq(record_text(record, "phase"), "done"))
        return 0;
    if (str_eq(record_text(record, "object.kind"), "area"))
        return erase_area(f, record_text(record, "object.name"), record);
    struct entry *e = fold_entry(f, record_text(record, "item"));
    /* what has files ends when all of them are erased, with a record of its own (erase.h) */
    if (!e || e->kind != ENTRY_ITEM || e->state != ENTRY_HELD)
        return 0;
    int r = end_entry(e, ENTRY_DESTROYED, record);
    return r == 0 ? fold_add_event(&e->events, record) : r;
}

size_t entry_checks(const struct entry *e, const char *what, int64_t since, const char *ret_by[static 2])
{
    size_t count = 0;
    for (size_t i = 0; e && count < CHECKERS && i < json_array_size(e->checks); i++) {
        const json_t *check = json_array_get(e->checks, i);
        const char *by = record_text(check, "person.id");
        if (str_eq(record_text(check, "what"), what) && record_number(check, "seq") > since &&
            !(count > 0 && str_eq(ret_by[0], by)))
            ret_by[count++] = by;
    }
    return count;
}

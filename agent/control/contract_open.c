/* SPDX-License-Identifier: GPL-3.0-or-later */
/* contract_open.c owns the list of what is still there of a contract (DSP-4). It must never leave out
 * what it can't judge: that is listed too, and blocks. */
#include <string.h>
#include "base/str.h"
#include "control/control.h"
#include "control/register.h"

struct open_list {
    struct control *c;
    const char *contract;
    json_t *rows;
    json_t *areas; /* of the contract, on this machine: id → true */
    bool failed;
};

/* do: what has to be done about it, a code of ops.h; blocks: somebody must do it before the closing. */
static void add(struct open_list *l, const char *kind, const char *id, const char *what,
                const char *state, const char *todo, bool blocks)
{
    json_t *row = json_pack("{ss ss ss ss ss sb}", "kind", kind, "id", id, "what", what, "state", state,
                            "do", todo, "blocks", blocks ? 1 : 0);
    l->failed = json_array_append_new(l->rows, row) != 0 || l->failed;
}

static void add_cases(struct open_list *l)
{
    const struct fold *f = l->c->fold;
    for (size_t i = 0; i < f->count; i++) {
        const struct case_entry *e = &f->cases[i];
        if (!case_is_open(e->state) ||
            !str_eq(record_text(e->request, "contract"), l->contract))
            continue;
        bool out = e->state == CASE_OUT || e->state == CASE_UNKNOWN;
        bool backup = str_eq(record_text(e->request, "destination.kind"), "backup");
        const char *label = record_text(e->request, "destination.label");
        add(l, backup && out ? "backup" : "case", e->id,
            *label ? label : record_text(e->request, "destination.id"), case_state_name(e->state),
            out                          ? "return-or-dispose"
            : e->state == CASE_RUNNING ? "wait"
                                       : "expire",
            out || e->state == CASE_RUNNING);
    }
}

/* Paper, media and what else the register holds; copies outside of areas that index found. What is inside
 * of areas goes with them; where its area is not on this machine any more nobody knows where it went. */
static void add_entry(struct open_list *l, const struct thing *t)
{
    const struct entry *e = t->entry;
    const char *form = record_text(e->record, "form");
    bool outside = e->kind == ENTRY_COPY && str_eq(record_text(e->record, "found"), "outside");
    if (outside)
        add(l, "copy", record_text(json_array_get(record_member(e->record, "content.files"), 0), "name"),
            record_text(e->record, "of"), "", "erase-file", true);
    else if (e->kind != ENTRY_ITEM && !json_object_get(l->areas, record_text(e->record, "area")))
        add(l, "item", e->id, record_text(e->record, "area"), entry_state_name(e->state), "return-item", true);
    else if (e->kind == ENTRY_ITEM)
        add(l, str_eq(form, "paper") ? "paper" : str_eq(form, "medium") ? "medium" : "item", e->id,
            record_text(e->record, "name"), entry_state_name(e->state), "return-item", true);
}

static void add_entries(struct open_list *l)
{
    struct fold *f = l->c->fold;
    struct thing t;
    for (size_t at = 0; thing_next(f, &at, &t);)
        if (!t.of_case && thing_is_open(&t) && str_eq(thing_contract(&t), l->contract))
            add_entry(l, &t);
    if (f->copies_left_out > 0)
        add(l, "copy", "", "", "", "copies-unknown", false);
}

/* What was put into somebody's hands has arrived; one that was only asked for or permitted moved nothing. */
static void add_handovers(struct open_list *l)
{
    const struct fold_register *reg = &l->c->fold->reg;
    for (size_t i = 0; i < reg->handover_count; i++) {
        const struct handover *h = &reg->handovers[i];
        if (h->state == HANDOVER_GIVEN && str_eq(record_text(h->given, "contract"), l->contract))
            add(l, "handover", h->id, record_text(h->asked ? h->asked : h->given, "purpose"),
                handover_state_name(h->state), "receive-handover", true);
    }
}

static bool has_area(const struct open_list *l, const char *area)
{
    const struct policy_area *of = policy_area(l->c->rules.policy, area);
    size_t i;
    json_t *one;
    if (of)
        return str_eq(of->contract, l->contract);
    json_array_foreach(
        record_member(json_object_get(l->c->fold->contracts, l->contract), "areas"), i, one)
        if (str_eq(json_string_value(one), area))
            return true;
    return false;
}

/* Areas on this machine, and the passphrases that open them. */
static int add_areas(struct open_list *l, struct buf *why)
{
    autojson json_t *answer = areas_ask(l->c, why);
    size_t i;
    json_t *row;
    if (!answer)
        return SK_ERR_STATE;
    json_array_foreach(json_object_get(answer, "areas"), i, row) {
        const char *id = record_text(row, "area");
        const struct policy_area *area = policy_area(l->c->rules.policy, id);
        if (!has_area(l, id))
            continue;
        bool room = room_is_open(l->c, id);
        l->failed = json_object_set_new(l->areas, id, json_true()) != 0 || l->failed;
        add(l, "area", id, area ? area->label : "",
            room ? "room" : record_flag(row, "open") ? "open" : "closed",
            room ? "end-room" : "destroy-area", room);
        if (record_flag(row, "encrypted"))
            add(l, "key", id, "", "", "key-copies", false);
    }
    return 0;
}

json_t *contract_open(struct control *c, const char *contract, struct buf *why)
{
    autojson json_t *areas = json_object();
    struct open_list l = {.c = c, .contract = contract, .rows = json_array(), .areas = areas};
    if (!l.rows || !areas || add_areas(&l, why) != 0) {
        json_decref(l.rows);
        return NULL;
    }
    add_cases(&l);
    add_entries(&l);
    add_handovers(&l);
    if (!l.failed)
        return l.rows;
    json_decref(l.rows);
    return NULL;
}

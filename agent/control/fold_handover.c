/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold_handover.c owns how records become hand-overs (REC-3). It must never let one end without a word
 * of who received, or of why it failed. */
#include <sekisho/record.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "control/fold.h"
#include "control/fold_parts.h"
#include "record/record.h"

#define HANDOVER_STEP 64 /* hand-overs that the table grows by */

static const char *const states[HANDOVER_STATE_COUNT] = {
    [HANDOVER_ASKED] = "asked", [HANDOVER_PERMITTED] = "permitted", [HANDOVER_REJECTED] = "rejected",
    [HANDOVER_GIVEN] = "given", [HANDOVER_RECEIVED] = "received",   [HANDOVER_FAILED] = "failed",
};

const char *handover_state_name(enum handover_state state)
{
    return states[state];
}

bool handover_is_open(enum handover_state state)
{
    return state == HANDOVER_ASKED || state == HANDOVER_PERMITTED || state == HANDOVER_GIVEN;
}

struct handover *fold_handover_of_id(const struct fold *f, const char *id)
{
    const json_t *at = json_object_get(f->reg.handover_index, id);
    return at ? &f->reg.handovers[json_integer_value(at)] : NULL;
}

struct handover *fold_handover_latest(const struct fold *f, const char *of)
{
    const json_t *at = json_object_get(f->reg.handing, of);
    return at ? &f->reg.handovers[json_integer_value(at)] : NULL;
}

struct handover *fold_handover_open(const struct fold *f, const char *of)
{
    struct handover *h = fold_handover_latest(f, of);
    return h && handover_is_open(h->state) ? h : NULL;
}

static int add(struct fold_register *r, const char *id, const json_t *record, struct handover **ret)
{
    const char *item = record_text(record, "item");
    if (r->handover_count == r->handover_cap || !r->handovers) {
        struct handover *more =
            reallocarray(r->handovers, r->handover_cap + HANDOVER_STEP, sizeof *more);
        if (!more)
            return -ENOMEM;
        r->handovers = more;
        r->handover_cap += HANDOVER_STEP;
    }
    const char *of = *item ? item : record_text(record, "case");
    json_int_t place = (json_int_t)r->handover_count;
    if (json_object_set_new(r->handover_index, id, json_integer(place)) != 0 ||
        (*of && json_object_set_new(r->handing, of, json_integer(place)) != 0))
        return -ENOMEM;
    struct handover *h = &r->handovers[r->handover_count++];
    *h = (struct handover){0};
    snprintf(h->id, sizeof h->id, "%s", id);
    snprintf(h->of, sizeof h->of, "%s", of);
    *ret = h;
    return 0;
}

/* Who has it now: a colleague becomes its handler, and what the client has is given. What went to somebody
 * else stays in the register with its handler, who sees to its return. */
static int change_hands(struct fold *f, const struct handover *h, const json_t *record)
{
    struct entry *e = NULL;
    if (!record_flag(record, "to-client") && !record_member(record, "handler"))
        return 0;
    int r = fold_entry_beside(f, h->of, &e);
    if (r == 0 && e)
        r = fold_change_hands(f, e, record);
    return r == 0 && e ? fold_add_event(&e->events, record) : r;
}

static int take_in(struct fold *f, struct handover *h, enum handover_state state,
                   const json_t *record)
{
    json_t **const where[HANDOVER_STATE_COUNT] = {
        [HANDOVER_ASKED] = &h->asked, [HANDOVER_PERMITTED] = &h->permit,
        [HANDOVER_REJECTED] = &h->permit, [HANDOVER_GIVEN] = &h->given,
        [HANDOVER_RECEIVED] = &h->end, [HANDOVER_FAILED] = &h->end,
    };
    bool unused = h->state == HANDOVER_PERMITTED && h->permit &&
                  (state == HANDOVER_PERMITTED || state == HANDOVER_REJECTED || state == HANDOVER_FAILED);
    int r = unused ? fold_use_back(f, record_text(h->permit, "consent.id")) : 0;
    h->state = state;
    fold_share(where[state], record);
    if (r == 0 && state == HANDOVER_PERMITTED)
        r = fold_granted(f, h->id, record);
    if (r == 0 && state == HANDOVER_RECEIVED)
        r = change_hands(f, h, record);
    return r == 0 ? fold_add_event(&h->events, record) : r;
}

int fold_handover(struct fold *f, const json_t *record)
{
    const char *id = record_text(record, "handover"), *phase = record_text(record, "phase");
    size_t state = 0;
    while (state < HANDOVER_STATE_COUNT && !str_eq(states[state], phase))
        state++;
    int r = *id && strlen(id) <= SK_ID_MAX ? fold_take_number(f, id) : 0;
    if (r != 0)
        return r;
    struct handover *h = fold_handover_of_id(f, id);
    if (h && str_eq(phase, "approved")) {
        r = fold_approval(f, &h->approvals, record);
        return r == 0 ? fold_add_event(&h->events, record) : r;
    }
    if (!*id || strlen(id) > SK_ID_MAX || state == HANDOVER_STATE_COUNT) {
        f->strange++;
        return 0;
    }
    if (!h)
        r = add(&f->reg, id, record, &h);
    return r == 0 ? take_in(f, h, (enum handover_state)state, record) : r;
}

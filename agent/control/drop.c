/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drop.c owns the end of what transfers leave behind: snapshots, and unfinished files where a
 * transfer broke off. It must never drop a snapshot whose case may still be exported. A mark in the
 * store lives as long as the snapshot: made before it, removed when it is surely gone. */
#include <string.h>
#include "control/control.h"

void drop_later(struct control *c, const char *case_id, const char *area)
{
    const struct case_entry *e = fold_case(c->fold, case_id);
    if (store_has(STORE_STAGED, case_id))
        json_object_set_new(c->drops, case_id, json_string(area));
    else if (e && e->standing)
        drop_prepared(case_id); /* it has no snapshot with which its texts would go */
}

void drop_area(struct control *c, const char *area)
{
    const char *id;
    json_t *of;
    void *next;
    store_remove(STORE_AREA_KEY, area);
    json_object_foreach_safe(c->drops, next, id, of)
        if (strcmp(json_string_value(of), area) == 0) {
            store_remove(STORE_STAGED, id);
            json_object_del(c->drops, id);
        }
}

static bool still_needed(const struct case_entry *e)
{
    return e && (e->state == CASE_REQUESTED || e->state == CASE_PERMITTED ||
                 e->state == CASE_RUNNING || e->state == CASE_FAILED);
}

static void look_at(void *context, const char *case_id)
{
    struct control *c = context;
    autobuf struct buf area = {0};
    if (still_needed(fold_case(c->fold, case_id)) || job_of(c, case_id) ||
        store_read(STORE_STAGED, case_id, SK_ID_MAX, &area) != 0)
        return;
    drop_later(c, case_id, area.data ? area.data : "");
}

void sweep_later(struct control *c, const struct case_entry *e)
{
    const char *destination = record_text(e->request, "destination.id");
    if (*destination)
        json_object_set_new(c->sweeps, destination, json_true());
}

void drop_find(struct control *c)
{
    store_each(STORE_STAGED, look_at, c);
    for (size_t i = 0; i < c->fold->count; i++) {
        const struct case_entry *e = &c->fold->cases[i];
        bool broke_off = e->state == CASE_REVOKED && (e->intent || e->done);
        if (e->state == CASE_FAILED || e->state == CASE_UNKNOWN || broke_off)
            sweep_later(c, e);
    }
}

/* True when nothing is left there. One that is away now, as a medium may be, is tried again. */
static bool sweep_one(struct control *c, const struct policy_destination *d)
{
    autobuf struct buf why = {0};
    autojson json_t *answer = NULL;
    autojson json_t *question = destination_json(d);
    return question && json_object_set_new(question, "sweep", json_true()) == 0 &&
           link_ask(&c->device, SK_MSG_DESTINATION, question, NULL, 0, SK_MSG_OK, &answer, NULL,
                    &why) == 0 &&
           record_flag(answer, "swept");
}

static void sweep_run(struct control *c)
{
    const char *id;
    json_t *unused;
    void *next;
    json_object_foreach_safe(c->sweeps, next, id, unused)
    {
        const struct policy_destination *d = policy_destination(c->rules.policy, id);
        if (!d || sweep_one(c, d))
            json_object_del(c->sweeps, id);
        else if (c->device.fd < 0)
            return; /* nobody there */
    }
}

void prepared_earlier(char ret[static SK_ID_MAX + sizeof PREPARED_EARLIER], const char *id)
{
    snprintf(ret, SK_ID_MAX + sizeof PREPARED_EARLIER, "%s" PREPARED_EARLIER, id);
}

void drop_prepared(const char *id)
{
    char earlier[SK_ID_MAX + sizeof PREPARED_EARLIER];
    prepared_earlier(earlier, id);
    store_remove(STORE_PREPARED, earlier);
    store_remove(STORE_PREPARED, id);
}

static void remove_any_prepared(void *context, const char *name)
{
    (void)context;
    store_remove(STORE_PREPARED, name);
}

void drop_all_prepared(void)
{
    store_each(STORE_PREPARED, remove_any_prepared, NULL);
}

/* An area that is not open keeps its snapshots; they are tried again. */
static void drop_snapshots(struct control *c)
{
    const char *case_id;
    json_t *area;
    void *next;
    json_object_foreach_safe(c->drops, next, case_id, area)
    {
        autobuf struct buf why = {0};
        autojson json_t *question =
            json_pack("{sssO}", "case", case_id, "area", area);
        if (!question)
            return;
        if (link_ask(&c->device, SK_MSG_STAGE_DROP, question, NULL, 0, SK_MSG_OK, NULL, NULL,
                     &why) != 0) {
            if (c->device.fd < 0)
                return; /* nobody there */
            continue;
        }
        store_remove(STORE_STAGED, case_id);
        drop_prepared(case_id);
        json_object_del(c->drops, case_id);
    }
}

void drop_run(struct control *c)
{
    drop_snapshots(c);
    sweep_run(c);
}

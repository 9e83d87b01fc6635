/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold_incidents.c owns the table of incidents and of what was lost. It must never take an incident for
 * closed that no record closes. */
#include <sekisho/record.h>
#include <string.h>
#include "base/str.h"
#include "control/fold.h"
#include "record/record.h"

#define KEY_CAP (SK_ID_MAX + 16)

json_t *fold_incident_of(const struct fold *f, const char *id)
{
    return json_object_get(f->incidents, id);
}

bool incident_is_open(const json_t *row)
{
    return row && json_object_get(row, "opened") && !json_object_get(row, "closed");
}

const char *fold_incident_open(const struct fold *f, const char *trigger, const char *area)
{
    const char *id;
    json_t *row;
    json_object_foreach(f->incidents, id, row) {
        const json_t *opened = json_object_get(row, "opened");
        if (incident_is_open(row) && str_eq(record_text(opened, "trigger"), trigger) &&
            str_eq(record_text(opened, "area"), area))
            return id;
    }
    return NULL;
}

const char *fold_incident_keeps(const struct fold *f, const char *contract)
{
    const char *id;
    json_t *row;
    json_object_foreach(f->incidents, id, row) {
        const char *its = record_text(json_object_get(row, "opened"), "contract");
        if (incident_is_open(row) && (!*its || str_eq(its, contract)))
            return id;
    }
    return NULL;
}

static json_t *row_for(struct fold *f, const char *id)
{
    json_t *row = json_object_get(f->incidents, id);
    if (row)
        return row;
    row = json_pack("{s[]s[]s{}}", "added", "reported", "notices");
    return row && json_object_set_new(f->incidents, id, row) == 0 ? row : NULL;
}

/* Who was told stays told; who was not is what the last record says. */
static int note_notice(json_t *row, const json_t *record)
{
    json_t *notices = json_object_get(row, "notices");
    json_t *one = json_object_get(notices, record_text(record, "notice"));
    if (!one) {
        one = json_pack("{s[]}", "sent");
        if (!one || json_object_set_new(notices, record_text(record, "notice"), one) != 0)
            return -ENOMEM;
    }
    json_t *sent = json_deep_copy(record_member(record, "sent")), *failed = json_deep_copy(record_member(record, "failed"));
    int r = sent && failed ? json_array_extend(json_object_get(one, "sent"), sent) : -1;
    json_decref(sent);
    return r == 0 && json_object_set_new(one, "failed", failed) == 0 ? 0 : -ENOMEM;
}

int fold_incident(struct fold *f, const json_t *record)
{
    const char *id = record_text(record, "incident"), *phase = record_text(record, "phase");
    const char *of = record_text(record, "of");
    static const char *const single[] = {"opened", "closed"}, *const many[] = {"added", "reported"};
    json_t *row = *id ? row_for(f, id) : NULL;
    if (!row)
        return *id ? -ENOMEM : 0;
    if (*of && json_object_set_new(f->told, of, json_string(id)) != 0)
        return -ENOMEM;
    if (str_eq(phase, "notified"))
        return note_notice(row, record);
    for (size_t i = 0; i < 2; i++)
        if (str_eq(phase, single[i]))
            return json_object_set_new(row, single[i], json_deep_copy(record)) == 0 ? 0 : -ENOMEM;
    for (size_t i = 0; i < 2; i++)
        if (str_eq(phase, many[i]))
            return json_array_append_new(json_object_get(row, many[i]), json_deep_copy(record)) == 0 ? 0 : -ENOMEM;
    return 0;
}

static const json_t *lost_of(const struct fold *f, const char *what, const char *id)
{
    char key[KEY_CAP];
    snprintf(key, sizeof key, "%s %s", what, id);
    return *id ? json_object_get(f->lost, key) : NULL;
}

int fold_lost(struct fold *f, const json_t *record)
{
    char key[KEY_CAP];
    const char *kind = *record_text(record, "medium") ? "medium" : *record_text(record, "item") ? "item" : "case";
    snprintf(key, sizeof key, "%s %s", kind, record_text(record, kind));
    int r = json_object_set_new(f->lost, key, json_deep_copy(record)) == 0 ? fold_revoke(f, record) : -ENOMEM;
    const json_t *named = record_member(record, "destinations"); /* of a registered medium: where it is named */
    for (size_t i = 0; r == 0 && i < json_array_size(named); i++) {
        snprintf(key, sizeof key, "medium %s", json_string_value(json_array_get(named, i)));
        r = json_object_set_new(f->lost, key, json_deep_copy(record)) == 0 ? 0 : -ENOMEM;
    }
    return r;
}

const char *fold_item_lost(const struct fold *f, const struct entry *e)
{
    const json_t *lost = lost_of(f, "item", e->id);
    bool found = lost && e->moved && record_number(e->moved, "seq") > record_number(lost, "seq");
    return lost && !found ? record_text(lost, "incident") : "";
}

bool fold_handover_lost(const struct fold *f, const struct handover *h)
{
    const struct entry *e = fold_entry(f, h->of);
    return e && *fold_item_lost(f, e);
}

bool fold_is_lost(struct fold *f, const struct case_entry *e, const char *destination)
{
    if (e && lost_of(f, "case", e->id))
        return true;
    const json_t *lost = lost_of(f, "medium", e ? record_text(e->request, "destination.id") : destination);
    if (!lost)
        return false;
    const json_t *row = fold_incident_of(f, record_text(lost, "incident"));
    bool before = e && e->permit && record_number(e->permit, "seq") < record_number(lost, "seq");
    return before || !row || incident_is_open(row);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fold_alike.c owns the sharing of what records say alike, and the short form of what happened, since all of
 * it stays in memory. It must never change what a record says, nor remember more than a few values of a member. */
#include <errno.h>
#include <string.h>
#include "base/clean.h"
#include "control/fold_parts.h"
#include "record/record.h"

#define ALIKE_VALUES 8   /* of one member, the latest */
#define ALIKE_NAMES  256 /* members that are told apart; records have some hundred names */

/* The value as it stood before, or this one, which is remembered. */
static json_t *known(json_t *values, json_t *value)
{
    size_t count = json_array_size(values);
    for (size_t i = count; i-- > 0;)
        if (json_equal(json_array_get(values, i), value))
            return json_array_get(values, i);
    if (count >= ALIKE_VALUES)
        json_array_remove(values, 0);
    return json_array_append(values, value) == 0 ? value : NULL;
}

static bool is_small(const json_t *value)
{
    return !json_is_object(value) && !json_is_array(value) && !json_is_string(value);
}

void fold_share_alike(struct fold *f, const json_t *record)
{
    json_t *own = (json_t *)(uintptr_t)record; /* its values become others that are equal */
    for (void *at = json_object_iter(own); at; at = json_object_iter_next(own, at)) {
        const char *name = json_object_iter_key(at);
        json_t *value = json_object_iter_value(at), *values = json_object_get(f->alike, name);
        if (is_small(value))
            continue;
        if (!values && json_object_size(f->alike) < ALIKE_NAMES &&
            json_object_set_new(f->alike, name, json_array()) == 0)
            values = json_object_get(f->alike, name);
        json_t *same = values ? known(values, value) : NULL;
        if (same && same != value)
            (void)json_object_iter_set(own, at, same); /* else it stays as it is */
    }
}

/* An event is a list of the record's own values, which cost next to nothing while others have them too. */
static const char *const of_event[] = {"seq", "at", "kind", "phase", "why"};

static json_t *value_of(const json_t *record, const char *name)
{
    json_t *value = json_object_get(record, name);
    return value ? json_incref(value) : strcmp(name, "seq") == 0 ? json_integer(0) : json_string("");
}

int fold_add_event(json_t **events, const json_t *record)
{
    json_t *event = json_array();
    *events = *events ? *events : json_array();
    for (size_t i = 0; i < array_count(of_event); i++)
        if (json_array_append_new(event, value_of(record, of_event[i])) != 0) {
            json_decref(event);
            return -ENOMEM;
        }
    return json_array_append_new(*events, event) == 0 ? 0 : -ENOMEM;
}

json_t *fold_events_json(const json_t *events)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        json_t *shown = json_object();
        for (size_t k = 0; k < array_count(of_event); k++)
            if (json_object_set(shown, of_event[k], json_array_get(event, k)) != 0)
                json_decref(steal_ptr(&shown));
        if (json_array_append_new(list, shown) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recipients.c owns who can open a take-out. It must never leave out a key that is sealed to. */
#include "control/recipients.h"
#include "base/buf.h"
#include "base/clean.h"
#include "base/str.h"
#include "record/record.h"

static json_t *list_of(const struct policy *p, const struct policy_destination *d, bool keys)
{
    autojson json_t *list = json_array();
    const struct policy_recipient *r;
    char key[AGE_RECIPIENT_CAP];
    for (size_t i = 0; list && (r = policy_sealed_to(p, d, i)) != NULL; i++) {
        age_recipient_format(&r->age, key);
        if (json_array_append_new(list, json_string(keys ? key : r->head.id)) != 0)
            return NULL;
    }
    return steal_ptr(&list);
}

json_t *recipients_ids(const struct policy *p, const struct policy_destination *d)
{
    return list_of(p, d, false);
}

json_t *recipients_keys(const struct policy *p, const struct policy_destination *d)
{
    return list_of(p, d, true);
}

char *recipients_text(const struct policy *p, const struct policy_destination *d)
{
    struct buf b = {0};
    const struct policy_recipient *r;
    buf_puts(&b, "");
    for (size_t i = 0; (r = policy_sealed_to(p, d, i)) != NULL; i++) {
        buf_printf(&b, "%s%s", b.len > 0 ? ", " : "", r->head.id);
        if (r != &p->escrow)
            buf_printf(&b, " (%s)", r->organisation);
    }
    return buf_steal(&b);
}

const json_t *recipients_of_case(const struct case_entry *e)
{
    const json_t *records[] = {e->done, e->intent, e->request};
    for (size_t i = 0; e->take_out && i < array_count(records); i++) {
        const json_t *ids = records[i] ? record_member(records[i], "recipients") : NULL;
        if (json_array_size(ids) > 0)
            return ids;
    }
    return NULL;
}

static json_t *view_of(const struct policy *p, const char *id)
{
    char key[AGE_RECIPIENT_CAP] = "";
    bool escrow = str_eq(id, POLICY_ESCROW);
    const struct policy_recipient *r =
        escrow ? (p->has_escrow ? &p->escrow : NULL) : policy_recipient(p, id);
    if (r)
        age_recipient_format(&r->age, key);
    return json_pack("{ssssssss}", "id", id, "name", r ? r->name : "", "organisation",
                     r ? r->organisation : "", "age", key);
}

json_t *recipients_view(const struct policy *p, const json_t *ids)
{
    autojson json_t *list = json_array();
    for (size_t i = 0; list && i < json_array_size(ids); i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        if (json_array_append_new(list, view_of(p, id ? id : "")) != 0)
            return NULL;
    }
    return steal_ptr(&list);
}

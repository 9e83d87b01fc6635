/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op_sent.c owns the record of who an export was sent to (CLD-4). It must never take an address that is not a
 * recipient's of that destination, nor one that no consent covers any more: both are refused on record. */
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"
#include "control/outbox.h"

static int check_case(struct ask *a, const struct policy_destination **ret)
{
    const struct case_entry *e = a->entry;
    if (!e)
        return ask_fail(a, SK_ERR_STATE, "%s does not go by mail or a web site", thing_id(&a->thing));
    const struct policy_destination *d =
        policy_destination(a->control->rules.policy, record_text(e->request, "destination.id"));
    const char *kind = record_text(e->request, "destination.kind");
    if (!e->take_out || (!str_eq(kind, "mail") && !str_eq(kind, "web")))
        return ask_fail(a, SK_ERR_STATE, "%s does not go by mail or a web site", e->id);
    if (e->state != CASE_OUT)
        return ask_fail(a, SK_ERR_STATE, "%s is %s", e->id, PHRASE_OF(case_state_name(e->state)));
    if (!d || !outbox_is(d))
        return ask_refuse(a, SK_REASON_NO_DESTINATION, "%s", sk_reason_phrase(SK_REASON_NO_DESTINATION));
    *ret = d;
    return 0;
}

/* The consent that the permit applied, as it stands now. */
static int check_consent(struct ask *a, const struct policy_destination *d)
{
    const struct policy *p = a->control->rules.policy;
    const char *id = record_text(a->entry->request, "consent.id");
    const struct policy_consent *consent = policy_consent(p, id);
    int64_t now = control_now(a->control);
    a->consent = id;
    if (!consent)
        return ask_refuse(a, SK_REASON_NO_CONSENT, "%s", sk_reason_phrase(SK_REASON_NO_CONSENT));
    if (now < consent->date || (consent->until != 0 && now >= consent->until))
        return ask_refuse(a, SK_REASON_CONSENT_ENDED, "%s", sk_reason_phrase(SK_REASON_CONSENT_ENDED));
    return policy_list_has(&consent->destinations, d->head.id)
               ? 0
               : ask_refuse(a, SK_REASON_CONSENT_DESTINATION, "%s", sk_reason_phrase(SK_REASON_CONSENT_DESTINATION));
}

/* One that is not let through refuses all: nobody sends the same mail to a part of its recipients. */
static int check_addresses(struct ask *a, const struct policy_destination *d, json_t **ret)
{
    const json_t *to = json_object_get(a->body, "to");
    autojson json_t *list = json_array();
    size_t i;
    const json_t *one;
    if (json_array_size(to) == 0)
        return ask_fail(a, SK_ERR_FORMAT, "to whom was it sent? Add --to ADDRESS");
    json_array_foreach((json_t *)(uintptr_t)to, i, one) {
        const char *address = json_string_value(one);
        const struct policy_recipient *r = outbox_recipient(a->control->rules.policy, d, address);
        if (!r)
            return ask_refuse(a, SK_REASON_NOT_RECIPIENT, "%s is no recipient of %s", address, d->head.id);
        if (!list || json_array_append_new(list, json_pack("{ssssss}", "id", r->head.id, "name", r->name, "mail",
                                                           r->mail)) != 0)
            return -ENOMEM;
    }
    *ret = steal_ptr(&list);
    return 0;
}

int op_sent(struct ask *a)
{
    const struct policy_destination *d = NULL;
    autojson json_t *to = NULL;
    int r = check_case(a, &d);
    if (r != 0 || !d)
        return r != 0 ? r : SK_ERR_STATE;
    r = check_addresses(a, d, &to);
    if (r == 0)
        r = check_consent(a, d);
    if (r == 0)
        r = ledger_ready(a->control, &a->why);
    if (r != 0)
        return r;
    json_t *record = item_record(a, &a->thing, "sent");
    autojson json_t *fields = json_pack("{sOsOsO}", "to", to, "destination",
                                        record_member(a->entry->request, "destination"), "consent",
                                        record_member(a->entry->request, "consent"));
    if (!record || !fields || json_object_update(record, fields) != 0) {
        json_decref(record);
        return -ENOMEM;
    }
    r = ledger_append(a->control, record, true, NULL, &a->why);
    if (r == 0)
        a->answer = json_pack("{sO}", "to", to);
    return r;
}

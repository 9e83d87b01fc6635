/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bound.c owns what a standing permit is bound to. It must never leave out what decides where an
 * export goes, or who can read it: what an approver has not seen is not permitted under an id that
 * stayed the same. */
#include "control/bound.h"
#include "base/buf.h"
#include "base/clean.h"
#include "record/record.h"

#define BOUND_HEAD                                                                                 \
    "sekisho-standing-bound: 1\n" /* so that the digest is never one of anything else */

/* "": it has none. */
static json_t *minisign_text(bool has, const struct minisign_public *key)
{
    char text[MINISIGN_PUBLIC_TEXT_CAP] = "";
    if (has)
        minisign_public_format(key, text);
    return json_string(text);
}

static json_t *recipients_of(const struct policy *p, const struct policy_destination *d)
{
    autojson json_t *list = json_array();
    const struct policy_recipient *r;
    char age[AGE_RECIPIENT_CAP];
    for (size_t i = 0; list && (r = policy_sealed_to(p, d, i)) != NULL; i++) {
        bool is_escrow = r == &p->escrow; /* which has a key and nothing else */
        age_recipient_format(&r->age, age);
        json_t *row =
            json_pack("{ss ss ss ss ss so}", "id", r->head.id, "name", is_escrow ? "" : r->name,
                      "organisation", is_escrow ? "" : r->organisation, "mail",
                      is_escrow ? "" : r->mail, "age", age, "receipt-key",
                      minisign_text(!is_escrow && r->has_receipt_key, &r->receipt_key));
        if (!row || json_array_append_new(list, row) != 0)
            return NULL;
    }
    return steal_ptr(&list);
}

static json_t *destination_of(const struct policy *p, const struct policy_destination *d)
{
    return json_pack("{ss ss ss si ss ss ss ss so so}", "id", d->head.id, "contract", d->contract,
                     "label", d->label, "kind", (int)d->kind, "path", d->path, "uuid", d->uuid,
                     "medium", d->medium, "site", d->site, "receipt-key",
                     minisign_text(d->has_receipt_key, &d->receipt_key), "recipients",
                     recipients_of(p, d));
}

static json_t *area_of(const struct policy_area *a)
{
    return json_pack("{ss ss ss si sb sb}", "id", a->head.id, "contract", a->contract, "mount",
                     a->mount, "level", (int)a->level, "personal-number", a->personal_number,
                     "top-secret", a->top_secret);
}

/* Which stick is meant: its identity alone decides that when it is plugged in. */
static json_t *registered_of(const struct policy *p, const struct policy_destination *d)
{
    char identity[DIGEST_HEX_CAP];
    const struct policy_medium *m = *d->medium ? policy_medium(p, d->medium) : NULL;
    if (!m)
        return json_object();
    digest_hex(identity, m->identity);
    return json_pack("{si si ss ss si ss}", "vendor", (int)m->vendor, "product", (int)m->product, "serial",
                     m->serial, "owner", m->owner, "direction", (int)m->direction, "identity", identity);
}

/* Whose login it is decides who asks, and whose the folder of an outbox is. */
static json_t *person_of(const struct policy_person *who)
{
    return json_pack("{ss ss}", "id", who->head.id, "login", who->user);
}

int bound_digest(const struct policy *p, const struct policy_person *who, const struct policy_area *area,
                 const struct policy_destination *d, char ret[static DIGEST_HEX_CAP])
{
    autojson json_t *words =
        json_pack("{so so so so}", "person", person_of(who), "area", area_of(area), "destination",
                  destination_of(p, d), "registered", registered_of(p, d));
    autofree char *canonical = words ? json_dumps(words, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    autobuf struct buf text = {0};
    uint8_t digest[DIGEST_LEN];
    buf_puts(&text, BOUND_HEAD);
    buf_puts(&text, canonical ? canonical : "");
    if (!canonical || text.err)
        return -ENOMEM;
    int r = digest_of(text.data, text.len, digest);
    if (r == 0)
        digest_hex(ret, digest);
    return r;
}

char *bound_keys(const struct policy *p, const struct policy_destination *d)
{
    struct buf b = {0};
    const struct policy_recipient *r;
    char age[AGE_RECIPIENT_CAP];
    buf_puts(&b, "");
    for (size_t i = 0; (r = policy_sealed_to(p, d, i)) != NULL; i++) {
        age_recipient_format(&r->age, age);
        buf_printf(&b, "%s%s %s", i ? ", " : "", r->head.id, age);
    }
    return buf_steal(&b);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* offers.c owns the choice that people are given before they ask. It must never offer what the
 * policy does not allow, nor decide by rules of its own. */
#include "client/offers.h"
#include <errno.h>
#include "base/str.h"
#include "policy/decide.h"
#include "record/record.h"

void offers_free(struct offers *offers)
{
    free(offers->items);
    *offers = (struct offers){0};
}

static bool is_open(const struct policy_consent *c, int64_t now, const char *area)
{
    return (c->until == 0 || now < c->until) && (!area || policy_list_has(&c->areas, area));
}

static int add(struct offers *o, const struct policy_destination *d, const struct policy_consent *c)
{
    struct offer *grown = reallocarray(o->items, o->count + 1, sizeof *grown);
    if (!grown)
        return -ENOMEM;
    o->items = grown;
    o->items[o->count++] = (struct offer){d, c};
    return 0;
}

int offers_of(const struct policy *p, const char *area, int64_t now, struct offers *ret)
{
    struct offers o = {0};
    int r = 0;
    for (size_t i = 0; i < p->destination_count; i++)
        for (size_t k = 0; k < p->consent_count && r == 0; k++)
            if (policy_list_has(&p->consents[k].destinations, p->destinations[i].head.id) &&
                is_open(&p->consents[k], now, area))
                r = add(&o, &p->destinations[i], &p->consents[k]);
    if (r != 0)
        offers_free(&o);
    else
        *ret = o;
    return r;
}

/* May this login ask for it, for one of the consent's purposes (they all count alike)? */
static bool is_allowed(const struct policy *p, const struct offer *o, const char *login,
                       const char *area, int64_t now, enum sk_reason *ret_why)
{
    struct decision d = {0};
    const struct policy_consent *found = NULL;
    const struct transfer_question q = {
        .user = login,
        .area = area,
        .destination = o->destination->head.id,
        .purpose = o->consent->purposes.count ? o->consent->purposes.items[0] : "",
        .consent = o->consent->head.id,
        .take_out = !offers_is_copy(o->destination),
        .now = now,
    };
    decide_transfer(p, &q, &d, &found);
    if (!d.allow && *ret_why == SK_REASON_ALLOWED)
        *ret_why = d.reason;
    return d.allow;
}

int offers_for(const struct policy *p, const char *login, const char *area, int64_t now,
               struct offers *ret)
{
    struct offers all = {0};
    int r = offers_of(p, area, now, &all);
    if (r != 0)
        return r;
    size_t kept = 0;
    for (size_t i = 0; i < all.count; i++)
        if (is_allowed(p, &all.items[i], login, area, now, &all.why))
            all.items[kept++] = all.items[i];
    all.count = kept;
    *ret = all;
    return 0;
}

bool offers_is_copy(const struct policy_destination *d)
{
    return d->kind == POLICY_DIRECTORY;
}

json_t *offers_recipients(const struct policy *p, const struct policy_destination *d)
{
    autojson json_t *list = json_array();
    const struct policy_recipient *r;
    for (size_t i = 0; list && (r = policy_sealed_to(p, d, i)) != NULL; i++)
        if (json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "id", r->head.id, "name", r->name, "organisation",
                                                  r->organisation)) != 0)
            return NULL;
    return steal_ptr(&list);
}

const char *offers_way(const struct policy_destination *d)
{
    static const char *const ways[] = {
        [POLICY_HAND] = N_("handed over, sealed"),
        [POLICY_MEDIUM] = N_("sealed, on a medium"),
        [POLICY_AREA] = N_("sealed, to a colleague's area"),
        [POLICY_BACKUP] = N_("sealed, as a backup"),
        [POLICY_MAIL] = N_("sealed, to be sent by mail"),
        [POLICY_WEB] = N_("sealed, for a file-exchange site"),
        [POLICY_DIRECTORY] = N_("a plain copy"),
    };
    return (size_t)d->kind < array_count(ways) && ways[d->kind] ? ways[d->kind] : "";
}

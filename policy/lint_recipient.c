/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lint_recipient.c owns the findings about who can open what leaves sealed: recipients and the
 * escrow key. It must never judge a key by anything but the policy. */
#include <string.h>
#include "base/str.h"
#include "policy/lint.h"

/* An escrow key is for the day when the recipient's is lost: it is to lie elsewhere, with somebody
 * else. */
static void check_recipient(struct lint *l, const struct policy_recipient *r)
{
    bool used = false;
    for (size_t i = 0; i < l->p->destination_count; i++)
        used = used || policy_list_has(&l->p->destinations[i].recipients, r->head.id);
    if (!used)
        warning(l, r->head.line, "recipient-unused", "no destination names recipient %s",
                r->head.id);
    if (str_eq(r->head.id, POLICY_ESCROW))
        error(l, r->head.line, "reserved-id",
              "recipient %s: that is what records call the escrow key of [policy], take another id",
              r->head.id);
    if (l->p->has_escrow && memcmp(&r->age, &l->p->escrow.age, sizeof r->age) == 0)
        warning(l, r->head.line, "escrow-is-recipient",
                "the escrow key is the key of recipient %s too: when it is lost nobody opens what "
                "was sealed; make one "
                "that nobody works with, and keep it apart",
                r->head.id);
}

static void check_destination(struct lint *l, const struct policy_destination *d)
{
    size_t keys = 0;
    bool sealed = d->kind != POLICY_DIRECTORY && (d->kind != POLICY_HAND || *d->path);
    while (policy_sealed_to(l->p, d, keys))
        keys++;
    if (keys > AGE_RECIPIENTS_MAX)
        error(l, d->head.line, "recipients-many",
              "destination %s encrypts to %zu keys, more than %d", d->head.id, keys,
              AGE_RECIPIENTS_MAX);
    if (d->without_escrow && !l->p->has_escrow)
        warning(l, d->head.line, "says-nothing",
                "destination %s: escrow = no says something only where [policy] has "
                "an escrow key",
                d->head.id);
    else if (d->without_escrow && !sealed)
        warning(l, d->head.line, "says-nothing",
                "destination %s: escrow = no says nothing where nothing is encrypted", d->head.id);
}

int policy_lint_recipients(const struct policy *p, struct policy_findings *f)
{
    struct lint l = {.p = p, .f = f};
    for (size_t i = 0; i < p->destination_count; i++)
        check_destination(&l, &p->destinations[i]);
    for (size_t i = 0; i < p->recipient_count; i++)
        check_recipient(&l, &p->recipients[i]);
    return l.err;
}

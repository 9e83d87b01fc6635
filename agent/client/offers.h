/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where files may go and for what, as the client has consented: what a policy offers, in the words
 * that a request must use. Whether a request is taken control decides anew. */
#ifndef CLIENT_OFFERS_H
#define CLIENT_OFFERS_H

#include <jansson.h>
#include <sekisho/reason.h>
#include "base/clean.h"
#include "policy/policy.h"

/* One destination and one consent that names it; they live as long as the policy. */
struct offer {
    const struct policy_destination *destination;
    const struct policy_consent *consent;
};

struct offers {
    struct offer *items;
    size_t count;
    enum sk_reason why; /* of the first that was left out, SK_REASON_ALLOWED = none was */
};
void offers_free(struct offers *offers);
#define autooffers __attribute__((cleanup(offers_free)))

/* All that the consents allow at this time, in the policy's order; of one area unless area is NULL.
 * 0 or -ENOMEM. */
int offers_of(const struct policy *p, const char *area, int64_t now,
              struct offers *ret) SK_MUST_CHECK;

/* Those of them that this login may ask for, with a request of files (not on paper, not past what
 * is top secret…), by the function that control decides with. How often a consent was used is not
 * known here. 0 or -ENOMEM. */
int offers_for(const struct policy *p, const char *login, const char *area, int64_t now,
               struct offers *ret) SK_MUST_CHECK;

/* Does a destination take plain copies instead of sealed take-outs? */
bool offers_is_copy(const struct policy_destination *d);

/* Who could open what goes there, as VIEW's "recipients" (sekisho/ops.h); empty where it goes plain. A new reference,
 * or NULL when memory is short. */
json_t *offers_recipients(const struct policy *p, const struct policy_destination *d);

/* How things get there: sealed, plain, by hand; English, for gettext. */
const char *offers_way(const struct policy_destination *d);

#endif

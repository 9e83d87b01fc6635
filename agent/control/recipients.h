/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who can open a take-out: the recipients of its destination, and the contractor by the policy's
 * escrow key. */
#ifndef CONTROL_RECIPIENTS_H
#define CONTROL_RECIPIENTS_H

#include <jansson.h>
#include "control/fold.h"
#include "policy/model.h"

/* New references, or NULL when memory is short: the ids of all that go there would be sealed to
 * now, and their keys. */
json_t *recipients_ids(const struct policy *p, const struct policy_destination *d);
json_t *recipients_keys(const struct policy *p, const struct policy_destination *d);

/* All of them as the texts say that are signed: "office (City), escrow"; to be freed. */
char *recipients_text(const struct policy *p, const struct policy_destination *d);

/* Those of the case: that it was sealed to, else those that were there when it was asked for. Ids;
 * NULL = none is known. */
const json_t *recipients_of_case(const struct case_entry *e);

/* [{"id","name","organisation","age"}] of ids, as the policy knows them now (texts "" of whom it
 * does not). A new reference, or NULL when memory is short. */
json_t *recipients_view(const struct policy *p, const json_t *ids);

#endif

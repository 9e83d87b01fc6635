/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A request that asks again for what an earlier one asked for: what became of it in between. Pure. */
#ifndef CONTROL_AGAIN_H
#define CONTROL_AGAIN_H

#include "control/fold.h"

/* Has an approver looked at what is in it, and permitted it? Not when a standing permit let it out, nor when the permit was
 * taken back. */
bool again_was_looked_at(const struct case_entry *e);

/* What a request that asks again is compared with: the last one before it that was looked at and permitted. NULL = none was,
 * or it does not ask again. */
const struct case_entry *again_base(struct fold *f, const struct case_entry *e);

/* Put "again" as of VIEW (sekisho/ops.h) into a view or an answer about this case: the files of the later request in its order,
 * then those that it has not any more. Nothing when it does not ask again. 0 or -ENOMEM. */
int again_put(json_t *where, struct fold *f, const struct case_entry *e) SK_MUST_CHECK;

/* Only that it asks again, for who may not see what. 0 or -ENOMEM. */
int again_put_hidden(json_t *where, struct fold *f, const struct case_entry *e) SK_MUST_CHECK;

#endif

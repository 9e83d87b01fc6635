/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exports that people send themselves, by mail or through a file-exchange site (CLD-4): one sealed file in a
 * folder, who may get it, how large it may be. */
#ifndef CONTROL_OUTBOX_H
#define CONTROL_OUTBOX_H

#include <jansson.h>
#include "base/buf.h"
#include "policy/policy.h"

/* Does what goes there wait in an outbox? */
bool outbox_is(const struct policy_destination *d);

/* The most that these files are long when they are sealed. UINT64_MAX when it can't be counted. */
uint64_t outbox_sealed_bytes(uint64_t files, uint64_t bytes);

/* 0, or SK_ERR_LIMIT with a sentence: a sealed file of so many bytes is longer than the destination takes. */
int outbox_fits(const struct policy_destination *d, uint64_t sealed_bytes, struct buf *why) SK_MUST_CHECK;

/* The same of a file that has been sealed and so many bytes are in it: names can be longer than was reckoned. */
int outbox_takes(const struct policy_destination *d, uint64_t bytes, struct buf *why) SK_MUST_CHECK;

/* [{"id","name","mail"}] of all who may get it; NULL when memory is short. */
json_t *outbox_to(const struct policy *p, const struct policy_destination *d);

/* The destination's recipient with this address (no difference between capitals and others), or NULL. */
const struct policy_recipient *outbox_recipient(const struct policy *p, const struct policy_destination *d,
                                                const char *address);

#endif

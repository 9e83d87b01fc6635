/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One verification of the whole ledger in a thread of its own, so that nobody waits for it. */
#ifndef CONTROL_SELFCHECK_H
#define CONTROL_SELFCHECK_H

#include <stdbool.h>
#include <stdint.h>
#include "proof/verify.h"

struct selfcheck; /* opaque */

/* Begin with this enrolment line. 0; SK_ERR_FORMAT: it is none; -errno. */
int selfcheck_begin(const char *folder, const char *enrolment, struct selfcheck **ret) SK_MUST_CHECK;

/* Is it done? Then *s is freed and *ret_class says what is wrong (PROOF_GOOD: nothing, or it could not be
 * read) and *ret_seq where. */
bool selfcheck_done(struct selfcheck **s, enum proof_class *ret_class, uint64_t *ret_seq);

/* Leave it: it ends by itself, or with the process. */
void selfcheck_leave(struct selfcheck **s);

#endif

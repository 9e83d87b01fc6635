/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the policy says of where a standing permit's exports come from, where they go and who can
 * read them, beyond the names that the standing permit has for it. Pure. */
#ifndef CONTROL_BOUND_H
#define CONTROL_BOUND_H

#include "base/digest.h"
#include "policy/model.h"

/* SHA-256 over all of it, hex. Another one as soon as any of it is said otherwise. 0, -ENOMEM,
 * SK_ERR_CRYPTO. */
int bound_digest(const struct policy *p, const struct policy_person *who, const struct policy_area *area,
                 const struct policy_destination *d, char ret[static DIGEST_HEX_CAP]) SK_MUST_CHECK;

/* The keys that it is sealed to, for the text that is signed: "office age1…, escrow age1…"; to be
 * freed. */
char *bound_keys(const struct policy *p, const struct policy_destination *d);

#endif

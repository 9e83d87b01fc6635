/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The policy that watch decides by: verified and parsed anew by every worker from the bytes in
 * shared memory, since a parsed policy dies with its process. */
#ifndef WATCH_RULES_H
#define WATCH_RULES_H

#include "base/buf.h"
#include "policy/policy.h"
#include "watch/identity.h"
#include "watch/shared.h"

struct rules {
    const struct policy *policy; /* never NULL: at least policy_builtin() */
    struct policy *owned;        /* what policy points to unless it is the built-in one */
    struct programs *programs;
    struct logins *logins;
    uint64_t expanded_ns;        /* CLOCK_MONOTONIC of the last expansion of the programs */
};

/* Read logins and the policy of the shared memory. Never fails: what can't be read is the built-in
 * policy (FAILURE_OF_POLICY_LOST) or an empty list. */
void rules_load(const struct guard *g, struct rules *r);
void rules_free(struct rules *r);

/* Take new bytes: verify against the keys of the start, parse, lint, compare versions; then store
 * them in the free slot, swap, and decide by them. On failure nothing changes and `why` holds one
 * English sentence. 0, SK_ERR_SIGNATURE, SK_ERR_KEY_UNKNOWN, SK_ERR_FORMAT, SK_ERR_LIMIT,
 * SK_ERR_ROLLBACK, SK_ERR_REFUSED (for other hosts), -errno. */
int rules_install(const struct guard *g, struct rules *r, const struct buf *bytes,
                  const struct buf *signature, struct buf *why) SK_MUST_CHECK;

/* Find i's applications, unless they have been found in the present expansion. */
void rules_match(const struct rules *r, struct identity *i);

/* Look anew for the programs of the policy's applications, at most once a second: one may have come
 * or been replaced. True when that was done. */
bool rules_refresh(const struct guard *g, struct rules *r);

#endif

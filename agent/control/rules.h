/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The policy in force: its files, its keys, its state. */
#ifndef CONTROL_RULES_H
#define CONTROL_RULES_H

#include <jansson.h>
#include "base/buf.h"
#include "base/digest.h"
#include "policy/policy.h"

#define RULES_KEYS_MAX 32 /* trusted keys that are read from keys.d */

struct rules {
    const struct policy *policy; /* never NULL: the built-in one when none is in force */
    struct policy *owned;        /* the same, NULL when built in */
    struct buf bytes, signature; /* of the policy in force, empty when built in */
    char digest_hex[DIGEST_HEX_CAP]; /* "" when built in */
    char key_id[MINISIGN_ID_TEXT_CAP];
    char why[512];               /* why none is in force, "" when one is */
};

/* A policy that was read and found good but is not in force yet. */
struct rules_candidate {
    struct policy *policy;
    const void *bytes, *signature; /* the caller's */
    size_t len, signature_len;
    char digest_hex[DIGEST_HEX_CAP];
    char key_id[MINISIGN_ID_TEXT_CAP];
};

void rules_init(struct rules *r);
void rules_free(struct rules *r);

/* Verify with the keys of keys.d, parse, lint for this host and time. Findings are filled also on
 * failure. 0; SK_ERR_SIGNATURE, SK_ERR_KEY_UNKNOWN, SK_ERR_FORMAT (errors in the findings),
 * SK_ERR_LIMIT, -errno; with a sentence in *why. */
int rules_examine(struct rules_candidate *c, int64_t now_s, const char *host,
                  struct policy_findings *findings, struct buf *why) SK_MUST_CHECK;

/* [{"severity","line","code","found","allowed","nearest","text"}]; NULL when memory is short. */
json_t *rules_findings(const struct policy_findings *findings);

/* Write the candidate beside the policy in force, durable (step one of two); then put it in its
 * place and use it (step two; takes c->policy). 0 or -errno; after a crash between the steps
 * rules_load finds whichever pair is whole. */
int rules_write(const struct rules_candidate *c) SK_MUST_CHECK;
int rules_use(struct rules *r, struct rules_candidate *c) SK_MUST_CHECK;

/* Load what is on disk. A policy below the least version is not taken. r->why says what failed. */
void rules_load(struct rules *r, uint64_t least_version);

/* P of ops.h; NULL when memory is short. */
json_t *rules_show(const struct rules *r, int64_t now_s);

#endif

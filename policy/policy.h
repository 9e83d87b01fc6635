/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The policy library: verify, parse, lint, compare. Pure: no file, no clock, no log; everything is
 * passed in. decide.h has the decisions. The order for bytes from anywhere:
 * policy_verify → policy_parse → policy_lint (errors) → version check → use. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "policy/model.h"

enum policy_severity { POLICY_ERROR, POLICY_WARNING };

/* One finding about a policy file. */
struct policy_finding {
    enum policy_severity severity;
    unsigned line;      /* 1…, 0 = the file as a whole */
    const char *code;   /* stable name, "unknown-key" */
    char *found;        /* what stands there, escaped for screens; "" when nothing */
    char *allowed;      /* what may stand there; "" when that is obvious */
    char *nearest;      /* the known word nearest to what was found; "" when none */
    char *text;         /* a phrase (base/phrase.h), complete without the other fields */
};

struct policy_findings {
    struct policy_finding *items;
    size_t count;
    size_t errors;      /* of those, POLICY_ERROR */
    bool cut;           /* more than POLICY_FINDINGS_MAX; the rest was dropped, errors still counted */
};
#define POLICY_FINDINGS_MAX 500
void policy_findings_free(struct policy_findings *f);

/* The signature over the bytes, before anything reads them. keys are the trusted ones.
 * 0, SK_ERR_SIGNATURE, SK_ERR_KEY_UNKNOWN, SK_ERR_FORMAT. */
int policy_verify(const void *bytes, size_t len, const char *signature, size_t signature_len,
                  const struct minisign_public *keys, size_t key_count,
                  struct minisign_signature *ret) SK_MUST_CHECK;

/* Parse all, collect every error. On 0 *ret is a policy without POLICY_ERROR findings (free with
 * policy_free); findings may still hold warnings. SK_ERR_FORMAT: errors are in *findings.
 * SK_ERR_LIMIT: over SK_POLICY_MAX (one finding says so). -ENOMEM. */
int policy_parse(const char *bytes, size_t len, struct policy **ret,
                 struct policy_findings *findings) SK_MUST_CHECK;
void policy_free(struct policy **p);

/* The strictest policy: nobody, no area, no destination; version 0. Never fails, not to be freed. */
const struct policy *policy_builtin(void);

/* Findings about a parsed policy at a time: what can never match, contradicts itself, has expired,
 * is weak. host may be NULL. Appends to *findings. */
int policy_lint(const struct policy *p, int64_t now, const char *host,
                struct policy_findings *findings) SK_MUST_CHECK;

/* What becomes looser, tighter or other between two policies. */
struct policy_change {
    enum { POLICY_LOOSER, POLICY_TIGHTER, POLICY_OTHER } direction;
    char *section;      /* "area shared" */
    char *key;          /* "" = the whole section came or went */
    char *before, *after;
};
struct policy_changes {
    struct policy_change *items;
    size_t count;
};
int policy_diff(const struct policy *before, const struct policy *after,
                struct policy_changes *ret) SK_MUST_CHECK;
void policy_changes_free(struct policy_changes *c);

/* Does one of the policy's host patterns match ('*' within; empty list: yes)? */
bool policy_for_host(const struct policy *p, const char *host);

/* By text only, for `policy explain` and for finding programs on disk: does one of the application's
 * patterns match this absolute path ('*' and '?' within one component)? */
bool policy_program_matches(const struct policy_application *a, const char *path);

/* By text only: the area whose mount point holds this absolute path (the deepest), or NULL. */
const struct policy_area *policy_area_of_path(const struct policy *p, const char *path);

#endif

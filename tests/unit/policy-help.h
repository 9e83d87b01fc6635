/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the policy tests share. */
#ifndef TESTS_POLICY_HELP_H
#define TESTS_POLICY_HELP_H

#include "base/buf.h"
#include "policy/policy.h"

/* The second that a contract's day (YYYY-MM-DD) begins; fails the test when it is none. */
int64_t day(const char *text);

/* A file of the source tree, appended; fails the test when it can't be read. */
void read_source(const char *path, struct buf *b);

/* Parse text that must be right; findings and policy are the caller's. */
struct policy *parse_right(const char *text, struct policy_findings *f);

/* A whole small policy, and the same with one line changed: the first that begins with `line` (and
 * goes on so, when `line` has several) becomes `by` (NULL = it goes; line NULL = `by` is appended).
 * Freed by the caller. */
extern const char small_policy[];
char *changed(const char *text, const char *line, const char *by);

/* Is there a finding of this code (and, unless 0, at this line)? */
bool has_finding(const struct policy_findings *f, const char *code, unsigned line);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that find faults in a policy of right form share. */
#ifndef POLICY_LINT_H
#define POLICY_LINT_H

#include <stdint.h>
#include "policy/table.h"

struct lint {
    const struct policy *p;
    int64_t now; /* seconds since 1970, UTC */
    struct policy_findings *f;
    int err; /* -ENOMEM, sticky */
};

/* Add a finding; nothing once l->err is set. */
void lint_find(struct lint *l, enum policy_severity severity, unsigned line, const char *code, const char *format, ...)
    SK_PRINTF(5, 6);

#define error(l, line, code, ...)   lint_find(l, POLICY_ERROR, line, code, __VA_ARGS__)
#define warning(l, line, code, ...) lint_find(l, POLICY_WARNING, line, code, __VA_ARGS__)

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The policy's applications as file numbers: which (device, inode) belongs to which application. */
#ifndef WATCH_PROGRAMS_H
#define WATCH_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"
#include "policy/model.h"
#include "watch/identity.h"
#include "watch/shared.h"

struct programs; /* opaque */

/* Expand every path of every application. Paths that are not root's alone are left out and counted.
 * 0 or -ENOMEM. Opens folders, never files. */
int programs_expand(const struct guard *g, const struct policy *p, struct programs **ret)
    SK_MUST_CHECK;
void programs_free(struct programs **p);

/* Fill i->programs with the applications that i's program belongs to; a number that no longer is
 * what its path says does not count. */
void programs_match(const struct programs *p, struct identity *i);

#endif

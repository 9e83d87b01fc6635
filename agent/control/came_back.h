/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies on a medium, beside what the ledger says that went onto it. Pure. */
#ifndef CONTROL_CAME_BACK_H
#define CONTROL_CAME_BACK_H

#include <jansson.h>
#include <stdbool.h>
#include "control/fold.h"
#include "policy/policy.h"

/* Did the case go onto this medium (its id, or that of a destination)? As its records say, else as the policy does. */
bool media_carries(const struct policy *p, const struct case_entry *e, const char *medium);

/* [{"name":"CASE.tar.age","bytes" (as recorded; absent: it is not)},…]: exports that may still be on it, and are to be
 * listed whatever else is, and read as long as they are as long as that. NULL = no memory. */
json_t *came_back_first(const struct policy *p, const struct fold *f, const char *medium);

/* files: of MEDIUM_FILES (proto.h), read or only listed ("unread": what has a case's name and no other length is
 * uncertain then).
 * *ret_cases: [{"case","found":"unchanged"|"changed"|"gone"|"unreadable"|"uncertain" (nobody knows what it should hold),
 *   "name","sha256" (as found)}] of those that are out on it or came back from it;
 * *ret_unknown: [{"name","kind","bytes","sha256","case" (whose name it has, and not the content; "" = none's)}].
 * 0 or -ENOMEM. */
int came_back_compare(const struct policy *p, const struct fold *f, const char *medium, const json_t *files,
                      json_t **ret_cases, json_t **ret_unknown) SK_MUST_CHECK;

#endif

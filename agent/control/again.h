/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A request that asks again for what an earlier one asked for: what became of the files in between. Pure. */
#ifndef CONTROL_AGAIN_H
#define CONTROL_AGAIN_H

#include "control/fold.h"

/* Put "again" {"case","at","files":[{"name","change":"unchanged"|"changed"|"added"|"removed","before","after":
 * {"bytes","sha256"} or null}]} into a view or an answer about this case: the files of the later request in its order, then
 * those that it has not any more. Nothing when it does not ask again. 0 or -ENOMEM. */
int again_put(json_t *where, struct fold *f, const struct case_entry *e) SK_MUST_CHECK;

#endif

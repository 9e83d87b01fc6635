/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The starter's own privileges. */
#ifndef START_PRIVILEGES_H
#define START_PRIVILEGES_H

#include "base/clean.h"

/* Take out of the bounding set what no process of the agent needs, so that no child can have it,
 * then keep only what signalling and probing children takes. Starting them needs none: execve(2) by
 * user 0 gives a child what is left in the bounding set. 0 or -errno. */
int privileges_reduce(void) SK_MUST_CHECK;

#endif

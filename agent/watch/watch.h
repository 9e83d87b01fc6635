/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker: the loop around decisions. */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "sandbox/sandbox.h"
#include "watch/shared.h"

/* Be the worker, in a fork that shares the keeper's descriptor table: load the policy, settle what a
 * dead worker left in hand, give up rights, serve. Never returns; ends only by a signal, or when its
 * sandbox can't be entered. */
_Noreturn void watch_run(const struct guard *g, struct sandbox *sandbox);

#endif

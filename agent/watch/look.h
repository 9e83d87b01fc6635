/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A limit for the look at a process' memory: the kernel locks its map for it, and a process can keep
 * that lock for as long as a FUSE server of the user's own does not answer. The kernel's wait ends
 * only with the worker, so the worker ends. Its successor looks once more, since it may have been the
 * worker that was stopped, and the one after that refuses this user's openers for a while without a
 * look. */
#ifndef WATCH_LOOK_H
#define WATCH_LOOK_H

#include <stdbool.h>
#include <sys/types.h>
#include "watch/shared.h"

/* At the start of a worker: what did the one before it die of? */
void look_begin_worker(const struct guard *g);

/* May this user's processes be looked at? Then look_end must follow soon. */
bool look_begin(const struct guard *g, uid_t uid);
void look_end(const struct guard *g);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the starter must know of a running sekishod: does its line live, who leads it, and does it
 * still guard something. */
#ifndef START_GUARD_H
#define START_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/clean.h"

struct guard_state {
    pid_t keeper;
    uint32_t areas; /* filesystems guarded, areas forgotten included */
};

/* Does some process of sekishod's line hold SK_PATH_LOCK? A keeper's death does not end its line:
 * the holder takes over and keeps the lock (flock(2) belongs to the open file that both share). */
bool guard_lock_held(void);

/* Ask guard.sock for GUARD_STATUS (proto.h). 0, or a negative code of wire_call. */
int guard_ask(struct guard_state *ret, int timeout_ms) SK_MUST_CHECK;

#endif

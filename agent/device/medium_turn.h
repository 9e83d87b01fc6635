/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The turns on a medium (record/turn.h): which are there, and the next one. Both ask the medium. */
#ifndef DEVICE_MEDIUM_TURN_H
#define DEVICE_MEDIUM_TURN_H

#include "base/digest.h"
#include "base/fault.h"
#include "device/request.h"

#define MEDIUM_TURNS_MAX 64 /* on one medium: two of each PC that writes to it */

struct medium_turns {
    size_t count;
    uint8_t list[MEDIUM_TURNS_MAX][DIGEST_LEN]; /* SHA-256 of each */
};

/* What looks like one at the top of this mount. Of more than MEDIUM_TURNS_MAX the first: whoever put them there made the
 * medium one that may not be known again. 0 or f->code. */
int medium_turns_read(int mount_fd, struct medium_turns *ret, struct fault *f) SK_MUST_CHECK;

/* Before that: make the files that this and the next one are written to where they are not there, empty, so that they can be
 * covered (medium_place.h) before anything is in them. 0 or f->code as of the writing. */
int medium_turn_make(int top_fd, const struct request_turn *turn, struct fault *f) SK_MUST_CHECK;

/* In a process of its own. Write the next one, durably, and read it back past the cache. Before that the medium must have one of those that are
 * awaited, else SK_ERR_ROLLBACK: it is a copy. 0 or f->code; the turn before is on the medium still, whatever comes. */
int medium_turn_write(int top_fd, const struct request_turn *turn, struct fault *f) SK_MUST_CHECK;

#endif

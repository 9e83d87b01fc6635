/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process that looks at a medium: it holds nothing of the agent's but the socket on which it answers. */
#ifndef DEVICE_MEDIUM_CHILD_H
#define DEVICE_MEDIUM_CHILD_H

#include "base/child.h"
#include "device/medium_read.h"

/* Start it; with an identity it writes that one, and the first turn of the ledger with this tag ("" = none). Its end is the caller's (child_end). 0 or f->code. */
int medium_child_start(const char *number, const struct identity *mark, const char *tag, struct child *ret,
                       struct fault *f) SK_MUST_CHECK;

/* In such a process: nothing stays open but these two (-1: one). */
void medium_child_keep(int sock, int other);

/* Its answer, after the socket became readable. 0 or f->code. */
int medium_child_end(int sock, struct medium_found *ret, struct fault *f) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one place where the worker waits. What is waited for is told once, when it comes and before it is
 * closed, so that a wait costs the same however many peers are connected: one opener's open takes only
 * a few times as long as a look at a handful of descriptors. */
#ifndef WATCH_WAIT_H
#define WATCH_WAIT_H

#include <sekisho/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"

/* What became ready; the peer in place n is WAIT_PEER + n. */
enum { WAIT_GROUP, WAIT_UPLINK, WAIT_LISTENER, WAIT_PEER, WAIT_COUNT = WAIT_PEER + SK_PEERS_MAX };

struct wait {
    size_t count;
    uint32_t ready[WAIT_COUNT];
};

/* 0 or -errno. */
int wait_begin(void) SK_MUST_CHECK;
int wait_add(int fd, uint32_t what) SK_MUST_CHECK;
/* Before fd is closed. */
void wait_drop(int fd);
/* Is the group waited for? At first it is, once it has been added. */
void wait_for_group(bool wanted);
/* At most timeout_ms. 0 (ret->count may be 0), or -errno. */
int wait_next(struct wait *ret, int timeout_ms) SK_MUST_CHECK;

bool wait_has(const struct wait *w, uint32_t what);

#endif

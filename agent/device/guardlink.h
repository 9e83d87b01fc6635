/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The connection to sekishod's guard.sock: areas are marked there before anybody can reach them. */
#ifndef DEVICE_GUARDLINK_H
#define DEVICE_GUARDLINK_H

#include <stdbool.h>
#include "base/fault.h"

/* Initialise with GUARDLINK_NONE. sock is for poll(2) by the owner. */
struct guardlink {
    int sock; /* -1 = not connected */
};
#define GUARDLINK_NONE {.sock = -1}

/* Connect unless connected. 0, or SK_ERR_CLOSED with the sentence that sekishod does not answer. */
int guardlink_connect(struct guardlink *g, struct fault *f) SK_MUST_CHECK;
void guardlink_close(struct guardlink *g);

/* True when the other side went away (also: sent what nobody asked for), after poll(2) said so. */
bool guardlink_lost(struct guardlink *g);

/* GUARD_AREA_ADD with the private mount's top folder; the same area again is no error.
 * GUARD_AREA_DROP; shut: its file system is held by others and was shut down. 0 or f->code. A lost
 * connection is made anew once. */
int guardlink_add(struct guardlink *g, const char *area, const char *mount, int top_fd,
                  struct fault *f) SK_MUST_CHECK;
int guardlink_drop(struct guardlink *g, const char *area, bool shut, struct fault *f) SK_MUST_CHECK;

#endif

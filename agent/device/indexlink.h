/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The connection to sekisho-index: it gets the notification group and the private mount's top folder
 * of each open area, and of the places that the policy names. It is never needed: an area opens
 * without it, and status says so. */
#ifndef DEVICE_INDEXLINK_H
#define DEVICE_INDEXLINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sekisho/limits.h>
#include "base/fault.h"

/* Initialise with INDEXLINK_NONE. sock is for poll(2) by the owner. */
struct indexlink {
    int sock;                /* -1 = not connected */
    uint64_t number;         /* of the connection, each has its own */
    pid_t pid;               /* of the process there */
    uint64_t not_before_ns;  /* boot clock: no try before */
    char *places[SK_PLACES_MAX]; /* absolute paths */
    bool place_there[SK_PLACES_MAX];
    size_t place_count;
};
#define INDEXLINK_NONE {.sock = -1}

/* May it be tried now? Connects if so. False: not now. */
bool indexlink_ready(struct indexlink *l);
void indexlink_close(struct indexlink *l);

/* True when the other side went away, after poll(2) said so: all is to be handed over again. */
bool indexlink_lost(struct indexlink *l);

/* INDEX_AREA / INDEX_DROP. False: not now. */
bool indexlink_add_area(struct indexlink *l, const char *area, int top_fd);
void indexlink_drop_area(struct indexlink *l, const char *area);

/* Take over a new list of places (the strings are copied). What is not in it any more is dropped.
 * 0 or -ENOMEM. */
int indexlink_places(struct indexlink *l, const char *const *paths, size_t count) SK_MUST_CHECK;
/* Hand over those that are not there yet. False: some are not. */
bool indexlink_add_places(struct indexlink *l);

#endif

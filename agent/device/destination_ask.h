/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions about destinations (DESTINATION): each is put by a process of its own, for a destination may be storage that
 * never answers. One that was silent is not asked again for a while, so that who waits for the answer waits once. */
#ifndef DEVICE_DESTINATION_ASK_H
#define DEVICE_DESTINATION_ASK_H

#include "base/child.h"
#include "device/destination.h"
#include "serve/server.h"

#define DESTINATION_SILENT_MAX 8 /* that are remembered; the oldest is forgotten first */

struct destination_question; /* destination_ask.c */
struct destination_asks {
    struct destination_question *first;
    struct destination_silent {
        char path[SK_FILE_NAME_MAX + 1];
        uint64_t at_ns; /* CLOCK_BOOTTIME */
    } silent[DESTINATION_SILENT_MAX];
    size_t next; /* of silent to be written */
};

/* The answer goes to the peer later. want stays the caller's. 0 or f->code. */
int destination_ask(struct destination_asks *l, const struct area_table *areas, struct medium_table *media,
                    const struct request_destination *want, uint64_t peer, struct fault *f) SK_MUST_CHECK;

/* For the server's loop, as medium.h's; and a peer that is gone waits for nothing. */
void destination_gather(const struct destination_asks *l, struct server *s, void (*ready)(void *context, int fd));
void destination_ready(struct destination_asks *l, struct server *s, int fd);
int destination_turn(struct destination_asks *l, struct server *s);
void destination_gone(struct destination_asks *l, uint64_t peer);

#endif

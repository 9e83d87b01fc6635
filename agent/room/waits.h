/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands in rooms whose end somebody is to be told (ROOM_ENDED). */
#ifndef ROOM_WAITS_H
#define ROOM_WAITS_H

#include "serve/server.h"

#define WAITS_MAX 256 /* at a time */

struct wait {
    int sock; /* the connection to the room (command_ended); -1 = free place */
    uint64_t peer;
};

struct waits {
    struct wait at[WAITS_MAX];
};

void waits_init(struct waits *w);
bool waits_full(const struct waits *w);
/* Takes sock. There must be a place. */
void waits_add(struct waits *w, uint64_t peer, int sock);
/* Nobody is there any more to be told. */
void waits_forget(struct waits *w, uint64_t peer);

/* Call ready for each of their connections. */
void waits_watch(const struct waits *w, struct server *s, void (*ready)(void *context, int fd));
/* Tell of those that have ended: of that connection, -1 = of all. */
void waits_tell(struct waits *w, struct server *s, int sock);

#endif

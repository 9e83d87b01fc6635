/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts of commands that are under way: what they wait for (a nested display, the room's first process)
 * is in the hands of the room's person, so nobody else waits with them. */
#ifndef ROOM_STARTS_H
#define ROOM_STARTS_H

#include "room/display.h"
#include "room/run.h"
#include "serve/server.h"

#define STARTS_MAX 64 /* at a time */

struct desk;

struct start {
    bool used;
    enum { START_QUEUED, START_DISPLAY, START_COMMAND } step; /* what it waits for */
    bool first;                   /* the room was made for it */
    char room[ROOM_ID_MAX + 1];
    uint64_t peer, number;        /* numbers grow: a room's starts go on one after the other */
    uint64_t limit_ns;            /* CLOCK_BOOTTIME: the step's end */
    struct wire_message message;  /* ROOM_START, with the terminal if one came */
    struct request_start *want;   /* the same, read */
    struct nesting display;
    struct run run;
    int sock;                     /* to the room; -1 = none yet */
};

struct starts {
    struct start at[STARTS_MAX];
    uint64_t last_number;
};

/* Start what the message asks for in that room; the peer is answered when it runs or can't. Takes *want
 * and the message's content on success. 0 or SK_ERR_LIMIT. */
int starts_add(struct desk *d, const struct room *r, bool first, uint64_t peer,
               struct wire_message *message, struct request_start **want) SK_MUST_CHECK;

/* Call ready for each descriptor that one waits for. */
void starts_watch(const struct starts *s, struct server *server, void (*ready)(void *context, int fd));
/* Go on with all that can. Milliseconds until the next limit, -1 = none. */
int starts_step(struct desk *d);

#endif

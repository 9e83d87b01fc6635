/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions that are answered when a room is gone: a start in a room that is leaving, and an end. */
#ifndef ROOM_LATER_H
#define ROOM_LATER_H

#include "room/table.h"
#include "serve/server.h"

#define LATERS_MAX 64 /* of each kind at a time */

struct later_start {
    uint64_t peer; /* 0 = free place */
    struct wire_message message;
};
struct later_end {
    uint64_t peer; /* 0 = free place */
    struct request_end want;
    uint64_t asked_ns; /* CLOCK_BOOTTIME: rooms that began to leave later are no matter of it */
    size_t ended;
};
struct laters {
    struct later_start starts[LATERS_MAX];
    struct later_end ends[LATERS_MAX];
};

/* Keep a question. Takes the message. 0 or SK_ERR_LIMIT. */
int later_start(struct laters *l, uint64_t peer, struct wire_message *message) SK_MUST_CHECK;
int later_end(struct laters *l, const struct later_end *end) SK_MUST_CHECK;

/* A connection ended: nobody is to be answered. */
void laters_forget(struct laters *l, uint64_t peer);

/* A room is gone: answer what waited for that. */
void laters_answer(struct laters *l, struct server *s, const struct room_table *t);

/* Is the room one of those that ROOM_END is about? */
bool later_means(const struct request_end *want, const struct room *r);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What room.sock answers: one table of messages (<sekisho/proto.h>). */
#ifndef ROOM_DISPATCH_H
#define ROOM_DISPATCH_H

#include "room/house.h"
#include "wire/wire.h"

/* An answer to be sent. Zero-initialise with ANSWER_NONE, clear with answer_clear. */
struct answer {
    uint16_t type;
    struct buf text;
    int command; /* its end is to be told later (ROOM_ENDED): the connection to the room, -1 = none */
    char room[ROOM_ID_MAX + 1]; /* of that command */
};
#define ANSWER_NONE {.command = -1}
void answer_clear(struct answer *a);
#define autoanswer __attribute__((cleanup(answer_clear)))

/* Carry out one message. Never fails: what goes wrong becomes an ERROR answer. */
void dispatch(struct house *h, uint64_t started_ns, const struct wire_message *m, struct answer *ret);

/* ROOM_GONE's payload. */
void dispatch_gone_text(const struct room *r, struct buf *ret);

#endif

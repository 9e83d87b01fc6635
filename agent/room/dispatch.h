/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What room.sock answers: one table of messages (<sekisho/proto.h>). */
#ifndef ROOM_DISPATCH_H
#define ROOM_DISPATCH_H

#include "room/house.h"
#include "room/later.h"
#include "room/starts.h"
#include "room/waits.h"
#include "serve/server.h"

/* All that the process owns, and the context of its server. */
struct desk {
    struct house house;
    struct server *server;
    struct waits waits;
    struct laters laters;
    struct starts starts;
    bool some_gone; /* a room is gone since laters were last answered */
};

/* For the server's config. */
#define DISPATCH_MESSAGE_COUNT 5
extern const struct server_message dispatch_messages[DISPATCH_MESSAGE_COUNT];

/* ROOM_GONE's payload, NULL = out of memory. */
json_t *dispatch_gone_payload(const struct room *r);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rooms that sekisho-room has told of, in shared memory so that every worker knows them. A
 * process is in a room when its mount namespace and its user id are one row's. */
#ifndef WATCH_ROOMS_H
#define WATCH_ROOMS_H

#include "base/buf.h"
#include "watch/identity.h"
#include "watch/message.h"
#include "watch/shared.h"

/* Let these rooms take the place of all that were there before; fds are their mount namespaces, in
 * the same order. All or nothing: `why` gets a sentence on failure. 0, SK_ERR_FORMAT (an area's id,
 * a user id, a descriptor that is no mount namespace, a namespace twice), SK_ERR_REFUSED (the mount
 * namespace of the machine itself), -errno. */
int rooms_replace(const struct guard *g, const struct message_rooms *rooms, const int *fds,
                  struct buf *why) SK_MUST_CHECK;

/* The room that an identified process is in, or NULL. Whose area it is, the row says. */
const struct guard_room *rooms_find(const struct guard *g, const struct identity *i);

uint32_t rooms_count(const struct guard *g);

#endif

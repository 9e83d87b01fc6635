/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sekisho-room asks of its neighbours: sekishod (who is in which room) and device (a mount of an
 * area). */
#ifndef ROOM_LINKS_H
#define ROOM_LINKS_H

#include "room/table.h"

/* The connection to guard.sock; sock is for poll(2) by the owner. */
struct guardlink {
    int sock; /* -1 = not connected */
};
#define GUARDLINK_NONE {.sock = -1}

/* GUARD_ROOMS with all rooms of the table that are not gone, connecting first where needed. 0 or f->code. */
int guardlink_tell(struct guardlink *g, const struct room_table *t, struct fault *f) SK_MUST_CHECK;
void guardlink_close(struct guardlink *g);

/* True when the other side went away (also: sent what nobody asked for), after poll(2) said so. */
bool guardlink_lost(struct guardlink *g);

/* AREA_MOUNT: a mount of the area, attached nowhere (a descriptor as O_PATH), and where the policy
 * wants it into mount. Or f->code. */
int devicelink_mount(const char *area, char mount[static SK_FILE_NAME_MAX + 1],
                     struct fault *f) SK_MUST_CHECK;

#endif

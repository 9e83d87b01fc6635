/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounts on which people's uids appear as their uids in rooms (mount_setattr(2), MOUNT_ATTR_IDMAP): on
 * the disk a file belongs to the login's uid, in the room to SK_ROOM_UID_BASE + that. */
#ifndef ROOM_IDMAP_H
#define ROOM_IDMAP_H

#include "room/fault.h"

/* The map: a descriptor of a user namespace that no process lives in. Or f->code. */
int idmap_open(struct fault *f) SK_MUST_CHECK;

/* Let a mount that is attached nowhere yet show uids by the map. 0 or f->code. */
int idmap_apply(int map_fd, int mount_fd, struct fault *f) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounts on which people's uids appear as their uids in rooms (mount_setattr(2), MOUNT_ATTR_IDMAP): on
 * the disk a file belongs to the login's uid, in the room to SK_ROOM_UID_BASE + that. */
#ifndef ROOM_IDMAP_H
#define ROOM_IDMAP_H

#include <stdbool.h>
#include "base/fault.h"

/* The map: a descriptor of a user namespace that no process lives in. Or f->code. */
int idmap_open(struct fault *f) SK_MUST_CHECK;

/* A map by which root alone has a number, and the group root has none. What lies in a mount with it can be
 * read as before, but takes no writes, whatever its mode says and whoever owns it: the kernel writes
 * nothing whose owner it could not keep. A read-only mount refuses that for files and folders; FIFOs and
 * sockets take writes there. A descriptor, or f->code. */
int idmap_open_sealed(struct fault *f) SK_MUST_CHECK;

/* A copy of the mounts at this path and below, sealed by that map and attached nowhere: a descriptor.
 * Where one below can't be (a person may have a FUSE mount in a folder of theirs) none below is copied
 * (*ret_whole false). SK_ERR_NOT_FOUND, or -errno: not every kind of file system can be mapped. Neither
 * allocates nor waits, for use between fork and exec. */
int idmap_seal(int map_fd, const char *path, bool *ret_whole) SK_MUST_CHECK;

/* Let a mount that is attached nowhere yet show uids by the map. 0 or f->code. */
int idmap_apply(int map_fd, int mount_fd, struct fault *f) SK_MUST_CHECK;

#endif

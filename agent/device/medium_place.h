/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where people read what lies on an approved medium: SK_PATH_MEDIA/LOGIN/ID. The folder LOGIN is root's, and that
 * login may look into it: files on FAT have no owner that could keep others out. */
#ifndef DEVICE_MEDIUM_PLACE_H
#define DEVICE_MEDIUM_PLACE_H

#include <sys/types.h>
#include "base/fault.h"
#include "device/medium.h"

/* Attach the mount (taken) for this login ("" = root alone); the identity file and all turns are covered by an empty one. ret is the
 * place. 0 or f->code, then nothing is attached. */
int medium_place_take(const char *id, const char *login, int *mount_fd, char ret[static MEDIUM_PATH_CAP],
                      struct fault *f) SK_MUST_CHECK;

/* Both files of this ledger's turns, which are there and may be new, are covered where the medium is shown. It asks the
 * medium. 0 or f->code. */
int medium_place_cover(const char *place, const char *tag, struct fault *f) SK_MUST_CHECK;

/* Detach it here (medium_writers_leave does elsewhere); whoever has a file of it open keeps that. Nothing waits for the
 * medium as long as another mount of it is held. */
void medium_place_leave(const char *place);

/* Detach all there is: a process that was killed left it. Processes of their own do, for which it waits some seconds: nothing
 * else is held of these media, so that their last unmount may wait for one that does not answer. */
void medium_place_sweep(void);

#endif

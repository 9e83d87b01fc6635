/* SPDX-License-Identifier: GPL-3.0-or-later */
/* People's home folders in an area: AREA/.rooms/LOGIN, the person's alone. */
#ifndef ROOM_HOME_H
#define ROOM_HOME_H

#include <sys/types.h>
#include "base/fault.h"

/* Make them where they are absent, through a mount that shows uids as in rooms; an existing one must
 * be a folder of its owner's that nobody else enters. No file is opened. 0 or f->code. */
int home_make(int mount_fd, const char *login, uid_t uid_inside, gid_t gid,
              struct fault *f) SK_MUST_CHECK;

#endif

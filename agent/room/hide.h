/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the host's /proc shows to everybody of a process, also of one in a room: its name and arguments
 * (ps), its sockets' names, the ranges of files that it locks. A program in a room could speak that way
 * to one outside. */
#ifndef ROOM_HIDE_H
#define ROOM_HIDE_H

#include <stdbool.h>
#include <stddef.h>
#include "room/fault.h"

/* Is the proc file system whose line in mountinfo(5) this is one that hides processes from other
 * logins? `mount` is where it is mounted. False for other mounts. */
bool hide_line_hides(const char *line, size_t len, const char *mount);

/* Does /proc hide processes from other logins? */
bool hide_is_on(void);

/* Make it so, for the whole PC, as with hidepid=invisible in fstab (polkit, which asks about others'
 * processes, goes on seeing them), and give /proc/locks to root alone; what was changed is noted in the
 * folder. Does nothing where it is so already. 0 or f->code. */
int hide_processes(int folder_fd, struct fault *f) SK_MUST_CHECK;

/* When no room is left: change back what is noted there. 0 or -errno. */
int hide_undo(int folder_fd) SK_MUST_CHECK;

#endif

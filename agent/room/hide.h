/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the host's /proc shows to everybody of a process, also of one in a room: its name and arguments
 * (ps), its sockets' names, the ranges of files that it locks. A program in a room could speak that way
 * to one outside. */
#ifndef ROOM_HIDE_H
#define ROOM_HIDE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/fault.h"

/* Is this line of mountinfo (proc_pid_mountinfo(5)), without its newline, one of a proc file system that shows processes
 * to other logins? 1: its mount point is in ret_mount; 0: it is none; SK_ERR_LIMIT: its mount point is too long or has a
 * line break. */
int hide_line_shows(const char *line, size_t len, char *ret_mount, size_t cap) SK_MUST_CHECK;

/* Does every proc file system that is mounted hide processes from other logins? */
bool hide_is_on(void);

/* Does the kernel log nothing of where programs crash (Documentation/admin-guide/sysctl/kernel)? */
bool hide_crashes_is_on(void);

/* Make it so, for the whole PC, as with hidepid=invisible in fstab (polkit, which asks about others'
 * processes, goes on seeing them), give /proc/locks to root alone, and keep the kernel from logging the
 * code bytes of programs that crash; what was changed is noted in the folder. Does nothing where it is so
 * already. 0 or f->code. */
int hide_processes(int folder_fd, struct fault *f) SK_MUST_CHECK;

/* When no room is left: change back what is noted there. 0 or -errno. */
int hide_undo(int folder_fd) SK_MUST_CHECK;

#endif

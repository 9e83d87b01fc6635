/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cgroup (version 2) for each room: ROOT/sekisho-rooms/ID with "room" (its processes) and "display"
 * (a nested X server) below. It is how all of a room is found, counted and ended. An instance with a root
 * of its own has sekisho-rooms-HASH, of its root. */
#ifndef ROOM_CGROUP_H
#define ROOM_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/fault.h"

enum cgroup_part { CGROUP_ROOM, CGROUP_DISPLAY };

/* Find the version 2 tree in the text of mountinfo (proc(5)): the mount point into ret (cap bytes).
 * False when there is none. */
bool cgroup_tree_of(const char *mountinfo, size_t len, char *ret, size_t cap);

/* The folder of all rooms, made when absent; a descriptor or f->code. */
int cgroup_open(struct fault *f) SK_MUST_CHECK;

/* At the end: remove the folder of all rooms unless there are some; close it. */
void cgroup_close(int all_fd);

/* Make the room's cgroups, and the folder of all rooms when somebody removed it. 0 or f->code, then nothing is left. */
int cgroup_make(int all_fd, const char *room, struct fault *f) SK_MUST_CHECK;

/* cgroup.procs of a part, for writing: "0" written there moves the writer. A descriptor or -errno. */
int cgroup_entrance(int all_fd, const char *room, enum cgroup_part part) SK_MUST_CHECK;

/* Processes in a part; 0 when there is none or no such room. */
unsigned cgroup_count(int all_fd, const char *room, enum cgroup_part part);

/* Is this process in the part? */
bool cgroup_has(int all_fd, const char *room, enum cgroup_part part, pid_t pid);

/* Kill everything in the room (or in its display alone). */
void cgroup_kill(int all_fd, const char *room);
void cgroup_kill_display(int all_fd, const char *room);

/* Remove the room's cgroups, waiting at most wait_ms for killed processes to be gone. 0 or -errno. */
int cgroup_remove(int all_fd, const char *room, int wait_ms) SK_MUST_CHECK;

#endif

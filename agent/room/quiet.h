/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel tells everybody of a file, it tells of a room's use of it too. Rooms show this PC's own
 * folders: here the kernel is made to keep what is read there to itself. Two small programs in it (bpf(2))
 * - refuse people to watch (inotify(7), fanotify(7), F_NOTIFY) who opens and reads these files: EACCES;
 *   that something changes there is told as ever;
 * - refuse programs in rooms to lock them (flock(2), fcntl(2)), for a lock is seen through all mounts: ENOLCK.
 * Root is refused nothing. */
#ifndef ROOM_QUIET_H
#define ROOM_QUIET_H

#include <stdbool.h>
#include <stdint.h>
#include "base/fault.h"

#define QUIET_HOOKS 2

/* Events, with the numbers of include/linux/fsnotify_backend.h, which are inotify's and fanotify's: access, close
 * after reading, open, open to run a program; and permission asked for these. */
#define QUIET_READS (0x1u | 0x10u | 0x20u | 0x1000u | 0x10000u | 0x20000u | 0x40000u | 0x100000u)

struct quiet {
    int places_fd;          /* the kernel's table of files, -1 = there is none */
    int hooks[QUIET_HOOKS]; /* the programs live as long as these are open */
    int eyes;               /* of our own (inotify), to learn the kernel's number for a file */
};
#define QUIET_NONE {.places_fd = -1, .hooks = {-1, -1}, .eyes = -1}

/* Begin. 0 or f->code, and then nothing is kept quiet: what this kernel lacks. */
int quiet_open(struct quiet *q, struct fault *f) SK_MUST_CHECK;
void quiet_close(struct quiet *q);

/* What about a place is kept quiet: reading of it and all below it (TREE), of it alone (FILE), and writing too of
 * a device, which takes writes in rooms. Who watches a folder is told of the files in it: FOLDER and DEVICES are
 * for those that hold such places, and for themselves alone. */
enum quiet_place { QUIET_TREE, QUIET_FILE, QUIET_DEVICE, QUIET_FOLDER, QUIET_DEVICES };

/* Add a place. 0, also when it is not there, or -errno. */
int quiet_add(const struct quiet *q, const char *path, enum quiet_place kind) SK_MUST_CHECK;

/* The same, and the folder that it lies in. */
int quiet_add_with_folder(const struct quiet *q, const char *path, enum quiet_place kind) SK_MUST_CHECK;

#endif

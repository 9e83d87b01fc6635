/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which processes keep a file system in use. */
#ifndef DEVICE_HOLDERS_H
#define DEVICE_HOLDERS_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/buf.h"

#define HOLDERS_SHOWN_MAX 16 /* processes that are named */

/* Append "name (pid 12), …" of the processes that have files, mappings, a working folder or a root
 * on the device, by /proc; opens nothing on it. Who does not let /proc show that is not named. Our own process and `but` (0 = none) are left out. */
void holders_of(dev_t device, pid_t but, struct buf *text);

/* The same for one file: who has it open or mapped. */
void holders_of_file(dev_t device, ino_t inode, pid_t but, struct buf *text);

/* Who keeps a file system that is detached here: the same as holders_of, else one process in whose mount
 * namespace it is. Nothing is appended when /proc names nobody, as for a mount in flight between two
 * sockets or in a namespace that only a descriptor keeps. */
void holders_of_mount(dev_t device, struct buf *text);

/* Is the device mounted in this process's mount namespace or any other that a process or thread lives in?
 * What can't be read counts as one. *ret_pid (may be NULL) is one such process. No is no proof that the
 * file system is gone (held.h). */
bool holders_mounted(dev_t device, pid_t *ret_pid);

/* Visit a process (its folder in /proc) of each mount namespace and root that has a mount of the device, until a visit
 * returns false. False when /proc can't be read, or not in 10 seconds: there may be more. */
bool holders_visit_mounted(dev_t device, bool (*visit)(int process_fd, pid_t pid, void *context),
                           void *context);

#endif

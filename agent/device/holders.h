/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which processes keep a file system in use. */
#ifndef DEVICE_HOLDERS_H
#define DEVICE_HOLDERS_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/buf.h"

#define HOLDERS_SHOWN_MAX 16 /* processes that are named */

/* Append "name (pid 12), …" of the processes that have files, mappings, a working folder or a root
 * on the device, by /proc; opens nothing on it. Our own process and `but` (0 = none) are left out. */
void holders_of(dev_t device, pid_t but, struct buf *text);

/* Is the device mounted in this process's mount namespace or any other that a process lives in?
 * *ret_pid (may be NULL) is one such process. */
bool holders_mounted(dev_t device, pid_t *ret_pid);

/* Visit each process that sees a mount of the device (its folder in /proc), until a visit returns
 * false. False when /proc can't be read. */
bool holders_visit_mounted(dev_t device, bool (*visit)(int process_fd, pid_t pid, void *context),
                           void *context);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which processes keep a file system in use. */
#ifndef DEVICE_HOLDERS_H
#define DEVICE_HOLDERS_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/buf.h"

#define HOLDERS_SHOWN_MAX 16 /* processes that are named */

/* Append "name (pid 12), …" of the processes that have files, mappings, a working folder or a root
 * on the device, by /proc; opens nothing on it. Our own process is left out. */
void holders_of(dev_t device, struct buf *text);

/* Is the device mounted in this process's mount namespace or any other that a process lives in?
 * *ret_pid (may be NULL) is one such process. */
bool holders_mounted(dev_t device, pid_t *ret_pid);

#endif

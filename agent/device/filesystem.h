/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounts of one block device's file system: the private one, never attached, and the users' one. */
#ifndef DEVICE_FILESYSTEM_H
#define DEVICE_FILESYSTEM_H

#include <sys/types.h>
#include "device/fault.h"

/* A new mount (nosuid, nodev, noexec), attached nowhere: fsopen(2), fsconfig(2), fsmount(2). A
 * second call for the same device gives a second mount of the same superblock. The kernel's own
 * messages go into f. A descriptor (as O_PATH), or f->code. */
int filesystem_mount(const char *device, const char *type, struct fault *f) SK_MUST_CHECK;

/* Put a mount onto the folder that at_fd names (move_mount(2), no path is resolved). 0 or f->code. */
int filesystem_attach(int mount_fd, int at_fd, struct fault *f) SK_MUST_CHECK;

/* The top folder of a mount, opened for reading. A descriptor, or f->code. */
int filesystem_top(int mount_fd, struct fault *f) SK_MUST_CHECK;

#endif

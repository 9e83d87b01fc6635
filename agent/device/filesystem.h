/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounts of one block device's file system: the private one, never attached, and the users' one. */
#ifndef DEVICE_FILESYSTEM_H
#define DEVICE_FILESYSTEM_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/fault.h"

/* A new mount (nosuid, nodev, noexec), attached nowhere: fsopen(2), fsconfig(2), fsmount(2). A
 * second call for the same device gives a second mount of the same superblock. The kernel's own
 * messages go into f. A descriptor (as O_PATH), or f->code. */
int filesystem_mount(const char *device, const char *type, struct fault *f) SK_MUST_CHECK;

/* A sentence about a context of fsopen(2) or fspick(2) that failed with errno `error`, with what the kernel says.
 * f->code. */
int filesystem_failed(int context, int error, const char *what, struct fault *f);

/* Put a mount onto the folder that at_fd names (move_mount(2), no path is resolved). 0 or f->code. */
int filesystem_attach(int mount_fd, int at_fd, struct fault *f) SK_MUST_CHECK;

/* Shut the mount's file system down, wherever else it is mounted: what was written goes to the disk, and
 * from then on opening and reading fail, also of what lies in the memory of files. One that is shut down
 * already is none the worse. 0 when it is proved, or f->code. */
int filesystem_shut(int mount_fd, struct fault *f) SK_MUST_CHECK;

/* Was it shut down? It stays so until its last mount is gone. */
bool filesystem_is_shut(int mount_fd);

/* The top folder of a mount, opened for reading. A descriptor, or f->code. */
int filesystem_top(int mount_fd, struct fault *f) SK_MUST_CHECK;

#endif

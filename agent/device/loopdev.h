/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loop devices over image files (loop(4)). */
#ifndef DEVICE_LOOPDEV_H
#define DEVICE_LOOPDEV_H

#include <stdbool.h>
#include <sys/types.h>
#include "device/fault.h"

#define LOOPDEV_PATH_CAP 32 /* bytes with NUL of "/dev/loopN" */

/* A loop device that backs this image: the one that exists already (two of one image would destroy
 * it), else a new one that goes by itself with its last user (LO_FLAGS_AUTOCLEAR). The descriptor
 * keeps it; ret_path names it. A descriptor, or f->code. */
int loopdev_open(int image_fd, char ret_path[static LOOPDEV_PATH_CAP],
                 struct fault *f) SK_MUST_CHECK;

/* The loop device that backs this image now, without keeping it. */
bool loopdev_find(int image_fd, char ret_path[static LOOPDEV_PATH_CAP]);

#endif

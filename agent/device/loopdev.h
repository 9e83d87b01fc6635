/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loop devices over image files (loop(4)). */
#ifndef DEVICE_LOOPDEV_H
#define DEVICE_LOOPDEV_H

#include <sys/types.h>
#include "base/fault.h"

#define LOOPDEV_PATH_CAP 32 /* bytes with NUL of "/dev/loopN" */
#define LOOPDEV_NONE     (-1)
#define LOOPDEV_UNKNOWN  (-2)

/* A loop device that backs this image: the one that exists already (two of one image would destroy
 * it), else a new one that goes by itself with its last user (LO_FLAGS_AUTOCLEAR). The descriptor
 * keeps it; ret_path names it. A descriptor, or f->code, also where it can't be learnt whether there is one. Not twice of
 * one descriptor (loopdev_hold). */
int loopdev_open(int image_fd, char ret_path[static LOOPDEV_PATH_CAP],
                 struct fault *f) SK_MUST_CHECK;

/* The loop device that backs this image now. A descriptor, which keeps it: without one its number may be
 * another image's as soon as its last mount goes. LOOPDEV_NONE: there is none. LOOPDEV_UNKNOWN: that can't be learnt, for
 * instance because another one's storage does not answer; it is no "none". image_fd: opened by the caller itself, and no
 * loop device was made of this very descriptor or a copy of it. */
int loopdev_hold(int image_fd, char ret_path[static LOOPDEV_PATH_CAP]) SK_MUST_CHECK;

#endif

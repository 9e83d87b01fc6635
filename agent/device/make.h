/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New file systems, by the distribution's own mkfs programs. */
#ifndef DEVICE_MAKE_H
#define DEVICE_MAKE_H

#include <stdint.h>
#include "base/fault.h"

/* The least size of an area with this file system in bytes; 0 when it is not one that areas use. */
uint64_t make_least_bytes(const char *filesystem);

/* Make the file system on a block device. The program runs with a fixed path and environment, no
 * shell, and descriptors 0–2 only; what it complained about goes into f. 0 or f->code. */
int make_filesystem(const char *filesystem, const char *device, struct fault *f) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a file system is mounted, by proc(5). */
#ifndef DEVICE_MOUNTINFO_H
#define DEVICE_MOUNTINFO_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/buf.h"

/* The folder of the last mount of this device that the process sees whose folder in /proc is
 * process_fd, as that process names it. False when there is none. */
bool mountinfo_last(int process_fd, dev_t device, struct buf *folder);

#endif

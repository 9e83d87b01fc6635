/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is a device's disk one that this PC works on: mounted, or swap? */
#ifndef PLUG_USE_H
#define PLUG_USE_H

#include <stdbool.h>
#include "plug/sysfs.h"

/* path: of the device, below /sys. What sekisho-device has mounted goes with the medium and does not count. What can't
 * be told counts as use. */
bool use_of(const struct sysfs *s, const char *path);

#endif

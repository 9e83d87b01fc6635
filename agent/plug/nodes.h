/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What udev is told of USB devices' own nodes (/dev/bus/usb/…), by which programs talk to a device past all drivers. They
 * are root's by installer/udev/74-sekisho.rules, but for those of devices that a [device] of the policy lets in. */
#ifndef PLUG_NODES_H
#define PLUG_NODES_H

#include "plug/sysfs.h"

/* Tell what holds for p's node now, when that was not told yet. 0 or -errno: then the next call tells it. */
int nodes_tell(const struct sysfs *s, struct plugged *p) SK_MUST_CHECK;

/* May p's node be given to people? */
bool nodes_may_be_open(const struct plugged *p);

#endif

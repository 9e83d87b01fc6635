/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device process that was killed left mounted. */
#ifndef DEVICE_SWEEP_H
#define DEVICE_SWEEP_H

#include "device/area.h"

/* At the start: unmount every area of this instance that is still attached, close its mapping, and
 * tell sekishod. A busy one is detached, so that no path leads in any more; its mark stays.
 * tell is called for each area found. */
void sweep_mounts(struct guardlink *guard, void (*tell)(const char *id, const char *why));

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device process that was killed left mounted. */
#ifndef DEVICE_SWEEP_H
#define DEVICE_SWEEP_H

#include "device/area.h"

/* At the start: unmount every area of this instance that is still attached, close its mapping, and
 * tell sekisho-index, which would hold it, and sekishod. A busy one stays open, in the table. One that a mount
 * of somebody's keeps is shut down and noted as held, unless rooms still use it. tell is called for each
 * area found. */
void sweep_mounts(struct area_table *t, void (*tell)(const char *id, const char *why));

#endif

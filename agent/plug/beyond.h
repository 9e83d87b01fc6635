/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be brought to this PC by ways on which the kernel asks nobody: which of them it has, for `sekisho status`. */
#ifndef PLUG_BEYOND_H
#define PLUG_BEYOND_H

#include <jansson.h>

/* ["thunderbolt",…]: each way that this PC has and the agent can't close.
 *   thunderbolt   its ports: what is plugged in there becomes a PCI device, disks too
 *   pci           other PCI devices that can be pulled out (ExpressCard, external ports)
 *   firewire, pcmcia
 *   cards         a reader for memory cards, and cards are offered to drivers
 *   nodes         discs, images or other media whose nodes others than root may open: the udev rules don't hold
 * sys, dev: "/sys", "/dev", or trees like them (tests). NULL = no memory. */
json_t *beyond_uncovered(const char *sys, const char *dev);

#endif

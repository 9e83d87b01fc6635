/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does the driver that took an interface fit what the interface says it is? Kernel drivers also go by vendor and
 * product, whatever the class (usb-storage's unusual_devs.h): a device that says "keyboard" could become a drive. */
#ifndef PLUG_DRIVERS_H
#define PLUG_DRIVERS_H

#include <stdbool.h>

/* classes: enum policy_class bits that this interface may be. True also without a driver. A driver that is not in
 * the table fits what is not narrow: hid, hub, audio and video take only drivers that are known to be no more. */
bool driver_fits(const char *driver, unsigned classes);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a USB device says it is, in the bytes of sysfs' file "descriptors": the device descriptor, then the
 * configurations one after the other (USB 2.0, 9.6; Documentation/ABI/stable/sysfs-bus-usb), each as far as the kernel
 * could read it: the lengths and numbers in it may promise more. The bytes come from a stranger's device. */
#ifndef PLUG_DESCRIPTORS_H
#define PLUG_DESCRIPTORS_H

#include "base/clean.h"
#include "policy/plugged.h"

#define DESCRIPTORS_MAX (64 * 1024) /* bytes: more than any device's configurations together */

struct descriptors {
    uint16_t vendor, product;
    uint8_t class; /* of the device, 0 = each interface says its own */
    struct plugged_interface interfaces[PLUGGED_INTERFACES_MAX];
    size_t count;
};

/* Parse all of it. 0; SK_ERR_FORMAT when it can't be what the kernel shows, or has not as many configurations as it
 * says; SK_ERR_LIMIT when it has more interfaces than fit. *ret is untouched then. */
int descriptors_parse(const void *data, size_t len, struct descriptors *ret) SK_MUST_CHECK;

#endif

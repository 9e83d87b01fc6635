/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel tells of devices that come and go. The only user of libudev. */
#ifndef PLUG_MONITOR_H
#define PLUG_MONITOR_H

#include <stdbool.h>
#include <stdint.h>
#include "base/clean.h"

struct monitor; /* opaque */

enum monitor_action { MONITOR_ADD, MONITOR_REMOVE, MONITOR_BIND, MONITOR_OTHER };
/* MONITOR_LUN: what storage is of for the kernel, a disk or else. MONITOR_READER: a reader for memory cards, MONITOR_CARD: a card in one. */
enum monitor_kind { MONITOR_DEVICE, MONITOR_INTERFACE, MONITOR_LUN, MONITOR_BLOCK, MONITOR_READER, MONITOR_CARD };

/* One message, or one device that is there. path: below /sys; lives until the next. number: of a block device,
 * "8:1", else "". vendor, product: of a USB device, as the kernel's message names them, 0 = it does not. */
struct monitor_event {
    enum monitor_action action;
    enum monitor_kind kind;
    const char *path;
    char number[24];
    uint16_t vendor, product;
};

/* From here on nothing that happens is missed. Room for many messages needs CAP_NET_ADMIN: before it is shed. 0 or
 * -errno. */
int monitor_open(struct monitor **ret) SK_MUST_CHECK;
void monitor_close(struct monitor **m);

/* Readable when an event waits. */
int monitor_fd(const struct monitor *m);

/* The next event that concerns us: 1; 0 none waits; -ENOBUFS: some were lost, look at all there is. */
int monitor_next(struct monitor *m, struct monitor_event *ret) SK_MUST_CHECK;

/* Forget what waits: what was lost is younger, and a look at all there is knows better than either. */
void monitor_drop(struct monitor *m);

/* Each device and block device that is there now, parents first. 0 or -errno. */
typedef void monitor_found(void *context, const struct monitor_event *e);
int monitor_each(struct monitor *m, monitor_found *found, void *context) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What device.sock answers: one table of messages (<sekisho/proto.h>). */
#ifndef DEVICE_DISPATCH_H
#define DEVICE_DISPATCH_H

#include <stdint.h>
#include "device/area.h"
#include "device/job.h"
#include "wire/wire.h"

/* All that the process owns. */
struct device {
    struct area_table areas;
    struct job *jobs;
    uint64_t started_ns; /* CLOCK_BOOTTIME */
};

/* Carry out one message of connection `owner` and make the answer: its type, and its JSON appended
 * to text. Never fails: what goes wrong becomes an ERROR answer. */
uint16_t dispatch(struct device *d, uint64_t owner, const struct wire_message *m, struct buf *text);

/* A connection is gone: the jobs that it started are aborted. */
void dispatch_gone(struct device *d, uint64_t owner);

/* The process ends: all jobs are aborted. */
void dispatch_end(struct device *d);

#endif

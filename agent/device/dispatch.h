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

/* Who asks: a connection by its number, and the uid at its other end. */
struct dispatch_peer {
    uint64_t number;
    uid_t uid;
};

/* Carry out one message and make the answer: its type, its JSON appended to text, and in *ret_fd a
 * descriptor that goes with it (the caller's, -1 = none). Never fails: what goes wrong becomes an
 * ERROR answer. */
uint16_t dispatch(struct device *d, const struct dispatch_peer *peer, const struct wire_message *m,
                  struct buf *text, int *ret_fd);

/* A connection is gone: the jobs that it started are aborted. */
void dispatch_gone(struct device *d, uint64_t owner);

/* The process ends: all jobs are aborted. */
void dispatch_end(struct device *d);

#endif

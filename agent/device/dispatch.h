/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What device.sock answers: one table of messages (<sekisho/proto.h>). */
#ifndef DEVICE_DISPATCH_H
#define DEVICE_DISPATCH_H

#include "device/area.h"
#include "device/destination_ask.h"
#include "device/erasing.h"
#include "device/job.h"
#include "device/medium.h"
#include "serve/server.h"

/* All that the process owns, and the context of its server. */
struct device {
    struct server *server;
    struct area_table areas;
    struct job *jobs;
    struct erasing *erasings;
    struct medium_table media;
    struct destination_asks asks;
    bool uncovered;      /* sekishod does not cover all open areas */
};

/* For the server's config. */
#define DISPATCH_MESSAGE_COUNT 19
extern const struct server_message dispatch_messages[DISPATCH_MESSAGE_COUNT];

/* The place of the job, or erasure, in its list: its `next` end where there is none. */
struct job **dispatch_job(struct device *d, const char *case_id);
struct erasing **dispatch_erasing(struct device *d, const char *id);
/* Take it out of the list and end it. 0 or f->code. */
int dispatch_end_erasing(struct device *d, struct erasing **at, bool commit, struct fault *f);

/* dispatch_later.c: what would be, or was begun to be, erased; NULL = out of memory. */
json_t *dispatch_target(const struct erase_target *t);
/* For the server's loop: what processes of its own say to this one, and what is due (ms to wait, -1 = nothing). */
void dispatch_gather(const struct device *d);
int dispatch_turn(struct device *d);

/* A connection is gone: the jobs that it started are aborted. */
void dispatch_gone(void *device, uint64_t owner);

/* The process ends: all jobs are aborted. */
void dispatch_end(struct device *d);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Giving a job's descriptors to a fresh exporter. */
#ifndef DEVICE_HANDOVER_H
#define DEVICE_HANDOVER_H

#include <stddef.h>
#include "base/fault.h"
#include "device/request.h"

/* The descriptors of a job in the order of the protocol; they stay the caller's. */
struct handover {
    int answer;          /* socket for the exporter's answers */
    const int *sources;
    size_t source_count;
    const int *outputs;
    size_t output_count;
};

/* Connect export.sock and send JOB and MORE_FDS (<sekisho/proto.h>). 0 or f->code. */
int handover_send(const struct request_job_start *job, const struct handover *what,
                  struct fault *f) SK_MUST_CHECK;

#endif

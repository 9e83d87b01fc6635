/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GUARD_STATUS_IS of <sekisho/proto.h>: what sekishod says of itself. */
#ifndef WIRE_GUARD_STATUS_H
#define WIRE_GUARD_STATUS_H

#include <sekisho/limits.h>
#include "base/buf.h"

struct guard_status {
    uint64_t uptime_ns, worker_uptime_ns; /* of the group, of the present worker */
    uint64_t answered, allowed, refused;  /* events */
    uint64_t ring_lost;                   /* refusals that could not be written down one by one */
    uint32_t worker_restarts, policy_version, room_count, area_count;
    uint8_t policy_digest[32];
    bool ledger_connected, connector_active;
    int32_t keeper_pid, watch_pid, holder_pid;
    int32_t marks; /* filesystems that are marked and can be read, areas forgotten included; -1 = unknown */
    struct guard_status_area {
        char id[SK_ID_MAX + 1];
        bool marked;
    } areas[SK_AREAS_MAX];
};

/* Append the message's payload; a failure is in out->err. */
void guard_status_encode(const struct guard_status *status, struct buf *out);

/* Parse a payload. 0, SK_ERR_FORMAT, SK_ERR_LIMIT (more areas than sekishod can guard), -ENOMEM. */
int guard_status_parse(const void *data, size_t len, struct guard_status *ret) SK_MUST_CHECK;

#endif

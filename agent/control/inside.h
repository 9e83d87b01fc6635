/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sockets for rooms: SK_PATH_RUN_INSIDE/AREA/control.sock, one for each area with gate = room.
 * Which of them somebody comes from says in which area's room it sits. */
#ifndef CONTROL_INSIDE_H
#define CONTROL_INSIDE_H

#include <sekisho/limits.h>
#include <stddef.h>
#include "policy/policy.h"

struct inside {
    struct inside_row {
        char area[SK_ID_MAX + 1];
        int fd; /* listens */
    } rows[SK_AREAS_MAX];
    size_t count;
};

/* Listen for the policy's areas with gate = room and for no other. What can't be done is logged. */
void inside_sync(struct inside *in, const struct policy *p);
void inside_close(struct inside *in);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a decision to its record in the ring. */
#ifndef WATCH_REPORT_H
#define WATCH_REPORT_H

#include <sys/stat.h>
#include "policy/decide.h"
#include "watch/identity.h"
#include "watch/shared.h"

/* What was decided, and about what. */
struct report {
    uint64_t now_ns;       /* a reading of guard_now_ns */
    int fd;                /* the event's descriptor, -1 = nobody has it any more */
    const struct stat *st; /* of the file; zeroes: unknown */
    const struct identity *identity;
    const struct guard_area *area; /* may be NULL */
    const struct guard_room *room; /* the opener's, or NULL */
    const struct policy *policy;
    const struct access_question *question;
    const struct decision *decision;
};

/* Commit it to the ring: 0, else as ring_commit. What is the same as before in all but its time, by the
 * numbers of answer (identity.h) and name (names.h), is committed as a repeat. */
int report_access(struct ring *ring, const struct report *what) SK_MUST_CHECK;

/* All of it as an event; without a descriptor (fd < 0) the file has no name. */
void report_fill(const struct report *what, struct access_event *ret);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long each closed segment of the ledger must stay: what its records belong to, and what the policy
 * and the open cases and incidents say about that (LOG-1, LOG-5). */
#ifndef CONTROL_RETENTION_H
#define CONTROL_RETENTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "control/fold.h"
#include "policy/model.h"

#define RETENTION_SECOND (sizeof "2026-11-20T09:00:00" - 1) /* bytes */

/* What one segment holds, as far as keeping it goes. */
struct retention_segment {
    uint32_t number;
    uint64_t from, to;     /* its records, both included */
    int64_t last_s;        /* wall time of its latest record */
    char second[RETENTION_SECOND]; /* of the record that was looked at last, as "at" has it */
    json_t *contracts, *areas, *cases; /* sets: id → true */
    bool common;           /* it holds records of no contract that could be removed */
    bool removed;          /* its records are gone already */
    bool archived;
    bool unsure;           /* a record says that its records are to be removed: look again */
};
void retention_segment_clear(struct retention_segment *s);

/* Note what one line of it says. 0 or -ENOMEM. */
struct ledger_line;
int retention_note(struct retention_segment *s, const struct ledger_line *line) SK_MUST_CHECK;

/* Take in a line of kind incident: id → true while it is open. 0 or -ENOMEM. */
int retention_incident(json_t *incidents, const char *line, size_t len) SK_MUST_CHECK;

/* Pure: until when must it stay (INT64_MAX: no end is known), and every reason why it may not go now,
 * appended to why as {"code","about"} (ops.h). incidents are the open ones. 0 or -ENOMEM. */
int retention_until(const struct retention_segment *s, const struct policy *p, struct fold *f,
                    json_t *incidents, int64_t now_s, int64_t *ret_until, json_t *why) SK_MUST_CHECK;

#endif

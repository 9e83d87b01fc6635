/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the PC's clock was moved, by the ledger's own lines: each has the wall time and the time since boot, so that a
 * clock that jumps shows between two of them. Pure: the ledger's lines go in, in order. Incidents' clocks go on for
 * as long as they were to run whatever the wall clock does meanwhile (INC-2). */
#ifndef PROOF_STEPS_H
#define PROOF_STEPS_H

#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"

struct ledger_line;

struct clock_step {
    uint64_t seq;   /* of the first line with the new time */
    int64_t step_s; /* by how much the clock went ahead; negative: back */
};

/* All zero is empty. */
struct clock_steps {
    struct clock_step *items;
    size_t count;
    char boot[40];     /* of the last line that was looked at, as the line writes it; "" = none yet */
    int64_t offset_s;  /* wall time less the time since boot, when it was last taken for right */
    int64_t latest_s;  /* wall time of that line */
};

void clock_steps_free(struct clock_steps *s);

/* One more line. What has no time is passed over, and so are accesses and seals: a clock that is set has a record of
 * its own. From one boot to another only a clock that went back shows. 0 or
 * -ENOMEM. */
int clock_steps_line(struct clock_steps *s, const struct ledger_line *line) SK_MUST_CHECK;

/* Forget what lies in this line or behind it. */
void clock_steps_cut(struct clock_steps *s, uint64_t seq);

/* By how much the clock was moved since the line with this number: add it to a time that stands there, and it is that
 * moment by today's clock. s may be NULL: 0. */
int64_t clock_steps_since(const struct clock_steps *s, uint64_t seq);

#endif

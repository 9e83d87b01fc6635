/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be done next with a case, when it is due, and what a person has asked for before: all
 * told from VIEWs (sekisho/ops.h). Control decides when it is done. */
#ifndef CLIENT_STEPS_H
#define CLIENT_STEPS_H

#include <jansson.h>
#include <stdint.h>
#include "base/buf.h"

/* Bits: what who asked for it can do now. */
enum step {
    STEP_CARRY_OUT = 1 << 0,
    STEP_WITHDRAW = 1 << 1,
    STEP_RETURN = 1 << 2,
    STEP_DESTROY = 1 << 3,
};
unsigned steps_of(const json_t *view);

/* The day on which it is to be back: how far away it is at a time (seconds since 1970), in days of
 * Japan's calendar. False: nothing is due (none was named, or it is no longer out). */
bool steps_due(const json_t *view, int64_t now, int64_t *ret_days);

/* Append when it is due, in words: "in 3 days (2026-12-01)", "2 days overdue (…)"; nothing when
 * nothing is. */
void steps_put_due(struct buf *b, const json_t *view, int64_t now);

/* What one person asked for, as far as the reader may see their cases. */
struct history {
    size_t asked; /* cases in all */
    size_t out, overdue, back, refused;
};
/* Of the cases (VIEWs) of that person (an id), but for one case. */
void steps_history(const json_t *cases, const char *person, const char *but, struct history *ret);

/* Append it as a sentence. */
void steps_put_history(struct buf *b, const struct history *h);

#endif

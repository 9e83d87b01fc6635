/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A question to control (client/talk.h) while the window goes on living. */
#ifndef PROMPT_EXCHANGE_H
#define PROMPT_EXCHANGE_H

#include <jansson.h>
#include "base/buf.h"

/* How it ended. The fields are lent for the time of the call. */
struct reply {
    json_t *answer;     /* NULL: refused, or the agent was not reached, or lost */
    const char *what;   /* then: what was wrong, in the reader's words, made safe */
    const char *advice; /* and what to do next, lines; "" = nothing is known */
    bool lost;          /* the agent is not there (any more) */
};

struct exchange;
typedef void exchange_end(void *context, const struct reply *reply);
typedef void exchange_step(void *context, const json_t *message);

/* Ask; request (taken) may be NULL for none. `end` is called once, from the main loop, and *slot
 * (which holds the exchange until then) is NULL by that time; `step` (may be NULL) for each message
 * before. What was in *slot is cancelled. */
void exchange_start(struct exchange **slot, const char *op, json_t *request, exchange_step *step,
                    exchange_end *end, void *context);

/* Hear no more of it. What control was asked it may still do. */
void exchange_cancel(struct exchange **slot);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sekisho-plug says to the ledger: at once where an act waits for it, else in the order of what happened,
 * as soon as the ledger takes it. */
#ifndef PLUG_LEDGER_H
#define PLUG_LEDGER_H

#include <jansson.h>
#include <stdbool.h>
#include "base/buf.h"

#define LEDGER_QUEUE_MAX 512 /* records that wait */

struct ledger_line; /* opaque */

int ledger_line_new(struct ledger_line **ret) SK_MUST_CHECK;
void ledger_line_free(struct ledger_line **l);

/* All that waits, then this record (taken; NULL = out of memory): 0 once it is durable. Else it is forgotten and
 * the act may not happen: SK_ERR_CLOSED, SK_ERR_TIMEOUT, SK_ERR_STATE (the ledger refused), -ENOMEM. */
int ledger_before(struct ledger_line *l, json_t *record) SK_MUST_CHECK;

/* This record of what has happened (taken), now or later. Where more wait than fit the oldest are counted and
 * told of as one. */
void ledger_after(struct ledger_line *l, json_t *record);

/* How many wait. */
size_t ledger_waiting(const struct ledger_line *l);

/* Try what waits. How many still do. */
size_t ledger_flush(struct ledger_line *l);

#endif

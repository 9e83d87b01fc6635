/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What in the ledger asks for an incident (INC-3). Pure: the ledger's lines go in, in order, and what has
 * no incident yet comes out. The same lines give the same answer, so that whoever is killed between a
 * finding and its incident finds it again, and nothing is told twice: the incident's own records are among
 * the lines. */
#ifndef CONTROL_TROUBLE_H
#define CONTROL_TROUBLE_H

#include <jansson.h>
#include <stdint.h>
#include "policy/model.h"

struct trouble; /* opaque */
struct ledger_line;

int trouble_new(struct trouble **ret) SK_MUST_CHECK;
void trouble_free(struct trouble **t);

/* One more line; the policy gives the numbers. 0, -ENOMEM. A line that is no record is passed over. */
int trouble_line(struct trouble *t, const struct ledger_line *line, const struct policy *p) SK_MUST_CHECK;

/* The record behind the last line. */
uint64_t trouble_next(const struct trouble *t);

/* What waits for an incident: [{"trigger","of" (key, told once),"area","seq","at","what","concerned":[…]}].
 * It goes when a record "opened" or "added" of the same trigger and area is among the lines. The
 * array is the caller's to look at until the next line. */
const json_t *trouble_pending(const struct trouble *t);

#endif

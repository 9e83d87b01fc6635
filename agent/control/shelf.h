/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What control knows of the ledger's segments, so that a question about keeping them does not read the
 * ledger again: it is noted while the ledger is read at the start, and goes on with what is new. */
#ifndef CONTROL_SHELF_H
#define CONTROL_SHELF_H

#include "control/retention.h"
#include "proof/reader.h"

struct shelf; /* opaque */

int shelf_new(struct shelf **ret) SK_MUST_CHECK; /* 0 or -ENOMEM */
void shelf_free(struct shelf **s);

/* The next line of the ledger, those that stand for removed records too. 0 or -ENOMEM. */
int shelf_line(struct shelf *s, const struct ledger_line *line) SK_MUST_CHECK;
/* The lines were read up to here; shelf_update goes on there. */
void shelf_read_to(struct shelf *s, const struct ledger_place *place);

/* Take in some of what was written since, so that a question finds little that is new. */
void shelf_follow(struct shelf *s, const char *folder);

/* Take in what was written since, and look again at segments whose records were removed. 0, -errno,
 * SK_ERR_TAMPERED. */
int shelf_update(struct shelf *s, const char *folder) SK_MUST_CHECK;

/* The closed segments, all but the last, and the open incidents (id → true). Valid until the next call
 * that takes a shelf which may change. */
size_t shelf_closed(const struct shelf *s);
const struct retention_segment *shelf_segment(const struct shelf *s, size_t index);
json_t *shelf_incidents(const struct shelf *s);

#endif

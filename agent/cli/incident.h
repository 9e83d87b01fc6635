/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Incidents as text: their form, what is due, what the ledger knows for a report (INCIDENT and CASE of
 * <sekisho/ops.h>). */
#ifndef CLI_INCIDENT_H
#define CLI_INCIDENT_H

#include <jansson.h>
#include <stdbool.h>
#include "base/buf.h"
#include "base/clock.h"

/* Words in the reader's language; the word itself when it is not known. */
const char *incident_type_here(const char *type);
const char *incident_report_here(const char *which);

/* A time as people write it: RFC 3339, "2026-11-27 14:30", "2026-11-27" or "14:30" (the last such time), in
 * Japan where no offset stands there. RFC 3339 into ret; false when it is none. */
bool incident_time(const char *text, int64_t now_s, char ret[static CLOCK_TIME_CAP]);

/* Append "first report by 2026-11-27 15:30:00 +09:00, LATE"; nothing when nothing is due. */
void incident_next(struct buf *b, const json_t *view);

/* The whole of one incident to stdout, in the reader's language. */
void incident_print(const json_t *view);

/* Whom to phone and to write to, to stdout; says so when the policy names nobody. */
void incident_print_phone(const json_t *view);

/* What was on a medium or in a case, encrypted for whom. */
void incident_print_cases(const json_t *cases);

/* A report of this kind to stdout, from the answer of incident.draft. How many of its fields nobody has
 * filled; -1: there is no such report. */
int incident_draft(const json_t *answer, const char *which, bool japanese);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A case as people and tools see it: VIEW of <sekisho/ops.h>, with the seven fields of a copy
 * (REC-1) or the eight of a take-out (REC-2). Pure. */
#ifndef CONTROL_VIEW_H
#define CONTROL_VIEW_H

#include <jansson.h>
#include "control/fold.h"
#include "policy/model.h"

/* First second at which the content should have come back, 0 = none is due. By the request's date
 * (its whole day in Japan counts) or the destination's return-within, whichever is earlier. */
int64_t case_due(const struct case_entry *e, const struct policy *p);
bool case_overdue(const struct case_entry *e, const struct policy *p, int64_t now_s);

/* New references, or NULL when memory is short. */
json_t *view_case(const struct case_entry *e, const struct policy *p, int64_t now_s);
json_t *view_request(const struct case_entry *e); /* one row of the op "requests" */
/* Put into either, of a standing permit, how many cases it has permitted. */
void view_put_uses(json_t *view, const struct fold *f, const struct case_entry *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What requests for cases and for standing permits share. */
#ifndef CONTROL_REQUEST_H
#define CONTROL_REQUEST_H

#include "control/control.h"
#include "control/standing.h"

/* ---- op_request.c ---- */

/* Would the policy let a file of this area go to the question's destination for its purpose, by
 * this consent ("" = the first that covers it)? 0 and the consent, or the refusal. */
int request_decide(struct ask *a, const struct policy_area *area, bool take_out,
                   const char *consent, const struct policy_consent **ret) SK_MUST_CHECK;
/* The same of a question or a job's `about` with all it says, `under` too: the standing permit that permits it, if any
 * does, and the consent. */
int request_choose(struct ask *a, const struct policy_area *area, bool take_out,
                   const struct case_entry **ret_under,
                   const struct policy_consent **ret) SK_MUST_CHECK;
/* 0, or a refusal: too many requests of the asker's wait. */
int request_check_waiting(struct ask *a) SK_MUST_CHECK;
/* ---- request_done.c ---- */

/* Is there anything to take back, and does no job work on it? */
bool request_may_be_withdrawn(const struct control *c, const struct case_entry *e);
/* [{"id","name"}] of who may approve it now. */
json_t *request_approvers(struct control *c, const struct case_entry *e);

/* ---- op_standing.c ---- */

/* Permit this case under that standing permit, which covers it: its permit and the use, in one
 * sealed record. 0 or why not. */
int standing_grant(struct control *c, const char *id, const char *under,
                   struct buf *why) SK_MUST_CHECK;
/* What the asker is told of it: {"under","approver","at","expires","left"}. */
json_t *standing_permitted(struct control *c, const char *id, const char *under);

#endif

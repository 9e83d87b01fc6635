/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the fold share. */
#ifndef CONTROL_FOLD_PARTS_H
#define CONTROL_FOLD_PARTS_H

#include "control/fold.h"

/* Keep the record itself, counted, in the place of what is there: records are not changed any more. */
void fold_share(json_t **where, const json_t *record);
/* Values that stood in earlier records as well are kept once: who it was, by which policy, where. The record
 * says the same afterwards. */
void fold_share_alike(struct fold *f, const json_t *record);
/* Add the record to the list of what happened. 0 or -ENOMEM. */
int fold_add_event(json_t **events, const json_t *record) SK_MUST_CHECK;
/* Remember the number in an id: "T-20261121-0007" counts for "T-20261121". 0 or -ENOMEM. */
int fold_take_number(struct fold *f, const char *id) SK_MUST_CHECK;
/* A permit was granted for this case or hand-over: one use more of its consent, its text is used, and its
 * approver's failures are forgotten. 0 or -ENOMEM. */
int fold_granted(struct fold *f, const char *id, const json_t *record) SK_MUST_CHECK;
/* The turn that a transfer's record names: it is on its way, or written. 0 or -ENOMEM. */
int fold_turn(struct fold *f, const json_t *record, bool written) SK_MUST_CHECK;
/* One of several approvals that a permit takes: it joins the list, and its approver's failures are forgotten. 0 or
 * -ENOMEM. */
int fold_approval(struct fold *f, json_t **list, const json_t *record) SK_MUST_CHECK;
/* A permit on which nothing was done ended: its use of the consent is free again. 0 or -ENOMEM. */
int fold_use_back(struct fold *f, const char *consent) SK_MUST_CHECK;

#endif

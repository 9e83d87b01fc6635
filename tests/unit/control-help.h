/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records and a policy for control's unit tests. */
#ifndef CONTROL_HELP_H
#define CONTROL_HELP_H

#include "control/fold.h"
#include "policy/policy.h"

#define HELP_BOOT "11111111-2222-3333-4444-555555555555"
#define HELP_DIGEST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HELP_KEY    "55457C4551AA7D39" /* the id of the key that help_policy gives boss */

/* Fold one record given as JSON with ' for "; seq and boot are added. Fails the test on error. */
void help_fold(struct fold *f, const char *text);

/* A request record of case `id` by `person`, at the time. */
void help_request(struct fold *f, const char *id, const char *person, const char *at);
/* A permit granted by `approver` on consent letter-12. */
void help_permit(struct fold *f, const char *id, const char *approver, const char *digest,
                 const char *at, const char *expires);
/* A transfer's record in this phase. */
void help_phase(struct fold *f, const char *id, const char *kind, const char *phase, const char *at);

/* The municipality of the tests: hana and boss2 may be given a role more. Free with policy_free. */
struct policy *help_policy(void);

#endif

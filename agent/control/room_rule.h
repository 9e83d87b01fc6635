/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the policy says of rooms, for the three that ask: start, sweep, list. */
#ifndef CONTROL_ROOM_RULE_H
#define CONTROL_ROOM_RULE_H

#include <stdint.h>
#include "policy/decide.h"
#include "policy/policy.h"

/* May this login have a room of this area now? */
void room_rule_decide(const struct policy *p, const char *login, const char *area, int64_t now,
                      struct decision *ret);
bool room_rule_shared(const struct policy_area *area);   /* display = shared */
bool room_rule_terminal(const struct policy_area *area); /* terminal = yes */
bool room_rule_gpu(const struct policy_area *area);      /* gpu = yes */
bool room_rule_remote(const struct policy *p);           /* [work] remote = yes */

#endif

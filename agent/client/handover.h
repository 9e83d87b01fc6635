/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person can do next with a hand-over, told from H (sekisho/ops.h). Control decides when it
 * is done. */
#ifndef CLIENT_HANDOVER_H
#define CLIENT_HANDOVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "policy/policy.h"

/* Bits. */
enum handover_step {
    HANDOVER_GIVE = 1 << 0,    /* record that it is in the receiver's hands */
    HANDOVER_CONFIRM = 1 << 1, /* record that it was received */
    HANDOVER_FAIL = 1 << 2,    /* record that it came to nothing */
};

/* person: the reader's id; manages: is that a manager? */
unsigned handover_steps(const json_t *h, const char *person, bool manages);

/* Must the receiver, who is on the roster, confirm it, and nobody else? Else a text proves it. */
bool handover_by_word(const json_t *h);

/* Did it go to a colleague's area? Only that PC's signed receipt confirms it, which the command-line
 * tool takes (sekisho handover confirm). */
bool handover_by_receipt(const json_t *h);

/* Does its permit wait for this person (login and id), by what the policy (may be NULL) says? */
bool handover_waits_for(const json_t *h, const struct policy *p, const char *login,
                        const char *person, int64_t now);

#endif

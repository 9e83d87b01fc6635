/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a notice offers to ask for, told from an event (watch of sekisho/ops.h): the file that was
 * refused, the destination that an approved medium is. Nothing is offered that the policy does not. */
#ifndef CLIENT_SUGGEST_H
#define CLIENT_SUGGEST_H

#include <jansson.h>
#include <stdint.h>
#include "policy/policy.h"

/* What the window is to be opened with; strings of the caller's, or NULL. */
struct suggestion {
    char *file;        /* absolute, as the file system has it */
    char *destination; /* id */
};
void suggestion_free(struct suggestion *s);
#define autosuggestion __attribute__((cleanup(suggestion_free)))

/* May the event be one with something to be asked for? Then it is worth knowing the policy. */
bool suggest_may(const json_t *event);

/* What may be offered to this login; both NULL = nothing. */
void suggest_of(const struct policy *p, const char *login, const json_t *event, int64_t now,
                struct suggestion *ret);

#endif

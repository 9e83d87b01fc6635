/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How an ERROR of control's (sekisho/proto.h) is told to a person. */
#ifndef CLIENT_REFUSAL_H
#define CLIENT_REFUSAL_H

#include <jansson.h>
#include <stdbool.h>

/* What was wrong, or what to do next about it. */
enum refusal_part { REFUSAL_WHAT, REFUSAL_ADVICE };
typedef void refusal_put(void *to, enum refusal_part part, const char *text);

/* Hand on the sentences, in the reader's language and in the order in which they are to be read:
 * what was wrong, then what to do, at least one of the first. Foreign parts are not made safe yet
 * (screen_safe). */
void refusal_tell(const json_t *error, refusal_put *put, void *to);

/* What to do next about a reason (its name) or an error's code; English, for gettext. NULL =
 * nothing is known. */
const char *refusal_advice(const char *name);

/* Does it mean a refusal, rather than something broken? */
bool refusal_is(const json_t *error);

#endif

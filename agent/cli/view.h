/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a case's VIEW (sekisho/ops.h) as text, in English or Japanese, and the whole form. */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include "base/buf.h"

/* A case's state in words, for forms; the state itself when it is not known here. */
const char *view_state(const char *state, bool japanese);

/* The same for screens, which follow the locale. */
const char *view_state_here(const char *state);

/* The id of a member that is either an object with "id" or the id itself. */
const char *view_id(const json_t *view, const char *member);

/* Append the client's consent: document, date, id, digest (REC-4). */
void view_consent(struct buf *b, const json_t *consent, bool japanese);

/* The form of one case to stdout: seven fields of a copy (REC-1), eight of a take-out (REC-2). */
void view_print(const json_t *view, bool japanese);

/* The form of one copy that the agent found (COPY of sekisho/ops.h): the seven fields of a copy. */
void view_print_found(const json_t *view, bool japanese);

#endif

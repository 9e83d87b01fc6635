/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a case's VIEW (sekisho/ops.h) as text. */
#ifndef CLIENT_VIEW_H
#define CLIENT_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include "base/buf.h"

/* A case's state in words, for forms; the state itself when it is not known here. */
const char *view_state(const char *state, bool japanese);

/* The same for screens, which follow the locale. */
const char *view_state_here(const char *state);

/* A word of the register and of hand-overs (a state, a form) in words, for forms and for screens;
 * what is none of theirs as a case's state. */
const char *view_word(const char *name, bool japanese);
const char *view_word_here(const char *name);

/* The id of a member that is either an object with "id" or the id itself. */
const char *view_id(const json_t *view, const char *member);

/* Append who approved, each where several did, and in whose place; for forms and for screens. */
void view_approvers(struct buf *b, const json_t *permission, bool japanese);
void view_approvers_here(struct buf *b, const json_t *permission);

/* Who can open a take-out: one of VIEW's "recipients" (sekisho/ops.h) by name, or append all of them with their
 * organisations; for forms and for screens. */
const char *view_opener(const json_t *r, bool japanese);
const char *view_opener_here(const json_t *r);
void view_openers(struct buf *b, const json_t *list, bool japanese);
void view_openers_here(struct buf *b, const json_t *list);

/* Append the client's consent: document, date, id, digest (REC-4). */
void view_consent(struct buf *b, const json_t *consent, bool japanese);

/* What became of a file between two requests, in the screen's language; and the name of what else may differ between them. */
const char *view_change_here(const char *change);
const char *view_said_here(const char *what);

/* Append with what a request that asks again is compared: which one, what became of it, whose word it had; or that it is
 * compared with nothing. again: as of VIEW. */
void view_base_here(struct buf *b, const json_t *again);

/* What a standing permit permits, as a VIEW has it: how many of which, in which period. */
void view_standing_here(struct buf *b, const json_t *view);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events of `sekisho watch` as text. */
#ifndef CLI_WATCH_LINE_H
#define CLI_WATCH_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include "base/buf.h"

/* Append one line, without newline: number, time, who, allowed or refused, what, with which program,
 * why. In the locale's language, safe for a terminal. */
void watch_line(struct buf *b, const json_t *event);

/* The sentence of an event's reason in the locale's language; control's own where it has none. */
const char *watch_reason(const json_t *event);

/* What happened, in a few words: "opened", "room opened", … */
const char *watch_what(const json_t *event);

/* "REFUSED", "allowed", "PARTLY" (of a device), "WITHOUT PERMISSION" (it happened and is on record), "–" (nothing to decide). */
const char *watch_decision(const json_t *event);

/* Append the text of a notice about `count` refusals of which this is the last. */
void watch_notice(struct buf *b, const json_t *event, unsigned count);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened to a device, as text: what it is, what was decided, why, what to do. */
#ifndef CLI_DEVICE_EVENT_H
#define CLI_DEVICE_EVENT_H

#include <jansson.h>
#include <stdbool.h>
#include "base/buf.h"

/* Is this event of `sekisho watch` one of a device? */
bool device_event_is(const json_t *event);

/* Append "Kingston DataTraveler (0951:1666, serial AB) at 0000:00:14.0/1: storage"; nothing when the event is of
 * no single device (the glass). */
void device_event_what(struct buf *b, const json_t *event);

/* "A device was not let in", as the title of a notice. */
const char *device_event_title(const json_t *event);

/* Append the lines below it: what it is, why, what to do. count: of such events, of which this is the last. */
void device_event_text(struct buf *b, const json_t *event, unsigned count);

/* What to do about it, NULL = nothing. */
const char *device_event_advice(const json_t *event);

#endif

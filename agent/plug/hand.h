/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process that uses the switch of one device: the kernel starts and ends drivers within the write, and a device that
 * does not answer them holds that up for as long as it likes. */
#ifndef PLUG_HAND_H
#define PLUG_HAND_H

#include "plug/sysfs.h"

#define HAND_WAIT_MS   50   /* the loop waits so long: most devices are in or out by then */
#define HAND_SILENT_MS 1000 /* what has not ended by then is told of as one that does not answer */

struct hand; /* opaque */

/* Let p in as it was decided (on), or shut it. 0 or -errno when it is done; SK_ERR_TIMEOUT: it goes on, *ret is that until
 * hand_end says how it ended. */
int hand_turn(const struct sysfs *s, const struct plugged *p, bool on, struct hand **ret) SK_MUST_CHECK;

/* For the loop: it can be read once it ended. */
int hand_fd(const struct hand *h);
bool hand_is_silent(const struct hand *h);

/* How did it end? SK_ERR_TIMEOUT: it has not; else *h is NULL then, and *ret_on what was done. */
int hand_end(struct hand **h, bool *ret_on) SK_MUST_CHECK;

/* Nobody waits for it any more. */
void hand_drop(struct hand **h);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory cards in readers that are no USB devices (Linux' mmc bus). The kernel asks nobody before it makes a drive of
 * one, but it can be told to offer no card to a driver by itself. A policy can't name cards: none is let in. */
#ifndef PLUG_CARDS_H
#define PLUG_CARDS_H

#include "plug/sysfs.h"

/* From now on no card becomes a drive by itself; false: each does. 0, -ENOENT (this PC has no reader), -errno. */
int cards_close(const struct sysfs *s, bool closed) SK_MUST_CHECK;

/* The card at path ("devices/…/mmc_host/mmc0/mmc0:0001"), judged. 0; SK_ERR_UNSUPPORTED: what is there is soldered in,
 * or is no memory; -ENOENT, -ENOMEM, SK_ERR_LIMIT. */
int cards_read(const struct sysfs *s, const char *path, struct plugged **ret) SK_MUST_CHECK;

/* What is decided about any card. */
void cards_judge(struct plugged *p);

/* Do its files still say that it is one? */
bool cards_is_there(const struct sysfs *s, const struct plugged *p);

/* Has a driver taken it? */
bool cards_bound(const struct sysfs *s, const struct plugged *p);

/* Take it from its driver, or offer it to them. 0 or -errno. */
int cards_set(const struct sysfs *s, const struct plugged *p, bool in) SK_MUST_CHECK;

#endif

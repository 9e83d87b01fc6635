/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The open areas: which filesystem is which area, in shared memory so that every worker knows. */
#ifndef WATCH_AREAS_H
#define WATCH_AREAS_H

#include <stdint.h>
#include "base/buf.h"
#include "watch/shared.h"

/* Mark the filesystem that dir_fd (a folder, opened O_RDONLY through the device process' private
 * mount) lies on, ignore opens through that mount, and remember it. The same area again replaces
 * the old row. `why` gets a sentence on failure. 0, SK_ERR_FORMAT (id, mount), SK_ERR_REFUSED (the
 * system's own filesystem), SK_ERR_UNSUPPORTED (its kind), SK_ERR_LIMIT, -errno. */
int areas_add(const struct guard *g, const char *id, const char *mount, int dir_fd,
              struct buf *why) SK_MUST_CHECK;

/* Forget an area. Its filesystem stays marked until it is unmounted everywhere, so that whatever
 * still reaches it is refused. shut: it was shut down, so nothing can be read there without the mark
 * either. 0 or SK_ERR_NOT_FOUND. */
int areas_drop(const struct guard *g, const char *id, bool shut) SK_MUST_CHECK;

/* Could this be an area's id? */
bool areas_id_valid(const char *id);

/* The area on that filesystem, or NULL. */
const struct guard_area *areas_find(const struct guard *g, uint32_t dev_major, uint32_t dev_minor);

/* How many filesystems the kernel has marked for this group, areas forgotten included, those that were
 * shut down not; -1 when that can't be told. */
int areas_live_marks(const struct guard *g);

#endif

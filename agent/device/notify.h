/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notification groups (fanotify(7)) for sekisho-index, which may not make them itself. */
#ifndef DEVICE_NOTIFY_H
#define DEVICE_NOTIFY_H

#include "base/fault.h"

/* What a group's events tell, as proto.h names it: "names", "opens", "none" (there is no group). */
struct notify {
    int group_fd; /* -1 = none */
    const char *events;
};

/* A group that marks the whole file system of this folder, in the best form that the file system
 * takes. Never fails: the last form is no group at all. The descriptor is the caller's. */
void notify_make(int top_fd, struct notify *ret);

/* The top folder, for reading, of a mount of its own that shows what lies at path: it keeps nobody
 * from unmounting the path. A descriptor, or f->code. */
int notify_place(const char *path, struct fault *f) SK_MUST_CHECK;

#endif

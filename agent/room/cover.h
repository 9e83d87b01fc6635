/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files of this PC rooms share with everybody, so that what rooms do with them is to be kept quiet; and
 * whether somebody was told of it before we came. */
#ifndef ROOM_COVER_H
#define ROOM_COVER_H

#include <stdint.h>
#include "room/quiet.h"

#define COVER_WATCHERS_MAX 16

/* Who watches such files since before they were kept quiet. */
struct cover_watchers {
    struct {
        pid_t pid;
        uint64_t start; /* tells a process from a later one of its number */
    } at[COVER_WATCHERS_MAX];
    size_t count;
};

/* Keep quiet what all rooms show: the system's folders (NULL ends them), devices, the first process' program.
 * 0 or f->code. */
int cover_system(const struct quiet *q, const char *const *shown, const char *init_program,
                 struct fault *f) SK_MUST_CHECK;

/* What is mounted below these folders now is shown too: before each room. */
int cover_mounts(const struct quiet *q, const char *const *shown, struct fault *f) SK_MUST_CHECK;

/* Look at all processes once, after cover_system: whom of people is the kernel to tell what is read in
 * these folders already? One that can't be looked at counts as none. */
void cover_find_watchers(const char *const *shown, struct cover_watchers *ret);

/* One of them that still lives, 0 = none. */
pid_t cover_watcher(const struct cover_watchers *w);

/* A line of /proc/PID/fdinfo/FD (proc_pid_fdinfo(5)): is it a watch of who reads something, and of what? handle
 * has room for MAX_HANDLE_SZ bytes; handle->handle_bytes is 0 where the line has none. */
struct file_handle;
bool cover_parse_watch(const char *line, struct file_handle *ret);

#endif

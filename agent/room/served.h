/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What programs of users serve as file systems (FUSE) in the folders that rooms show: whoever serves one
 * is told each name that is looked for in it. */
#ifndef ROOM_SERVED_H
#define ROOM_SERVED_H

#include <stddef.h>
#include "base/clean.h"

/* Who answers for a file system: this kernel, a program of a user's (FUSE), or a server elsewhere. */
enum served { SERVED_HERE, SERVED_BY_USER, SERVED_REMOTE };

/* A line of mountinfo (proc_pid_mountinfo(5)), without its newline. 1: its mount point lies below one of these folders
 * (NULL ends them), and is in ret_point; 0: it does not; SK_ERR_FORMAT or SK_ERR_LIMIT: it does, and can't be named. */
int served_mount_below(const char *line, size_t len, const char *const *folders, char *ret_point, size_t cap,
                       enum served *ret_kind) SK_MUST_CHECK;

/* Call each for all of them in this process' mount namespace, until it returns an error, which is handed
 * on. Allocates nothing. -errno, or SK_ERR_LIMIT where there are more mounts than can be looked at. */
typedef int served_mount(void *context, const char *point, enum served kind);
int served_each(const char *const *folders, served_mount *each, void *context) SK_MUST_CHECK;

/* Unmount in this process' mount namespace what users serve below these folders. As served_each. */
int served_drop(const char *const *folders) SK_MUST_CHECK;

#endif

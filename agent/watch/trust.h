/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files count as the system's own: owned by root, writable by nobody else, on a filesystem
 * that no ordinary user can bring along. */
#ifndef WATCH_TRUST_H
#define WATCH_TRUST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include "base/clean.h"

/* The filesystems of /, /usr, /opt and of this program's own code, as found at the start. A file in
 * memory, on a user's FUSE mount, in an overlay or on a stick is on none of them. */
void trust_find_devices(void);

/* A regular file of root on such a filesystem that only root may write? Never waits for a network or
 * FUSE server: st comes from trust_stat. */
bool trust_file(const struct statx *st);

/* statx(2) without asking a server (AT_STATX_DONT_SYNC). 0 or -errno. */
int trust_stat(int dir_fd, const char *path, int flags, struct statx *ret) SK_MUST_CHECK;

/* Examine an absolute path of a listed program: every folder on the way, links followed one at a
 * time, must be root's and not writable by others, and so must the file. 0 and *ret, or
 * SK_ERR_REFUSED when somebody else could change what the path means, SK_ERR_FORMAT, -errno. */
int trust_path(const char *path, struct statx *ret) SK_MUST_CHECK;

/* The same of whatever lies there, a folder too: its st_mode, links followed. */
int trust_entry(const char *path, mode_t *ret_mode) SK_MUST_CHECK;

#endif

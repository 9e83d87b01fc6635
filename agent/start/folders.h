/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folders of an instance and the logins of its processes: what must be there before a start. */
#ifndef START_FOLDERS_H
#define START_FOLDERS_H

#include "base/clean.h"

#define FOLDERS_WANTED_CAP 96 /* "USER:GROUP MODE" */

/* Are the logins and the group of <sekisho/paths.h> there? 0, or SK_ERR_NOT_FOUND with the name of
 * the first missing one in *ret_missing (a constant). */
int logins_check(const char **ret_missing) SK_MUST_CHECK;

/* The instance's root must be root's own, closed to other writers, and passable for everybody, or
 * the logins could not reach their folders. NULL: the default instance, nothing to check.
 * 0, SK_ERR_STATE or -errno. */
int instance_check(const char *root) SK_MUST_CHECK;

/* Make every folder that sk_path_owner knows, with its owner, group and mode. One that exists must
 * have exactly these and be no symbolic link: what somebody else prepared is never taken over.
 * 0, or -errno / SK_ERR_STATE with the folder's path in *ret_path (valid as sk_path's) and what it
 * should be in ret_wanted. */
int folders_make(const char **ret_path, char ret_wanted[static FOLDERS_WANTED_CAP]) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files that a person asks for, as the strings that sekisho/ops.h wants. */
#ifndef CLIENT_PATHS_H
#define CLIENT_PATHS_H

#include <jansson.h>
#include <stdbool.h>
#include "base/fault.h"

/* Append the absolute paths of word's regular files to paths (str_escape): the file itself, or what
 * is below a folder, sorted by name. Nothing is opened but folders; those of root's own in an area
 * (.sekisho, lost+found) are left out. Symbolic links, devices and sockets are refused by name
 * (SK_ERR_REFUSED). 0, or the code of the fault. */
int paths_walk(json_t *paths, const char *word, struct fault *f) SK_MUST_CHECK;

/* The same for a path that is there only in the rooms of an area: below the mount of an area with
 * gate = room in `areas` (area.list's rows), absolute and without ".." or ".". It is taken as it
 * stands; whether there is such a file the agent finds out. False: it is no such path, or a fault.
 */
bool paths_in_rooms(json_t *paths, const char *word, const json_t *areas, struct fault *f);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that the person names: to hand over, to ask for, as a proof. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "cli/cli.h"

/* Append the absolute paths of word's regular files to paths, as the strings that sekisho/ops.h wants
 * (str_escape): the file itself, or what is below a folder, sorted by name. Nothing is opened but
 * folders; those of root's own in an area (.sekisho, lost+found) are left out. Symbolic links,
 * devices and sockets are refused by name. CLI_OK, or a code after a message. */
int files_walk(json_t *paths, const char *word) SK_MUST_CHECK;

/* The same for a path that is there only in the rooms of an area: below the mount of an area with
 * gate = room in `areas` (area.list's rows), absolute and without ".." or ".". It is taken as it
 * stands; whether there is such a file the agent finds out. False: it is no such path. */
bool files_in_rooms(json_t *paths, const char *word, const json_t *areas);

/* The whole file, at most max bytes, as a string of the caller's. CLI_OK, or CLI_FAILED after a
 * message. */
int files_read(const char *path, size_t max, char **ret) SK_MUST_CHECK;

/* A new file with these bytes; one that is there already is never replaced. CLI_OK, or CLI_FAILED
 * after a message. */
int files_create(const char *path, const void *data, size_t len, mode_t mode) SK_MUST_CHECK;

#endif

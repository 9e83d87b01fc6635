/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that the person names: to hand over, to ask for, as a proof. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "cli/cli.h"

/* The files of a word that a person named (client/paths.h), those in rooms too where areas (area.list's rows, may
 * be NULL) are given. CLI_OK, or a code after a message. */
int files_walk(json_t *paths, const char *word, const json_t *areas) SK_MUST_CHECK;

/* The whole file, at most max bytes, as a string of the caller's. CLI_OK, or CLI_FAILED after a
 * message. */
int files_read(const char *path, size_t max, char **ret) SK_MUST_CHECK;

/* A new file with these bytes; one that is there already is never replaced. CLI_OK, or CLI_FAILED
 * after a message. */
int files_create(const char *path, const void *data, size_t len, mode_t mode) SK_MUST_CHECK;

/* The same in two steps, so that a place where nothing can be written is known before the act that is
 * written about: a new empty file in *ret_fd; then its bytes. What can't be filled is removed. */
int files_begin(const char *path, mode_t mode, int *ret_fd) SK_MUST_CHECK;
int files_fill(const char *path, int fd, const void *data, size_t len) SK_MUST_CHECK;

/* Append a word as a shell takes it: between '…' where it holds what a shell would read. */
void files_quote(struct buf *b, const char *word);

#endif

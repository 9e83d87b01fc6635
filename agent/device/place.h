/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders and files reached without following a link that anybody else could have put there. */
#ifndef DEVICE_PLACE_H
#define DEVICE_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/fault.h"

/* openat2(2) with RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS always; more resolve bits may be
 * added. A descriptor (close-on-exec) or -errno. */
int place_openat2(int dir_fd, const char *path, uint64_t flags, mode_t mode,
                  uint64_t resolve) SK_MUST_CHECK;

/* Below an area's private mount: openat2 with RESOLVE_BENEATH and RESOLVE_NO_XDEV too. */
int place_open_below(int area_fd, const char *path, uint64_t flags, mode_t mode) SK_MUST_CHECK;

/* An existing folder at an absolute path without links, for reading; an fd, or f->code. */
int place_open_folder(const char *path, struct fault *f) SK_MUST_CHECK;

/* The folder that an area is attached to: absolute path; it and every folder above it are root's
 * and writable for nobody else (or sticky); none is on one of the `forbidden` devices; it is empty
 * and no mount lies on it. Made (0755) when its parent exists. An O_PATH descriptor, or f->code;
 * *ret_made tells whether it was made. */
int place_mount_point(const char *path, const dev_t *forbidden, size_t forbidden_count,
                      bool *ret_made, struct fault *f) SK_MUST_CHECK;

/* A folder inside dir_fd, made with the mode when it is absent: root's own, opened for reading.
 * A descriptor, or f->code. */
int place_own_folder(int dir_fd, const char *name, mode_t mode, struct fault *f) SK_MUST_CHECK;

/* Remove a folder that holds files only. 0 (also when there is none) or -errno. */
int place_remove_flat(int dir_fd, const char *name) SK_MUST_CHECK;

#endif

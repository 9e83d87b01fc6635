/* SPDX-License-Identifier: GPL-3.0-or-later */
/* File handles (open_by_handle_at(2)): what names an inode for as long as it lives, and no other
 * inode afterwards. A handle means something only together with the file system that it came from. Some
 * file systems have none that last; there the path stands in, and a file that moves is another one. */
#ifndef INDEX_HANDLE_H
#define INDEX_HANDLE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

#define HANDLE_MAX 27 /* bytes; ext4 has 8, xfs 8 or 12, tmpfs 12, btrfs 20 */

#define HANDLE_OF_PATH (-1) /* type: no kernel's; the bytes are a digest of the path */

struct handle {
    int32_t type;
    uint8_t len;
    uint8_t bytes[HANDLE_MAX];
};

bool handle_eq(const struct handle *a, const struct handle *b);
uint64_t handle_hash(const struct handle *h, uint64_t seed);

/* A struct file_handle as the kernel gives it: u32 bytes, i32 type, then the bytes. 0, SK_ERR_FORMAT,
 * SK_ERR_LIMIT (longer than HANDLE_MAX). */
int handle_read(struct cursor *c, struct handle *ret) SK_MUST_CHECK;

/* The handle of a name in a folder, of a link itself where it is one (AT_EMPTY_PATH in flags for the
 * descriptor). 0, -errno, SK_ERR_LIMIT. */
int handle_of(int dir_fd, const char *name, int flags, struct handle *ret) SK_MUST_CHECK;

/* Do this file system's handles (its statfs(2) type) lead to their inodes until these are deleted, also
 * after all memory of them is lost and after the next mount? */
bool handle_lasts(long type);

/* What stands in for the handle of that path, relative to the volume's top. 0 or negative. */
int handle_of_path(const char *path, struct handle *ret) SK_MUST_CHECK;

/* Open it on the mount that mount_fd lies on (open(2) flags). A descriptor, or -errno (-ESTALE when
 * the inode is gone). */
int handle_open(int mount_fd, const struct handle *h, int flags) SK_MUST_CHECK;

#endif

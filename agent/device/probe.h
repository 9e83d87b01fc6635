/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies on a block device or in an image file, by libblkid. Reads only. */
#ifndef DEVICE_PROBE_H
#define DEVICE_PROBE_H

#include <stdint.h>
#include <sys/types.h>
#include "base/clean.h"

#define PROBE_WORD_CAP 64

struct probe {
    char type[PROBE_WORD_CAP]; /* "ext4", "xfs", "crypto_LUKS", …; "" = nothing recognised */
    char uuid[PROBE_WORD_CAP]; /* "" = none */
    uint64_t bytes;            /* size of the device or file */
};

/* File systems, RAID members, LUKS headers and partition tables count as content; several at once
 * read as type "ambiguous". 0 or -errno. */
int probe_fd(int fd, struct probe *ret) SK_MUST_CHECK;
int probe_path(const char *path, struct probe *ret) SK_MUST_CHECK;

/* The block device under a mounted file system (st_dev), by sysfs's name for it.
 * 0, SK_ERR_UNSUPPORTED when it has no device of its own (tmpfs, btrfs, network), -errno. */
int probe_mounted(dev_t device, struct probe *ret) SK_MUST_CHECK;

/* "/dev/…" of a block device number, by /sys/dev/block/MAJOR:MINOR/uevent. 0, SK_ERR_NOT_FOUND. */
#define PROBE_PATH_CAP 256
int probe_device_path(dev_t device, char ret[static PROBE_PATH_CAP]) SK_MUST_CHECK;

#endif

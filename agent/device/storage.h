/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file or block device really lies on, as far as this machine can tell: statements for an
 * erasure (<sekisho/erasure.h>). Layers are followed down: file system, loop device, image, partition,
 * device mapper, RAID, disk. Sources: statfs(2), ioctl_fiemap(2), /sys/dev/block (Documentation/ABI),
 * the device mapper's own tables. What is not known is SK_STATEMENT_UNKNOWN, never nothing. */
#ifndef DEVICE_STORAGE_H
#define DEVICE_STORAGE_H

#include <stdint.h>
#include <sys/types.h>
#include "base/clean.h"
#include "base/digest.h"

/* Statements about the storage of an open file (for reading at least), its content included: shared,
 * inline or copy-on-write extents, holes where it backs a loop device. */
uint32_t storage_of_file(int fd);
/* The same of an image in which somebody else's blocks lie: one with holes has lost some of them. */
uint32_t storage_of_image(int fd);

/* Statements about a block device. */
uint32_t storage_of_device(dev_t device);

/* Statements about one file's extents alone. */
uint32_t storage_of_extents(int fd);

/* Where the content lies on its device, as a digest: equal before and after an overwriting, it was overwritten in
 * place. 0, or negative where the file system does not say. */
int storage_places(int fd, uint8_t ret[static DIGEST_LEN]) SK_MUST_CHECK;

/* Have what this machine keeps in memory of a file and of the images below it written and forgotten, so
 * that the next reading comes from the storage. */
void storage_forget(int fd);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices as sysfs shows them: what one says of itself, and the switches by which the kernel is told what may
 * become of it (Documentation/usb/authorization.rst). Paths are below /sys and come from the kernel. */
#ifndef PLUG_SYSFS_H
#define PLUG_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include "plug/plug.h"

struct sysfs; /* opaque */

/* root: "/sys", or a tree like it (tests). 0 or -errno. */
int sysfs_open(const char *root, struct sysfs **ret) SK_MUST_CHECK;
void sysfs_close(struct sysfs **s);

/* Its descriptor, for a process that is to use it. */
int sysfs_fd(const struct sysfs *s);

/* Is it a root hub ("usb1")? Root hubs are the controllers' own and are never judged. */
bool sysfs_is_root_hub(const char *path);

/* Where it is plugged in: the controller's name, a slash, the ports from the root hub on. "" appended when the
 * path is none of a USB device. A failure is in out->err. */
void sysfs_port(const char *path, struct buf *out);

/* A file of path that holds text, escaped, without its last newline; "" = it can't be read. What is too long is as if
 * it said nothing: *whole becomes false. NULL = no memory. */
char *sysfs_text(const struct sysfs *s, const char *path, const char *name, bool *whole);

/* Which folder is there: another device at the same path has another. 0 = none. */
ino_t sysfs_folder(const struct sysfs *s, const char *path);

/* The driver that took what is at path, "" = none. */
void sysfs_driver(const struct sysfs *s, const char *path, char ret[static 64]);

/* Write a switch. 0 or -errno. */
int sysfs_write(const struct sysfs *s, const char *path, const char *name, const char *value) SK_MUST_CHECK;

/* All that is known of the device at path; what can't be read leaves readable false. 0, -ENOENT (it is gone),
 * -ENOMEM, SK_ERR_LIMIT (the path). Free with plugged_free. */
int sysfs_read(const struct sysfs *s, const char *path, struct plugged **ret) SK_MUST_CHECK;

/* Is what is at p's path now the device that was read? */
bool sysfs_is_same(const struct sysfs *s, const struct plugged *p);

/* What the kernel says now: 1 authorized, 0 not, -errno (-ENOENT: it is gone). */
int sysfs_authorized(const struct sysfs *s, const char *path) SK_MUST_CHECK;
int sysfs_authorize(const struct sysfs *s, const char *path, bool yes) SK_MUST_CHECK;

/* From now on nothing that is plugged in below this root hub is let in by the kernel itself; of what is let in all
 * interfaces are. 0 or -errno. */
int sysfs_close_root_hub(const struct sysfs *s, const char *path) SK_MUST_CHECK;

/* Let the device in, but of its interfaces only those that d allows. Of one that is in already the
 * others are shut, and these go on as they are. 0 or -errno; then nothing of it is in, but what was in already and holds
 * no files. */
int sysfs_authorize_partly(const struct sysfs *s, const char *path, const struct plugged_decision *d) SK_MUST_CHECK;

/* Call each with the class, subclass and protocol of every interface that the device has now and the driver that
 * took it ("" = none). Stops at what is not 0, and returns it. -errno when they can't be listed. */
typedef int sysfs_each(void *context, const struct plugged_interface *i, const char *driver);
int sysfs_interfaces(const struct sysfs *s, const char *path, sysfs_each *each, void *context) SK_MUST_CHECK;

/* Is the block device with this number ("8:1") that device's, or made of one that is (device mapper, md)? */
bool sysfs_block_of(const struct sysfs *s, const char *path, const char *number);

#endif

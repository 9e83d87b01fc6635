/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An area in the mount namespaces of others: services, containers and rooms keep copies of the
 * mounts that were there when they began. */
#ifndef DEVICE_ELSEWHERE_H
#define DEVICE_ELSEWHERE_H

#include <sys/types.h>

/* Unmount the device in every other mount namespace that a process lives in. What is busy there
 * stays, and so does what the kernel locks: a namespace made together with a user namespace can't
 * be taken apart mount by mount (mount_namespaces(7)). */
void elsewhere_unmount(dev_t device);

#endif

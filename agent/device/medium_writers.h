/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A medium's file system is writable for as long as something writes to it. What that asks of the medium is done in
 * processes: of the job, and one that closes it to writers again. */
#ifndef DEVICE_MEDIUM_WRITERS_H
#define DEVICE_MEDIUM_WRITERS_H

#include <stdint.h>
#include <sys/types.h>
#include "base/child.h"

/* In the job's own process: writable from here on. closer: the process (pidfd) that closes it still, -1 = none; it is
 * waited for, as long as a medium may take. 0 or f->code. */
int medium_writers_begin(int mount_fd, int closer, struct fault *f) SK_MUST_CHECK;

/* Start a process that closes it. Its end is the caller's (child_end). 0 or f->code. */
int medium_writers_close(int mount_fd, struct child *ret, struct fault *f) SK_MUST_CHECK;
/* Its answer, after the socket became readable. True: closed, and *ret_free is what is free now; false: something has
 * a file open there still. */
bool medium_writers_closed(int sock, uint64_t *ret_free);

/* Nothing of ours holds these mounts any more (-1: none), nor shows a copy elsewhere (part: of which device; 0: none): the last close, which may wait for
 * the medium, is a process's own. The descriptors are closed here. */
void medium_writers_leave(dev_t part, int *private_fd, int *shown_fd);

#endif

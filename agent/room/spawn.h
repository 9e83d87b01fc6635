/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting bubblewrap: in a cgroup, in a mount namespace of its own that nobody else sees. */
#ifndef ROOM_SPAWN_H
#define ROOM_SPAWN_H

#include "base/fault.h"
#include "room/walls.h"

#define SPAWN_BWRAP      "/usr/bin/bwrap"
#define SPAWN_MOUNTS_MAX 4
#define SPAWN_KEPT_MAX   6

/* Zero-initialise. Descriptors stay the caller's. */
struct spawn {
    const struct words *words; /* argv, words->at[0] is the program's name */
    int entrance_fd;           /* cgroup.procs, cgroup_entrance() */
    int errors_fd;             /* a file: what goes wrong on the way is written there */
    struct {
        int fd;         /* a mount that is attached nowhere */
        const char *on; /* path that it comes to lie on, in that namespace only */
    } mounts[SPAWN_MOUNTS_MAX];
    size_t mount_count;
    int sealed_fd;               /* idmap_open_sealed */
    const char *const *sealed;   /* folders of the system that are shown sealed; NULL after the last */
    int kept[SPAWN_KEPT_MAX]; /* descriptors that bubblewrap gets, under their numbers */
    size_t kept_count;
};

/* Fork and exec. 0 or f->code: later failures are in errors_fd and the end of the process. */
int spawn_walled(const struct spawn *s, pid_t *ret, struct fault *f) SK_MUST_CHECK;

/* A file in memory for errors_fd, and what was written to it since, as one line to show. */
int spawn_errors(struct fault *f) SK_MUST_CHECK;
void spawn_read_errors(int errors_fd, struct buf *ret);

/* Read the child's process number that bubblewrap writes (--info-fd) to this pipe's other end. 0,
 * SK_ERR_CLOSED when it ended before, SK_ERR_TIMEOUT, SK_ERR_FORMAT. */
int spawn_read_info(int info_fd, int timeout_ms, pid_t *ret) SK_MUST_CHECK;

#endif

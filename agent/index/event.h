/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What read(2) of a notification group gives (fanotify(7)), as events. Pure: parses bytes. */
#ifndef INDEX_EVENT_H
#define INDEX_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include "index/handle.h"

/* A name in a folder; name is NULL when the event has none. It lives as long as the bytes read. */
struct event_place {
    struct handle dir;
    const char *name;
};

struct event {
    uint64_t mask;   /* FAN_… */
    int pid;         /* 0 = unknown */
    int pidfd;       /* -1 = none; the taker of the event closes it */
    int fd;          /* of a group without FID: the file, -1 = none; the taker closes it */
    bool has_target;
    struct handle target;        /* the inode itself */
    struct event_place at;       /* where it is now, or the new name of a rename */
    struct event_place before;   /* the old name of a rename */
};

/* The next event under the cursor, which starts with the bytes of one read. 1, 0 at the end,
 * SK_ERR_FORMAT (nothing more can be read; descriptors in the rest are unknown). */
int event_next(struct cursor *c, struct event *ret) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A process of this one for what may take long, or never end: storage that others serve, a device that does not answer. */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stddef.h>
#include "base/fault.h"

struct child {
    int sock;       /* to it, SOCK_SEQPACKET; ready when it has said something, or has died */
    int process_fd; /* pidfd */
};
#define CHILD_NONE {.sock = -1, .process_fd = -1}

/* Fork. The child has a copy of this memory and nothing of ours open but what is kept (-1 is passed over), its end of
 * the socket, stdio and the kernel's random numbers; it ends when run returns, and with this process. 0 or f->code. */
int child_start(struct child *ret, const int *keep, size_t keep_count, void (*run)(void *context, int sock),
                void *context, struct fault *f) SK_MUST_CHECK;

/* Close the socket, by which the child learns that nobody wants it any more; after wait_ms it is killed. One that
 * waits for storage that does not answer may stay until that is gone: it holds nothing of ours. */
void child_end(struct child *c, int wait_ms);

/* Nobody waits for it: it goes on to its own end, at the latest that of this process. */
void child_leave(struct child *c);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* medium_writers.c owns the processes that make a medium's file system writable, close it and let go of it. It must never
 * ask a medium anything in the process that serves. */
#include "device/medium_writers.h"
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/fdio.h"
#include "device/elsewhere.h"
#include "device/medium_read.h"
#include "wire/wire.h"

#define CLOSER_MS 20000 /* how long a job waits for the close before it */
#define SEND_MS   10000

/* Between two processes of one program, so as it lies in memory. */
struct answer {
    bool closed;
    uint64_t free;
};

int medium_writers_begin(int mount_fd, int closer, struct fault *f)
{
    if (closer >= 0 && fd_wait(closer, POLLIN, CLOSER_MS) != 1)
        return fault_set(f, SK_ERR_TIMEOUT, "the medium does not answer");
    return medium_writable(mount_fd, true, f);
}

static void run(void *context, int sock)
{
    const int *mount_fd = context;
    struct fault ignored = {0};
    struct answer a = {0};
    autoclose int top = openat(*mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top >= 0)
        (void)syncfs(top);
    a.closed = medium_writable(*mount_fd, false, &ignored) == 0;
    a.free = medium_free(*mount_fd);
    (void)!wire_send(sock, SK_MSG_OK, &a, sizeof a, NULL, 0, SEND_MS);
}

int medium_writers_close(int mount_fd, struct child *ret, struct fault *f)
{
    return child_start(ret, &mount_fd, 1, run, &mount_fd, f);
}

bool medium_writers_closed(int sock, uint64_t *ret_free)
{
    autowire struct wire_message m = {0};
    struct answer a;
    if (wire_receive(sock, &m, 0) != 0 || m.payload.len != sizeof a)
        return false;
    memcpy(&a, m.payload.data, sizeof a);
    *ret_free = a.free;
    return a.closed;
}

static void let_go(void *context, int sock)
{
    (void)sock;
    elsewhere_unmount(*(const dev_t *)context);
}

void medium_writers_leave(dev_t part, int *private_fd, int *shown_fd)
{
    const int keep[] = {*private_fd, *shown_fd};
    struct child child = CHILD_NONE;
    struct fault ignored = {0};
    if (part != 0 && child_start(&child, keep, array_count(keep), let_go, &part, &ignored) == 0)
        child_leave(&child);
    if (*private_fd >= 0)
        close(steal_fd(private_fd));
    if (*shown_fd >= 0)
        close(steal_fd(shown_fd));
}

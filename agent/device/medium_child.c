/* SPDX-License-Identifier: GPL-3.0-or-later */
/* medium_child.c owns the process that looks at a medium. It must never hand on what it read of a medium's
 * token. */
#include "device/medium_child.h"
#include <sodium.h>
#include <string.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "wire/wire.h"

#define ANSWER_MS 5000 /* until the parent takes it */
#define MOUNTS    2    /* descriptors that come with an answer */

/* Between two processes of one program, so as it lies in memory. */
struct answer {
    int result;
    struct fault fault;
    struct medium_found found;
};

struct look {
    const char *number;
    const struct identity *mark;
    const char *tag;
};

static int look(const struct look *l, struct answer *a)
{
    dev_t disk;
    if (medium_number(l->number, &disk) != 0)
        return fault_set(&a->fault, SK_ERR_FORMAT, "\"%s\" is no number of a disk", l->number);
    int r = medium_read(disk, &a->found, &a->fault);
    return r == 0 && l->mark ? medium_mark(&a->found, l->mark, l->tag, &a->fault) : r;
}

static void run(void *context, int sock)
{
    struct answer a = {.found = MEDIUM_FOUND_NONE};
    a.result = look(context, &a);
    sodium_memzero(a.found.identity.token, sizeof a.found.identity.token); /* nobody else needs it */
    int fds[MOUNTS] = {a.found.private_fd, a.found.shown_fd};
    int r = wire_send(sock, SK_MSG_MEDIUM_IS, &a, sizeof a, fds, a.result == 0 ? MOUNTS : 0, ANSWER_MS);
    sodium_memzero(&a, sizeof a);
    if (r != 0)
        _exit(1);
}

int medium_child_start(const char *number, const struct identity *mark, const char *tag, struct child *ret, struct fault *f)
{
    struct look l = {.number = number, .mark = mark, .tag = tag};
    return child_start(ret, NULL, 0, run, &l, f);
}

int medium_child_end(int sock, struct medium_found *ret, struct fault *f)
{
    autowire struct wire_message m = {0};
    struct answer a;
    int r = wire_receive(sock, &m, 0);
    if (r != 0 || m.type != SK_MSG_MEDIUM_IS || m.payload.len != sizeof a)
        return fault_set(f, r != 0 ? r : SK_ERR_FORMAT, "the medium could not be looked at");
    memcpy(&a, m.payload.data, sizeof a);
    if (a.result == 0 && m.fd_count != MOUNTS)
        return fault_set(f, SK_ERR_FORMAT, "the medium could not be looked at");
    if (a.result != 0) {
        *f = a.fault;
        return a.result;
    }
    *ret = a.found;
    ret->private_fd = steal_fd(&m.fds[0]);
    ret->shown_fd = steal_fd(&m.fds[1]);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hand.c owns the processes that use devices' switches. It must never wait for one longer than the loop may be away. */
#include "plug/hand.h"
#include <poll.h>
#include <sekisho/err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include "base/child.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/fdio.h"
#include "plug/cards.h"

struct hand {
    struct child child;
    const struct sysfs *sysfs;
    const struct plugged *device; /* of the process only */
    bool on;
    uint64_t since_ns; /* CLOCK_BOOTTIME */
};

static int use_switch(const struct hand *h)
{
    const struct plugged *p = h->device;
    if (p->bus == PLUG_CARD)
        return cards_set(h->sysfs, p, h->on);
    if (h->on && p->decision.verdict == PLUGGED_PARTLY)
        return sysfs_authorize_partly(h->sysfs, p->path, &p->decision);
    return sysfs_authorize(h->sysfs, p->path, h->on);
}

static void run(void *context, int sock)
{
    int r = use_switch(context);
    (void)!send(sock, &r, sizeof r, MSG_NOSIGNAL);
}

static int outcome(const struct hand *h, int wait_ms)
{
    int r;
    if (fd_wait(h->child.sock, POLLIN, wait_ms) != 1)
        return SK_ERR_TIMEOUT;
    return recv(h->child.sock, &r, sizeof r, MSG_DONTWAIT) == (ssize_t)sizeof r ? r : -EIO;
}

int hand_turn(const struct sysfs *s, const struct plugged *p, bool on, struct hand **ret)
{
    struct fault f = {0};
    int keep = sysfs_fd(s);
    struct hand *h = malloc(sizeof *h);
    if (!h)
        return -ENOMEM;
    *h = (struct hand){.child = CHILD_NONE, .sysfs = s, .device = p, .on = on, .since_ns = clock_boot_ns()};
    int r = child_start(&h->child, &keep, 1, run, h, &f);
    if (r == 0)
        r = outcome(h, HAND_WAIT_MS);
    if (r == SK_ERR_TIMEOUT)
        *ret = h;
    else
        hand_drop(&h);
    return r;
}

int hand_fd(const struct hand *h)
{
    return h->child.sock;
}

bool hand_is_silent(const struct hand *h)
{
    return clock_boot_ns() - h->since_ns >= HAND_SILENT_MS * UINT64_C(1000000);
}

int hand_end(struct hand **at, bool *ret_on)
{
    int r = outcome(*at, 0);
    if (r == SK_ERR_TIMEOUT)
        return r;
    *ret_on = (*at)->on;
    hand_drop(at);
    return r;
}

void hand_drop(struct hand **at)
{
    struct hand *h = steal_ptr(at);
    if (!h)
        return;
    child_end(&h->child, 0);
    free(h);
}

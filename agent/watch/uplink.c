/* SPDX-License-Identifier: GPL-3.0-or-later */
/* uplink.c owns watch's side of ledger.sock. It must never wait for the ledger: what it has to say
 * lies in the ring. */
#include "watch/uplink.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/log.h"
#include "watch/wait.h"
#include "wire/wire.h"

#define WAIT_FIRST_MS 100
#define WAIT_LAST_MS  5000
#define BELL_MS       10 /* between two rings while the ledger has something to do */
#define BELL_HURRY_MS 1  /* the same when the ring is half full */

/* The eventfd does not block; a full counter means that the bell rings already. */
static void ring_bell(struct uplink *u)
{
    const uint64_t one = 1;
    u->rang_ns = guard_now_ns();
    if (write(GUARD_FD_BELL, &one, sizeof one) < 0)
        return;
}

void uplink_init(struct uplink *u)
{
    *u = (struct uplink){.sock = -1, .wait_ms = 0};
}

static void lose(const struct guard *g, struct uplink *u)
{
    if (u->accepted)
        log_warn("%s", failure_text(FAILURE_OF_LEDGER));
    failure_note(g, FAILURE_OF_LEDGER);
    if (u->sock >= 0) {
        wait_drop(u->sock);
        close(u->sock);
    }
    u->sock = -1;
    u->accepted = false;
    u->wait_ms = u->wait_ms == 0 ? WAIT_FIRST_MS : u->wait_ms * 2;
    if (u->wait_ms > WAIT_LAST_MS)
        u->wait_ms = WAIT_LAST_MS;
}

/* wire_connect would wait while the listener's queue is full. */
static int connect_now(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = sk_path(SK_PATH_LEDGER_SOCKET);
    size_t len = strlen(path);
    if (len >= sizeof address.sun_path)
        return SK_ERR_LIMIT;
    memcpy(address.sun_path, path, len + 1);
    autoclose int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0 || connect(sock, (const struct sockaddr *)&address, sizeof address) != 0)
        return -errno;
    return steal_fd(&sock);
}

void uplink_tend(const struct guard *g, struct uplink *u)
{
    if (ring_head(g->ring) != ring_tail(g->ring) && guard_silent(u->rang_ns, GUARD_BEAT_MS))
        ring_bell(u);
    if (u->sock >= 0 || (u->wait_ms > 0 && !guard_silent(u->tried_ns, u->wait_ms)))
        return;
    const int fds[] = {GUARD_FD_RING, GUARD_FD_BELL};
    u->tried_ns = guard_now_ns();
    u->sock = connect_now();
    if (u->sock < 0 || wait_add(u->sock, WAIT_UPLINK) != 0 ||
        wire_send(u->sock, SK_MSG_RING, NULL, 0, fds, array_count(fds), 0) != 0)
        lose(g, u);
}

void uplink_read(const struct guard *g, struct uplink *u)
{
    autowire struct wire_message m = {0};
    int r = wire_receive(u->sock, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    if (r != 0 || m.type != SK_MSG_OK) {
        lose(g, u);
        return;
    }
    if (!u->accepted)
        log_info("the ledger has the ring");
    u->accepted = true;
    u->wait_ms = 0;
    ring_bell(u);
}

void uplink_news(const struct guard *g, struct uplink *u, uint64_t head_before)
{
    uint64_t head = ring_head(g->ring);
    if (head == head_before)
        return;
    /* the ledger looks at head after it has moved tail, this process at tail after it has moved
     * head: one of the two sees the other's */
    atomic_thread_fence(memory_order_seq_cst);
    uint64_t waiting = head - ring_tail(g->ring);
    bool was_idle = waiting <= head - head_before;
    unsigned patience_ms = waiting >= RING_SLOTS / 2 ? BELL_HURRY_MS : BELL_MS;
    if (was_idle || guard_silent(u->rang_ns, patience_ms))
        ring_bell(u);
}

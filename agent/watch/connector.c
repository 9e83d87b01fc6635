/* SPDX-License-Identifier: GPL-3.0-or-later */
/* connector.c owns the process connector's socket and messages. It must never wait in connector_next
 * nor believe a datagram that another process sent. */
#include "watch/connector.h"
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/fdio.h"

#define RECEIVE_BUFFER  (8 * 1024 * 1024) /* bytes: some ten thousand events between two decisions */
#define CONFIRM_MS      1000
#define DATAGRAM_MAX    1024 /* bytes; an event has about 80 */

static int bell = -1; /* an epoll instance with the socket alone */

/* One datagram from the kernel: its length, 0 when it is not the kernel's, -errno. */
static ssize_t receive(int sock, void *data, size_t cap)
{
    struct sockaddr_nl from = {0};
    socklen_t from_len = sizeof from;
    ssize_t n;
    do
        n = recvfrom(sock, data, cap, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    return from_len == sizeof from && from.nl_pid == 0 ? n : 0;
}

static const struct proc_event *event_of(const void *datagram, size_t len,
                                         struct proc_event *copy)
{
    struct nlmsghdr head;
    struct cn_msg message;
    const size_t before = NLMSG_HDRLEN + sizeof message;
    if (len < before + offsetof(struct proc_event, event_data))
        return NULL;
    memcpy(&head, datagram, sizeof head);
    memcpy(&message, (const char *)datagram + NLMSG_HDRLEN, sizeof message);
    if (head.nlmsg_len > len || head.nlmsg_len < before || message.id.idx != CN_IDX_PROC ||
        message.id.val != CN_VAL_PROC || message.len > head.nlmsg_len - before ||
        message.len < offsetof(struct proc_event, event_data))
        return NULL;
    memset(copy, 0, sizeof *copy);
    memcpy(copy, (const char *)datagram + before,
           message.len < sizeof *copy ? message.len : sizeof *copy);
    return copy;
}

static int confirm(int sock)
{
    char datagram[DATAGRAM_MAX];
    for (;;) {
        int r = fd_wait(sock, POLLIN, CONFIRM_MS);
        if (r <= 0)
            return r == 0 ? SK_ERR_UNSUPPORTED : r;
        ssize_t n = receive(sock, datagram, sizeof datagram);
        if (n < 0 && n != -EAGAIN)
            return (int)n;
        struct proc_event copy;
        const struct proc_event *e = n > 0 ? event_of(datagram, (size_t)n, &copy) : NULL;
        if (e && e->what == PROC_EVENT_NONE)
            return e->event_data.ack.err == 0 ? 0 : -(int)e->event_data.ack.err;
    }
}

int connector_open(void)
{
    const enum proc_cn_mcast_op op = PROC_CN_MCAST_LISTEN;
    const struct cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof op};
    char ask[NLMSG_HDRLEN + sizeof message + sizeof op];
    const struct nlmsghdr head = {.nlmsg_len = sizeof ask, .nlmsg_type = NLMSG_DONE};
    memcpy(ask, &head, sizeof head);
    memcpy(ask + NLMSG_HDRLEN, &message, sizeof message);
    memcpy(ask + NLMSG_HDRLEN + sizeof message, &op, sizeof op);
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
    autoclose int sock =
        socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
    if (sock < 0)
        return errno == EPROTONOSUPPORT ? SK_ERR_UNSUPPORTED : -errno;
    if (bind(sock, (const struct sockaddr *)&address, sizeof address) != 0)
        return -errno;
    const int bytes = RECEIVE_BUFFER;
    if (setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0 &&
        setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0)
        return -errno;
    if (send(sock, ask, sizeof ask, 0) < 0)
        return errno == ECONNREFUSED ? SK_ERR_UNSUPPORTED : -errno;
    int r = confirm(sock);
    return r == 0 ? steal_fd(&sock) : r;
}

enum connector_news connector_parse(const void *datagram, size_t len, pid_t *ret_pid)
{
    struct proc_event copy;
    const struct proc_event *e = event_of(datagram, len, &copy);
    if (!e)
        return CONNECTOR_UNKNOWN;
    switch ((unsigned)e->what) {
    case PROC_EVENT_NONE:
    case PROC_EVENT_FORK:
    case PROC_EVENT_SID:
    case PROC_EVENT_COREDUMP:
        return CONNECTOR_NOTHING;
    case PROC_EVENT_EXEC:
        *ret_pid = e->event_data.exec.process_tgid;
        return CONNECTOR_CHANGED;
    case PROC_EVENT_UID:
    case PROC_EVENT_GID:
        *ret_pid = e->event_data.id.process_tgid;
        return CONNECTOR_CHANGED;
    case PROC_EVENT_PTRACE:
        *ret_pid = e->event_data.ptrace.process_tgid;
        return CONNECTOR_CHANGED;
    case PROC_EVENT_COMM:
        *ret_pid = e->event_data.comm.process_tgid;
        return CONNECTOR_CHANGED;
    case PROC_EVENT_EXIT:
        *ret_pid = e->event_data.exit.process_tgid;
        return CONNECTOR_CHANGED;
    default:
        return CONNECTOR_UNKNOWN;
    }
}

void connector_begin(int sock)
{
    struct epoll_event e = {.events = EPOLLIN};
    autoclose int instance = epoll_create1(EPOLL_CLOEXEC);
    if (instance >= 0 && epoll_ctl(instance, EPOLL_CTL_ADD, sock, &e) == 0)
        bell = steal_fd(&instance);
}

bool connector_rings(void)
{
    struct epoll_event e;
    return bell < 0 || epoll_wait(bell, &e, 1, 0) != 0;
}

int connector_next(int sock, enum connector_news *ret, pid_t *ret_pid)
{
    char datagram[DATAGRAM_MAX];
    ssize_t n = receive(sock, datagram, sizeof datagram);
    if (n == -EAGAIN)
        return 0;
    if (n < 0)
        return (int)n;
    *ret = n == 0 ? CONNECTOR_NOTHING : connector_parse(datagram, (size_t)n, ret_pid);
    return 1;
}

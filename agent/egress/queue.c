/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue.c owns the netlink messages of a packet queue. It must never let a packet through by
 * itself: what it can't read is dropped, and a queue whose owner is gone lets nothing through (the
 * rules name no bypass, or a guard behind it refuses). */
#include "egress/queue.h"
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdlib.h>

#define MESSAGE_MAX  ((size_t)(0xffff + 8192)) /* bytes: one packet, and what is told of it */
#define COPIED_MAX   0xffff                    /* bytes of each packet that come along */
#define SMALL_MAX    256                       /* bytes of a question or an answer of ours */
#define BUFFER_BYTES (4 * 1024 * 1024)         /* of the socket */

struct queue {
    struct mnl_socket *socket;
    uint16_t number;
    uint32_t sequence;
    void (*take)(void *context, const struct queued *packet);
    void *context;
    uint8_t message[MESSAGE_MAX];
};

static struct nlmsghdr *begin(const struct queue *q, void *message, uint16_t type, uint16_t flags)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(message);
    h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
    h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof *g);
    *g = (struct nfgenmsg){
        .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons(q->number)};
    return h;
}

static int send_message(struct queue *q, const struct nlmsghdr *h)
{
    return mnl_socket_sendto(q->socket, h, h->nlmsg_len) < 0 ? -errno : 0;
}

/* A question that the kernel says yes or no to. */
static int ask(struct queue *q, struct nlmsghdr *h)
{
    uint8_t answer[SMALL_MAX * 4];
    h->nlmsg_seq = ++q->sequence;
    int r = send_message(q, h);
    while (r == 0) {
        ssize_t n = mnl_socket_recvfrom(q->socket, answer, sizeof answer);
        if (n < 0)
            return -errno;
        r = mnl_cb_run(answer, (size_t)n, q->sequence, mnl_socket_get_portid(q->socket), NULL,
                       NULL);
        if (r < 0)
            return -errno;
        if (r == MNL_CB_STOP)
            return 0;
    }
    return r;
}

static int configure(struct queue *q)
{
    uint8_t message[SMALL_MAX];
    const struct nfqnl_msg_config_cmd bind = {.command = NFQNL_CFG_CMD_BIND};
    const struct nfqnl_msg_config_params whole = {.copy_range = htonl(COPIED_MAX),
                                                  .copy_mode = NFQNL_COPY_PACKET};
    struct nlmsghdr *h = begin(q, message, NFQNL_MSG_CONFIG, NLM_F_ACK);
    mnl_attr_put(h, NFQA_CFG_CMD, sizeof bind, &bind);
    int r = ask(q, h);
    if (r != 0)
        return r;
    h = begin(q, message, NFQNL_MSG_CONFIG, NLM_F_ACK);
    mnl_attr_put(h, NFQA_CFG_PARAMS, sizeof whole, &whole);
    /* large segments come in one piece, and whose they are with them; never NFQA_CFG_F_FAIL_OPEN */
    mnl_attr_put_u32(h, NFQA_CFG_FLAGS, htonl(NFQA_CFG_F_GSO | NFQA_CFG_F_UID_GID));
    mnl_attr_put_u32(h, NFQA_CFG_MASK,
                     htonl(NFQA_CFG_F_GSO | NFQA_CFG_F_UID_GID | NFQA_CFG_F_FAIL_OPEN));
    mnl_attr_put_u32(h, NFQA_CFG_QUEUE_MAXLEN, htonl(QUEUE_LENGTH_MAX));
    return ask(q, h);
}

int queue_open(uint16_t number, struct queue **ret)
{
    int on = 1, bytes = BUFFER_BYTES;
    autoqueue struct queue *q = calloc(1, sizeof *q);
    if (!q)
        return -ENOMEM;
    q->number = number;
    q->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
    if (!q->socket || mnl_socket_bind(q->socket, 0, MNL_SOCKET_AUTOPID) != 0)
        return -errno;
    int fd = mnl_socket_get_fd(q->socket);
    /* more than that is dropped and sent again, and no reason to stop reading */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
        (void)!setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (mnl_socket_setsockopt(q->socket, NETLINK_NO_ENOBUFS, &on, sizeof on) != 0)
        return -errno;
    int r = configure(q);
    if (r != 0)
        return r;
    *ret = q;
    q = NULL;
    return 0;
}

void queue_close(struct queue **q)
{
    if (!*q)
        return;
    if ((*q)->socket)
        mnl_socket_close((*q)->socket);
    free(*q);
    *q = NULL;
}

int queue_fd(const struct queue *q)
{
    return mnl_socket_get_fd(q->socket);
}

struct told {
    const struct nlattr *head, *payload, *uid, *mark;
};

static int note_attribute(const struct nlattr *a, void *told)
{
    struct told *t = told;
    switch (mnl_attr_get_type(a)) {
    case NFQA_PACKET_HDR:
        t->head = mnl_attr_get_payload_len(a) >= sizeof(struct nfqnl_msg_packet_hdr) ? a : NULL;
        break;
    case NFQA_PAYLOAD:
        t->payload = a;
        break;
    case NFQA_UID:
        t->uid = mnl_attr_validate(a, MNL_TYPE_U32) < 0 ? NULL : a;
        break;
    case NFQA_MARK:
        t->mark = mnl_attr_validate(a, MNL_TYPE_U32) < 0 ? NULL : a;
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

static uint32_t number_of(const struct nlattr *a, uint32_t otherwise)
{
    return a ? ntohl(mnl_attr_get_u32(a)) : otherwise;
}

static int take_message(const struct nlmsghdr *h, void *context)
{
    struct queue *q = context;
    struct told t = {0};
    if (h->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) ||
        mnl_attr_parse(h, sizeof(struct nfgenmsg), note_attribute, &t) < 0 || !t.head)
        return MNL_CB_OK;
    const struct nfqnl_msg_packet_hdr *head = mnl_attr_get_payload(t.head);
    struct queued packet = {.id = ntohl(head->packet_id),
                            .uid = number_of(t.uid, (uint32_t)-1),
                            .mark = number_of(t.mark, 0)};
    if (t.payload) {
        packet.bytes = mnl_attr_get_payload(t.payload);
        packet.len = mnl_attr_get_payload_len(t.payload);
    }
    q->take(q->context, &packet);
    return MNL_CB_OK;
}

int queue_take(struct queue *q, void (*take)(void *context, const struct queued *packet),
               void *context)
{
    q->take = take;
    q->context = context;
    for (;;) {
        ssize_t n = recv(queue_fd(q), q->message, sizeof q->message, MSG_DONTWAIT);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -errno;
        (void)mnl_cb_run(q->message, (size_t)n, 0, mnl_socket_get_portid(q->socket), take_message,
                         q);
    }
}

int queue_answer(struct queue *q, uint32_t id, enum queue_word word, uint32_t mark)
{
    static const uint32_t verdicts[] = {
        [QUEUE_LET] = NF_ACCEPT, [QUEUE_AGAIN] = NF_REPEAT, [QUEUE_DROP] = NF_DROP};
    const struct nfqnl_msg_verdict_hdr verdict = {.verdict = htonl(verdicts[word]),
                                                  .id = htonl(id)};
    uint8_t message[SMALL_MAX];
    struct nlmsghdr *h = begin(q, message, NFQNL_MSG_VERDICT, 0);
    mnl_attr_put(h, NFQA_VERDICT_HDR, sizeof verdict, &verdict);
    if (mark != 0)
        mnl_attr_put_u32(h, NFQA_MARK, htonl(mark));
    return send_message(q, h);
}

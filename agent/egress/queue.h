/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A queue of packets that the kernel holds until somebody says what becomes of them
 * (linux/netfilter/nfnetlink_queue.h). */
#ifndef EGRESS_QUEUE_H
#define EGRESS_QUEUE_H

#include <stdint.h>
#include <sys/types.h>
#include "base/clean.h"
#include "egress/packet.h"

#define QUEUE_LENGTH_MAX 8192 /* packets that wait; what comes beyond is dropped, and sent again   \
                               */

struct queue;

/* One packet that waits. */
struct queued {
    uint32_t id;
    uid_t uid;     /* whose socket sent it; (uid_t)-1: not known */
    uint32_t mark; /* as the rules before have set it */
    const uint8_t *bytes;
    size_t len;
};

/* What becomes of it. */
enum queue_word {
    QUEUE_LET,   /* it goes on behind the rule that queued it */
    QUEUE_AGAIN, /* it passes all rules of this place once more, with its new mark */
    QUEUE_DROP,
};

/* Take the queue of that number, of this network namespace. -EPERM: without CAP_NET_ADMIN; -EBUSY:
 * somebody has it; -EPROTONOSUPPORT and the like: the kernel has none. */
int queue_open(uint16_t number, struct queue **ret) SK_MUST_CHECK;
void queue_close(struct queue **q);

/* For poll(2). */
int queue_fd(const struct queue *q);

/* Hand over each packet that waits, without waiting for more. bytes live as long as the call of
 * take. Each packet is answered by queue_answer, once. 0 or -errno. */
int queue_take(struct queue *q, void (*take)(void *context, const struct queued *packet),
               void *context) SK_MUST_CHECK;

/* mark: the packet's from now on; 0 = as it is. 0 or -errno. */
int queue_answer(struct queue *q, uint32_t id, enum queue_word word, uint32_t mark) SK_MUST_CHECK;

#define autoqueue __attribute__((cleanup(queue_close)))

#endif

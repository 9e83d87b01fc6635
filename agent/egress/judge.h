/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judge of connections: keeps what each new connection says until it has said with whom, and
 * then asks the rules once. It knows no queue and no clock, so that tests are its only other
 * caller's equals. */
#ifndef EGRESS_JUDGE_H
#define EGRESS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "egress/hello.h"
#include "egress/packet.h"

#define JUDGE_FLOWS_MAX 16384                       /* connections that have not said all yet */
#define JUDGE_BYTES_MAX ((size_t)48 * 1024 * 1024)  /* that are kept of all of them */
#define JUDGE_HELLO_NS  ((uint64_t)30 * 1000000000) /* nanoseconds for a client to say all */

enum judge_word {
    JUDGE_PART,   /* let this segment through, and show the next one */
    JUDGE_HOLD,   /* not this segment; it will be sent again */
    JUDGE_LET,    /* the connection is let, this segment and all that follow */
    JUDGE_REFUSE, /* it is not */
};

/* Why a connection is refused or let. */
enum judge_why {
    JUDGE_BY_RULES, /* what the rules said of its name */
    JUDGE_NOT_TLS,  /* no ClientHello, or one that no client sends */
    JUDGE_FORGED,   /* other bytes sent in the place of some before */
    JUDGE_UNKNOWN,  /* its beginning was not seen, or was given up for others */
    JUDGE_LATE,     /* its client has not said all in time */
    JUDGE_TROUBLE,  /* memory */
};

/* Of a connection that has said all: to is where it goes. Returns JUDGE_LET or JUDGE_REFUSE. hello:
 * NULL where it is not TLS. */
typedef enum judge_word (*judge_ask)(void *context, const struct packet *segment,
                                     const struct hello *hello);

struct judge;
int judge_new(judge_ask ask, void *context, struct judge **ret);
void judge_free(struct judge **j);

/* One segment that a client sends. now: nanoseconds of any clock that never goes back. */
enum judge_word judge_take(struct judge *j, const struct packet *segment, uint64_t now,
                           enum judge_why *ret_why);

/* Forgets connections whose time is over; they are refused when they come again. */
void judge_tidy(struct judge *j, uint64_t now);

/* Connections that have not said all yet, and bytes kept of them. */
size_t judge_flows(const struct judge *j, size_t *ret_bytes);

#define autojudge __attribute__((cleanup(judge_free)))

#endif

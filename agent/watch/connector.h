/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's process events (linux/cn_proc.h): they tell when what is known of a process no longer
 * holds. They come in order and are queued before the process goes on, so emptying the socket after
 * each read of events and before the decisions on them leaves no stale identity: what happens later
 * happens to the openers of later reads. */
#ifndef WATCH_CONNECTOR_H
#define WATCH_CONNECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/clean.h"

/* A bound socket that receives the events (close-on-exec, non-blocking), confirmed by the kernel's
 * own answer. Needs CAP_NET_ADMIN and the initial user and pid namespaces.
 * SK_ERR_UNSUPPORTED where the kernel has no process connector, else -errno. */
int connector_open(void) SK_MUST_CHECK;

/* What one datagram of the kernel says. */
enum connector_news {
    CONNECTOR_NOTHING,  /* nothing that touches an identity: a new process, a new session */
    CONNECTOR_CHANGED,  /* *ret_pid is no longer what it was: exec, exit, ids, trace, name */
    CONNECTOR_UNKNOWN,  /* not of the known form: everything may have changed */
};
enum connector_news connector_parse(const void *datagram, size_t len, pid_t *ret_pid);

/* Have the socket's news told by connector_rings: the kernel notes them in this process' own list as it
 * queues them, before the process that they are about goes on. Once a worker. */
void connector_begin(int sock);
/* May connector_next have something? Costs less than half of a receive that finds nothing. Always true
 * before connector_begin, and where that failed. */
bool connector_rings(void);

/* Read one datagram without waiting and say what it means. 1, 0 when there is none, -ENOBUFS when
 * some were lost, else -errno. Datagrams that are not the kernel's are passed over. */
int connector_next(int sock, enum connector_news *ret, pid_t *ret_pid) SK_MUST_CHECK;

#endif

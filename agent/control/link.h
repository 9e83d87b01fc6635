/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A connection to another process of the agent: short questions, answered within the link's limit;
 * made when first needed and again after every loss. Who owes an answer is not asked again before
 * it has stirred: a process that hangs costs its limit once, not once for every question. */
#ifndef CONTROL_LINK_H
#define CONTROL_LINK_H

#include <jansson.h>
#include <sekisho/paths.h>
#include "wire/wire.h"

#define LINK_QUICK_MS  2000 /* for questions that are answered from memory */
#define LINK_PROMPT_MS 1000 /* by processes whose hanging is to hold up nobody else */

struct link {
    const char *name;    /* the process behind it, "sekisho-ledger" */
    enum sk_path socket;
    int limit_ms;        /* how long an answer is waited for */
    int fd;              /* -1 = not connected */
    int overdue_fd;      /* the connection on which an answer is owed, -1 = none */
    pid_t pid;           /* of the process that listens, 0 = not connected */
    /* Takes a message that answers no question (ROOM_GONE) and says so; NULL = there are none. */
    bool (*stray)(void *context, const struct wire_message *m);
    void *context;
};

/* 0 when it is connected, now or already; else a negative code with a sentence in *why. */
int link_open(struct link *l, struct buf *why) SK_MUST_CHECK;
void link_close(struct link *l);

/* Does it owe an answer still? Then SK_ERR_TIMEOUT with a sentence in *why that names the process,
 * else 0. Never waits. */
int link_hangs(struct link *l, struct buf *why);

/* Ask, and take an answer of the type `wanted`. A message lost before it was sent is sent again on a
 * new connection, once. *ret_unsure (may be NULL) is set when the peer may have acted all the same.
 * On an ERROR answer: its code, its sentence in *why. */
int link_call(struct link *l, uint16_t type, const void *payload, size_t len, const int *fds,
              size_t fd_count, uint16_t wanted, struct wire_message *ret, bool *ret_unsure,
              struct buf *why) SK_MUST_CHECK;

/* The same with JSON both ways; ret (may be NULL) is the caller's reference. */
int link_ask(struct link *l, uint16_t type, const json_t *question, const int *fds, size_t fd_count,
             uint16_t wanted, json_t **ret, bool *ret_unsure, struct buf *why) SK_MUST_CHECK;

/* Its descriptor has something to read while no question is out: strays are handed on, anything else
 * ends the connection. */
void link_listen(struct link *l);

/* The code that an ERROR message names (SK_ERR_REFUSED when it is a reason or unknown), its
 * sentence appended to *why. */
int link_error(const json_t *error, struct buf *why);

/* An enum sk_reason's number for its name, or SK_REASON_COUNT. */
int link_reason(const char *name);

/* Parse a message's payload as one object. */
int link_parse(const struct wire_message *m, json_t **ret) SK_MUST_CHECK;

/* Send one object. */
int link_send(int fd, uint16_t type, const json_t *payload, const int *fds, size_t fd_count,
              int timeout_ms) SK_MUST_CHECK;

#endif

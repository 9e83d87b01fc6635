/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The socket of a daemon: its connections, the table of messages that it answers, and the one loop
 * around them and the daemon's own descriptors. For daemons whose payloads are JSON; one thread. */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sekisho/paths.h>
#include "base/fault.h"
#include "record/record.h"
#include "wire/wire.h"

struct server; /* opaque */

/* Who may send a message, told by the kernel (SO_PEERCRED). Nobody else gets a connection. */
enum server_who { SERVER_ROOT = 1, SERVER_CONTROL = 2, SERVER_BOTH = 3 };

/* One message while it is being answered. */
struct server_call {
    struct server *server;
    void *context;                /* the config's */
    uint64_t peer;                /* the connection's number, which is never given again */
    struct wire_message *message; /* its descriptors may be stolen */
    const json_t *body;           /* its payload, NULL where the table says that it is not read */
    json_t *answer;               /* an object, to be filled */
    int answer_fd;                /* goes with the answer and is closed then; -1 = none */
    struct fault fault;           /* without a sentence the code's own is told */
};

/* What a handler returns instead of 0 (the answer is full) or a negative code (ERROR): its answer
 * comes by server_send or server_refuse. Until then the peer may send more. */
#define SERVER_LATER 1

struct server_message {
    uint16_t type, answer; /* enum sk_message */
    enum server_who who;
    size_t fds_max;
    size_t payload_max;    /* bytes of its JSON; 0 = the payload is not read */
    int (*handle)(struct server_call *c);
};

struct server_config {
    const char *name;        /* "room": what the daemon is called in an ERROR */
    enum sk_path socket;
    bool strange;            /* messages bring descriptors that people made: closing them waits for nobody */
    bool children;           /* the daemon has some: those that end are reaped */
    int send_ms;             /* how long a peer that does not take its answer is waited for */
    const struct server_message *messages;
    size_t message_count;
    void *context;           /* of these: */
    int (*turn)(void *context); /* before each wait: what is due. ms to wait at most, -1 = no limit */
    void (*gather)(struct server *s, void *context);   /* then: server_watch for each own descriptor */
    void (*gone)(void *context, uint64_t peer);        /* a connection ended; may be NULL */
};

/* From here on the signals that ask for the end wait for server_run. The config stays the caller's
 * and must outlive the server. 0 or -errno. */
int server_new(const struct server_config *config, struct server **ret) SK_MUST_CHECK;
void server_free(struct server **s);

/* Make the socket. 0 or a negative code, which is logged. */
int server_listen(struct server *s) SK_MUST_CHECK;

/* Serve until a signal asks for the end, whose number is returned; or a negative code when the loop
 * can't go on. The own descriptors come before the peers, so that what these are told is how things
 * are. */
int server_run(struct server *s) SK_MUST_CHECK;

/* For gather: call ready when fd (-1 is passed over) can be read. It may have been closed by
 * another's ready in the same round: look it up. At most SERVER_WATCH_MAX. */
#define SERVER_WATCH_MAX 512
void server_watch(struct server *s, int fd, void (*ready)(void *context, int fd));

/* The uid at the other end of a connection; (uid_t)-1 when it is gone. */
uid_t server_uid(const struct server *s, uint64_t peer);

/* Send one message to a connection that may be gone. Takes payload (NULL = out of memory); fd stays
 * the caller's, -1 = none. A peer to which nothing can be sent is dropped. False: it is gone. */
bool server_send(struct server *s, uint64_t peer, uint16_t type, json_t *payload, int fd);
/* The same to all connections of control. */
void server_send_control(struct server *s, uint16_t type, json_t *payload);
/* ERROR; why NULL or "": the code's own sentence. */
void server_refuse(struct server *s, uint64_t peer, int code, const char *why);

/* Have a message that came from that connection answered as if it had just come. */
void server_answer(struct server *s, uint64_t peer, struct wire_message *m);

/* For handlers: set a member of the answer. Takes value. 0 or c->fault's code. */
int server_put(struct server_call *c, const char *key, json_t *value);
/* The answer to STATUS: since when the daemon runs ("uptime-ns"), its "pid", and the members of more, which
 * is taken (NULL = out of memory). */
int server_put_status(struct server_call *c, json_t *more);

#endif

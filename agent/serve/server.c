/* SPDX-License-Identifier: GPL-3.0-or-later */
/* server.c owns a daemon's socket and its loop. It must never serve anybody but root and sk-control,
 * act on a message that is not in the table or that carries more than it says, nor wait for a peer
 * longer than the daemon allows. */
#include "serve/server.h"
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/phrase.h"

/* For root and sk-control's group; where there is no such login the group is root's, in which others may
 * be. Who may not speak does not get as far as a connection: closing one is more than it seems, for what
 * somebody sent along is closed with it, and may take its time (SO_LINGER). A daemon that is not root can
 * give its socket to nobody; then SO_PEERCRED has to do. */
#define SOCKET_MODE        ((mode_t)0660)
#define SOCKET_MODE_ROOT   ((mode_t)0600)
#define SOCKET_MODE_ANYONE ((mode_t)0666)

struct peer {
    int sock; /* -1 = free place */
    uid_t uid;
    uint64_t number;
};

enum { POLL_SIGNALS, POLL_LISTENER, POLL_OWN };
#define POLL_MAX (POLL_OWN + SERVER_WATCH_MAX + SK_PEERS_MAX)

struct server {
    const struct server_config *config;
    int listener, signals;
    int signal; /* that asked for the end, 0 = none yet */
    uint64_t started_ns; /* CLOCK_BOOTTIME */
    uid_t control;
    bool control_known;
    uint64_t next_number;
    struct peer peers[SK_PEERS_MAX];
    struct pollfd poll[POLL_MAX];
    size_t poll_count, own_end;
    void (*ready[SERVER_WATCH_MAX])(void *context, int fd);
    uint64_t polled[SK_PEERS_MAX]; /* numbers of the peers behind own_end */
};

static const char out_of_memory[] = "{\"code\":\"ENOMEM\",\"why\":\"\\u0002out of memory\\u0003\"}";

static struct peer *peer_of(const struct server *s, uint64_t number)
{
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (s->peers[i].sock >= 0 && s->peers[i].number == number)
            return (struct peer *)(uintptr_t)&s->peers[i];
    return NULL;
}

static void drop_peer(struct server *s, struct peer *p)
{
    close(p->sock);
    p->sock = -1;
    if (s->config->gone)
        s->config->gone(s->config->context, p->number);
}

uid_t server_uid(const struct server *s, uint64_t peer)
{
    const struct peer *p = peer_of(s, peer);
    return p ? p->uid : (uid_t)-1;
}

static bool is_control(const struct server *s, uid_t uid)
{
    return s->control_known && uid == s->control;
}

bool server_send(struct server *s, uint64_t peer, uint16_t type, json_t *payload, int fd)
{
    autojson json_t *owned = payload;
    struct peer *p = peer_of(s, peer);
    if (!p)
        return false;
    autofree char *text = owned ? json_dumps(owned, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    const char *sent = text ? text : out_of_memory;
    int r = wire_send(p->sock, text ? type : SK_MSG_ERROR, sent, strlen(sent), &fd,
                      text && fd >= 0 ? 1 : 0, s->config->send_ms);
    if (r != 0)
        drop_peer(s, p);
    return r == 0;
}

void server_send_control(struct server *s, uint16_t type, json_t *payload)
{
    autojson json_t *owned = payload;
    for (size_t i = 0; owned && i < SK_PEERS_MAX; i++)
        if (s->peers[i].sock >= 0 && is_control(s, s->peers[i].uid))
            (void)server_send(s, s->peers[i].number, type, json_incref(owned), -1);
}

static json_t *error_of(int code, const char *why, enum sk_reason reason)
{
    json_t *error = json_pack("{s:s, s:s}", "code", sk_errname(code), "why",
                              why && *why ? why : PHRASE_ERROR(code));
    if (error && reason != SK_REASON_ALLOWED)
        json_object_set_new(error, "reason", json_string(sk_reason_name(reason)));
    return error;
}

void server_refuse(struct server *s, uint64_t peer, int code, const char *why)
{
    (void)server_send(s, peer, SK_MSG_ERROR, error_of(code, why, SK_REASON_ALLOWED), -1);
}

int server_put(struct server_call *c, const char *key, json_t *value)
{
    return json_object_set_new(c->answer, key, value) == 0
               ? 0
               : fault_errno(&c->fault, ENOMEM, "the answer can't be made");
}

int server_put_status(struct server_call *c, json_t *more)
{
    autojson json_t *owned = more;
    autojson json_t *life =
        json_pack("{sIsi}", "uptime-ns", (json_int_t)(clock_boot_ns() - c->server->started_ns), "pid",
                  (int)getpid());
    return owned && life && json_object_update(c->answer, life) == 0 &&
                   json_object_update(c->answer, owned) == 0
               ? 0
               : fault_errno(&c->fault, ENOMEM, "the answer can't be made");
}

static const struct server_message *message_of(const struct server_config *config, uint16_t type)
{
    for (size_t i = 0; i < config->message_count; i++)
        if (config->messages[i].type == type)
            return &config->messages[i];
    return NULL;
}

static int carry_out(struct server_call *c, const struct server_message *row, uid_t uid)
{
    const struct wire_message *m = c->message;
    autojson json_t *body = NULL;
    if (!row)
        return fault_set(&c->fault, SK_ERR_UNSUPPORTED, "%s does not know message %u",
                         c->server->config->name, m->type);
    if (!(((row->who & SERVER_ROOT) && uid == 0) ||
          ((row->who & SERVER_CONTROL) && is_control(c->server, uid))))
        return fault_set(&c->fault, SK_ERR_PEER, "this message is not for uid %u to send", uid);
    if (m->fd_count > row->fds_max)
        return fault_set(&c->fault, SK_ERR_FORMAT, "the message carries too many descriptors");
    int r = row->payload_max
                ? record_parse(m->payload.data, m->payload.len, row->payload_max, &body)
                : 0;
    if (r != 0)
        return fault_set(&c->fault, r, "the message is not one JSON object");
    c->body = body;
    r = row->handle(c);
    c->body = NULL;
    return r;
}

static void answer(struct server *s, const struct peer *p, struct wire_message *m)
{
    uint64_t number = p->number;
    struct server_call c = {.server = s, .context = s->config->context, .peer = number,
                            .message = m, .answer = json_object(), .answer_fd = -1};
    const struct server_message *row = message_of(s->config, m->type);
    int r = c.answer ? carry_out(&c, row, p->uid) : -ENOMEM;
    autojson json_t *full = c.answer;
    autoclose int fd = c.answer_fd;
    if (r == 0)
        (void)server_send(s, number, row->answer, json_incref(full), fd);
    else if (r < 0)
        (void)server_send(s, number, SK_MSG_ERROR,
                          error_of(c.fault.code ? c.fault.code : r, c.fault.why, c.fault.reason), -1);
}

void server_answer(struct server *s, uint64_t peer, struct wire_message *m)
{
    const struct peer *p = peer_of(s, peer);
    if (p)
        answer(s, p, m);
}

static void serve_peer(struct server *s, struct peer *p)
{
    autowire struct wire_message m = {.strange = s->config->strange};
    int r = wire_receive(p->sock, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    if (r == 0) {
        answer(s, p, &m);
        return;
    }
    if (r != SK_ERR_CLOSED)
        log_warn("a connection is dropped: %s", sk_strerror(r));
    drop_peer(s, p);
}

static void accept_peer(struct server *s)
{
    struct wire_peer who;
    autoclose int sock = wire_accept_patient(s->listener);
    if (sock < 0 || wire_peer(sock, &who) != 0)
        return;
    if (who.uid != 0 && !is_control(s, who.uid)) {
        log_warn("process %d of uid %u may not ask here", (int)who.pid, who.uid);
        return;
    }
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (s->peers[i].sock < 0) {
            s->peers[i] = (struct peer){.sock = steal_fd(&sock), .uid = who.uid,
                                        .number = ++s->next_number};
            return;
        }
    log_warn("more than %d connections: one is refused", SK_PEERS_MAX);
}

static void take_signals(struct server *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo != SIGCHLD)
            s->signal = (int)info.ssi_signo;
    while (s->config->children && waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

void server_watch(struct server *s, int fd, void (*ready)(void *context, int fd))
{
    size_t n = s->poll_count - POLL_OWN;
    if (fd < 0 || n >= SERVER_WATCH_MAX)
        return;
    s->ready[n] = ready;
    s->poll[s->poll_count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void gather(struct server *s)
{
    s->poll[POLL_SIGNALS] = (struct pollfd){.fd = s->signals, .events = POLLIN};
    s->poll[POLL_LISTENER] = (struct pollfd){.fd = s->listener, .events = POLLIN};
    s->poll_count = POLL_OWN;
    if (s->config->gather)
        s->config->gather(s, s->config->context);
    s->own_end = s->poll_count;
    for (size_t i = 0; i < SK_PEERS_MAX; i++) {
        if (s->peers[i].sock < 0)
            continue;
        s->polled[s->poll_count - s->own_end] = s->peers[i].number;
        s->poll[s->poll_count++] = (struct pollfd){.fd = s->peers[i].sock, .events = POLLIN};
    }
}

static void serve_ready(struct server *s)
{
    if (s->poll[POLL_SIGNALS].revents)
        take_signals(s);
    for (size_t i = POLL_OWN; i < s->own_end; i++)
        if (s->poll[i].revents)
            s->ready[i - POLL_OWN](s->config->context, s->poll[i].fd);
    for (size_t i = s->own_end; i < s->poll_count && !s->signal; i++) {
        struct peer *p = s->poll[i].revents ? peer_of(s, s->polled[i - s->own_end]) : NULL;
        if (p)
            serve_peer(s, p);
    }
    if (s->poll[POLL_LISTENER].revents && !s->signal)
        accept_peer(s);
}

int server_run(struct server *s)
{
    while (!s->signal) {
        int wait_ms = s->config->turn ? s->config->turn(s->config->context) : -1;
        gather(s);
        int n = poll(s->poll, s->poll_count, wait_ms);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            serve_ready(s);
    }
    return s->signal;
}

int server_new(const struct server_config *config, struct server **ret)
{
    struct server *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    *s = (struct server){.config = config, .listener = -1, .started_ns = clock_boot_ns()};
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        s->peers[i].sock = -1;
    s->signals = fd_signals(config->children);
    if (s->signals < 0) {
        int r = s->signals;
        free(s);
        return r;
    }
    *ret = s;
    return 0;
}

int server_listen(struct server *s)
{
    const char *path = sk_path(s->config->socket);
    const struct passwd *login = getpwnam(SK_USER_CONTROL);
    s->control_known = login;
    s->control = login ? login->pw_uid : 0;
    bool root = geteuid() == 0;
    s->listener = wire_listen(path, !root ? SOCKET_MODE_ANYONE : login ? SOCKET_MODE : SOCKET_MODE_ROOT);
    if (s->listener < 0) {
        log_error("%s: %s", path, sk_strerror(s->listener));
        return s->listener;
    }
    if (!login)
        log_warn("there is no login %s: only root is served", SK_USER_CONTROL);
    if (!login || !root || lchown(path, 0, login->pw_gid) == 0)
        return 0;
    int r = -errno;
    log_error("%s can't be given to %s: %s", path, SK_USER_CONTROL, sk_strerror(r));
    return r;
}

void server_free(struct server **at)
{
    struct server *s = *at;
    *at = NULL;
    if (!s)
        return;
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (s->peers[i].sock >= 0)
            drop_peer(s, &s->peers[i]);
    if (s->listener >= 0) {
        unlink(sk_path(s->config->socket));
        close(s->listener);
    }
    close(s->signals);
    free(s);
}

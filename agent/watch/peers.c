/* SPDX-License-Identifier: GPL-3.0-or-later */
/* peers.c owns guard.sock's conversations. It must never wait for a peer (openers wait for this
 * process), and never let one ask what its user id may not. */
#include "watch/peers.h"
#include <errno.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/phrase.h"
#include "watch/areas.h"
#include "watch/latest.h"
#include "watch/message.h"
#include "watch/names.h"
#include "watch/rooms.h"
#include "watch/wait.h"
#include "wire/guard_status.h"
#include "wire/wire.h"

/* What a handler works with. */
struct request {
    const struct guard *g;
    struct rules *rules;
    struct wire_message *message;
    bool ledger_connected;
    struct buf *answer; /* payload on success */
    struct buf *why;    /* sentence on failure */
};

void peers_init(struct peers *p)
{
    for (size_t i = 0; i < array_count(p->items); i++)
        p->items[i] = (struct peer){.sock = -1};
}

static void drop(struct peer *p)
{
    wait_drop(p->sock);
    close(p->sock);
    p->sock = -1;
}

void peers_accept(const struct guard *g, struct peers *p)
{
    for (int sock; (sock = wire_accept(GUARD_FD_LISTENER)) >= 0;) {
        struct wire_peer who;
        struct peer *place = NULL;
        for (size_t i = 0; i < array_count(p->items) && !place; i++)
            if (p->items[i].sock < 0)
                place = &p->items[i];
        if (!place || wire_peer(sock, &who) != 0 ||
            (who.uid != 0 && who.uid != g->shared->control_uid) ||
            wait_add(sock, WAIT_PEER + (uint32_t)(place - p->items)) != 0) {
            close(sock);
            continue;
        }
        *place = (struct peer){.sock = sock, .uid = who.uid};
    }
}

/* Content of a descriptor that can neither change nor make a reader wait: a sealed memfd. */
static int read_sealed(int fd, size_t max, struct buf *ret)
{
    const int wanted = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & wanted) != wanted || fstat(fd, &st) != 0)
        return SK_ERR_FORMAT;
    if (st.st_size < 0 || (uint64_t)st.st_size > max)
        return SK_ERR_LIMIT;
    size_t len = (size_t)st.st_size;
    char *room = buf_room(ret, len + 1);
    if (!room)
        return ret->err;
    ssize_t n = fd_pread_full(fd, room, len, 0);
    if (n < 0 || (size_t)n != len)
        return n < 0 ? (int)n : SK_ERR_FORMAT;
    buf_grow(ret, len);
    return 0;
}

static int take_policy(struct request *q)
{
    autobuf struct buf bytes = {0}, signature = {0};
    struct wire_message *m = q->message;
    int r = message_policy(m->payload.data, m->payload.len);
    if (r != 0 || m->fd_count != 2) {
        buf_puts(q->why, PHRASE("a policy comes as two descriptors"));
        return SK_ERR_FORMAT;
    }
    r = read_sealed(m->fds[0], SK_POLICY_MAX, &bytes);
    if (r == 0)
        r = read_sealed(m->fds[1], SK_SIGNATURE_MAX, &signature);
    if (r == 0)
        r = rules_install(q->g, q->rules, &bytes, &signature, q->why);
    if (r == 0)
        log_info("policy version %ju is in force", (uintmax_t)q->rules->policy->version);
    return r;
}

static int take_time(struct request *q)
{
    int64_t now_s;
    bool exact;
    int r = message_time(q->message->payload.data, q->message->payload.len, &now_s, &exact);
    if (r == 0 && exact)
        latest_corrected(q->g, now_s);
    else if (r == 0)
        latest_told(q->g, now_s);
    return r;
}

static int add_area(struct request *q)
{
    static struct message_area_add ask; /* large, and this process has one thread */
    struct wire_message *m = q->message;
    int r = message_area_add(m->payload.data, m->payload.len, &ask);
    if (r != 0 || m->fd_count != 1) {
        buf_puts(q->why, PHRASE("an area comes with its id, its mount path and one folder"));
        return SK_ERR_FORMAT;
    }
    r = areas_add(q->g, ask.id, ask.mount, m->fds[0], q->why);
    names_forget();
    identity_forget_all(); /* its answers name areas by their rows */
    if (r == 0)
        log_info("area %s is guarded", ask.id);
    return r;
}

static int drop_area(struct request *q)
{
    char id[SK_ID_MAX + 1];
    bool shut;
    int r = message_area_drop(q->message->payload.data, q->message->payload.len, id, &shut);
    if (r == 0)
        r = areas_drop(q->g, id, shut);
    if (r == 0)
        log_info(shut ? "area %s is shut down, and its file system still mounted" : "area %s is closed", id);
    return r;
}

static int take_rooms(struct request *q)
{
    static struct message_rooms ask; /* large, and this process has one thread */
    struct wire_message *m = q->message;
    int r = message_rooms(m->payload.data, m->payload.len, &ask);
    if (r == SK_ERR_LIMIT)
        phrase_put(q->why, "there can be %d rooms at a time", SK_ROOMS_MAX);
    else if (r != 0 || m->fd_count != ask.count)
        buf_puts(q->why, PHRASE("each room comes with its area, two user ids and one mount namespace"));
    if (r == 0 && m->fd_count != ask.count)
        r = SK_ERR_FORMAT;
    if (r == 0)
        r = rooms_replace(q->g, &ask, m->fds, q->why);
    if (r == 0) {
        names_forget();
        log_info("%u rooms", ask.count);
    }
    return r;
}

static int tell_status(struct request *q)
{
    const struct guard_shared *s = q->g->shared;
    int r = message_status(q->message->payload.data, q->message->payload.len);
    if (r != 0)
        return r;
    static struct guard_status is; /* large, and this process has one thread */
    uint64_t now = clock_boot_ns();
    uint32_t starts = atomic_load(&s->watch_starts);
    is = (struct guard_status){
        .uptime_ns = now - s->started_boot_ns,
        .worker_uptime_ns = now - atomic_load(&s->watch_started_boot_ns),
        .worker_restarts = starts > 0 ? starts - 1 : 0,
        .answered = atomic_load(&s->answered),
        .allowed = atomic_load(&s->allowed),
        .refused = atomic_load(&s->refused),
        .ring_lost = ring_lost(q->g->ring),
        .policy_version = (uint32_t)q->rules->policy->version,
        .ledger_connected = q->ledger_connected,
        .connector_active = s->connector,
        .keeper_pid = atomic_load(&s->keeper_pid),
        .watch_pid = atomic_load(&s->watch_pid),
        .holder_pid = atomic_load(&s->holder_pid),
        .room_count = rooms_count(q->g),
        .marks = areas_live_marks(q->g),
    };
    memcpy(is.policy_digest, q->rules->policy->digest, sizeof is.policy_digest);
    for (size_t i = 0; i < SK_AREAS_MAX; i++)
        if (atomic_load_explicit(&s->areas[i].in_use, memory_order_acquire)) {
            struct guard_status_area *area = &is.areas[is.area_count++];
            memcpy(area->id, s->areas[i].id, sizeof area->id);
            area->marked = true;
        }
    guard_status_encode(&is, q->answer);
    return q->answer->err;
}

enum who { ROOT_ONLY, CONTROL_ONLY, BOTH };

static const struct {
    uint16_t type;
    uint16_t answer;
    enum who who;
    int (*handle)(struct request *q);
} rows[] = {
    {SK_MSG_GUARD_POLICY, SK_MSG_OK, CONTROL_ONLY, take_policy},
    {SK_MSG_GUARD_AREA_ADD, SK_MSG_OK, ROOT_ONLY, add_area},
    {SK_MSG_GUARD_AREA_DROP, SK_MSG_OK, ROOT_ONLY, drop_area},
    {SK_MSG_GUARD_ROOMS, SK_MSG_OK, ROOT_ONLY, take_rooms},
    {SK_MSG_GUARD_TIME, SK_MSG_OK, CONTROL_ONLY, take_time},
    {SK_MSG_GUARD_STATUS, SK_MSG_GUARD_STATUS_IS, BOTH, tell_status},
};

static bool may_ask(const struct guard *g, enum who who, uid_t uid)
{
    return who == BOTH || (who == ROOT_ONLY ? uid == 0 : uid == g->shared->control_uid);
}

static int handle(struct request *q, uid_t uid, uint16_t *ret_type)
{
    for (size_t i = 0; i < array_count(rows); i++) {
        if (rows[i].type != q->message->type)
            continue;
        *ret_type = rows[i].answer;
        return may_ask(q->g, rows[i].who, uid) ? rows[i].handle(q) : SK_ERR_PEER;
    }
    buf_puts(q->why, PHRASE("no such message"));
    return SK_ERR_FORMAT;
}

void peers_serve(const struct guard *g, struct peers *p, size_t which, struct rules *rules,
                 bool ledger_connected)
{
    struct peer *peer = &p->items[which];
    autowire struct wire_message message = {0};
    autobuf struct buf answer = {0}, why = {0};
    int r = wire_receive(peer->sock, &message, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    if (r != 0) {
        if (r != SK_ERR_CLOSED)
            failure_note(g, FAILURE_OF_PEER);
        drop(peer);
        return;
    }
    struct request q = {.g = g, .rules = rules, .message = &message,
                        .ledger_connected = ledger_connected, .answer = &answer, .why = &why};
    uint16_t type = SK_MSG_ERROR;
    r = handle(&q, peer->uid, &type);
    if (r != 0) {
        type = SK_MSG_ERROR;
        buf_reset(&answer);
        message_error(&answer, r, why.data);
    } else if (type == SK_MSG_OK) {
        buf_puts(&answer, "{}");
    }
    if (answer.err != 0 ||
        wire_send(peer->sock, type, answer.data, answer.len, NULL, 0, 0) != 0) {
        failure_note(g, FAILURE_OF_PEER);
        drop(peer);
    }
}

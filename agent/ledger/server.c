/* SPDX-License-Identifier: GPL-3.0-or-later */
/* server.c owns peers and time. It must never wait for a peer, never answer an APPEND before the
 * book has, and never let one peer keep the others from the disk. */
#include "ledger/server.h"
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/proto.h>
#include <sekisho/record.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include "base/log.h"
#include "base/str.h"
#include "ledger/intake.h"
#include "record/record.h"
#include "wire/wire.h"

#define NS_PER_S       ((uint64_t)1000000000)
#define GROUP_DELAY_NS ((uint64_t)4000000) /* records that nobody waits for share a commit */
#define SEAL_DELAY_NS  NS_PER_S            /* a record is sealed at the latest after this */
#define SEAL_IDLE_NS   (15 * 60 * NS_PER_S)
#define RETRY_NS       NS_PER_S            /* between two tries while the disk fails */
#define STEP_LEAST_NS  ((int64_t)1000000)  /* a clock that moved by less was not set */
#define ENVELOPE_MAX   4096                /* bytes around the record in an APPEND */

struct peer {
    int sock;
    uid_t uid;
    uint64_t id;
    bool sealing; /* its SEAL waits for the commit */
};

enum { FD_LISTENER, FD_SIGNALS, FD_CLOCK, FD_RING, FD_PEERS };

struct server {
    const struct server_config *config;
    struct book *book;
    struct peer peers[SK_PEERS_MAX];
    size_t peer_count;
    uint64_t next_id;
    struct intake *intake;
    int ring_event;
    int clock_timer;
    int64_t wall_offset; /* CLOCK_REALTIME - CLOCK_BOOTTIME, ns, as last seen */
    bool want_commit, want_seal;
    uint64_t commit_due, seal_due, retry_at; /* CLOCK_BOOTTIME ns, UINT64_MAX = not */
    uint64_t last_seal;
    bool was_failing, stop;
};

static void drop_peer(struct server *s, struct peer *p)
{
    close(p->sock);
    *p = s->peers[--s->peer_count];
}

static struct peer *find_peer(struct server *s, uint64_t id)
{
    for (size_t i = 0; i < s->peer_count; i++)
        if (s->peers[i].id == id)
            return &s->peers[i];
    return NULL;
}

/* Send or drop: a peer that does not read its answers is not waited for. */
static void send_json(struct server *s, struct peer *p, enum sk_message type, json_t *payload)
{
    autojson json_t *owned = payload;
    autofree char *text = owned ? json_dumps(owned, JSON_COMPACT) : NULL;
    if (!text || wire_send(p->sock, (uint16_t)type, text, strlen(text), NULL, 0, 0) != 0)
        drop_peer(s, p);
}

static void send_error(struct server *s, struct peer *p, int code, const char *why)
{
    send_json(s, p, SK_MSG_ERROR, json_pack("{s:s,s:s}", "code", sk_errname(code), "why",
                                            why ? why : sk_strerror(code)));
}

static json_t *root_json(const struct book_head *h)
{
    char hex[DIGEST_HEX_CAP];
    digest_hex(hex, h->root);
    return json_string(hex);
}

static void send_appended(struct server *s, struct peer *p, uint64_t seq)
{
    struct book_head h;
    book_head(s->book, &h);
    send_json(s, p, SK_MSG_APPENDED, json_pack("{s:I,s:I,s:o}", "seq", (json_int_t)seq, "size",
                                               (json_int_t)h.size, "root", root_json(&h)));
}

static void send_head(struct server *s, struct peer *p)
{
    struct book_head h;
    struct clock_now now;
    book_head(s->book, &h);
    clock_read(&now);
    send_json(s, p, SK_MSG_HEAD_IS,
              json_pack("{s:I,s:o,s:I,s:I,s:s,s:s,s:s,s:s,s:s,s:s}", "size", (json_int_t)h.size,
                        "root", root_json(&h), "epoch", (json_int_t)h.epoch, "sealed-size",
                        (json_int_t)h.sealed_size, "sealed-at", h.sealed_at, "origin", h.origin,
                        "enrolment", h.enrolment, "state",
                        h.failing || h.emergency ? "failing" : "ok", "why", h.why, "clock",
                        now.synchronised ? "synchronised" : "unsynchronised"));
}

/* The book's answer to one ticket, which is a peer's id. */
static void answer(void *context, uint64_t ticket, int code, uint64_t seq)
{
    struct server *s = context;
    struct peer *p = ticket == BOOK_TICKET_RING ? NULL : find_peer(s, ticket);
    if (!p)
        return;
    struct book_head h;
    book_head(s->book, &h);
    if (code == 0)
        send_appended(s, p, seq);
    else
        send_error(s, p, code, h.why[0] ? h.why : NULL);
}

static void on_append(struct server *s, struct peer *p, const struct wire_message *m)
{
    autojson json_t *asked = NULL;
    int r = record_parse(m->payload.data, m->payload.len, SK_RECORD_MAX + ENVELOPE_MAX, &asked);
    json_t *record = r == 0 ? json_object_get(asked, "record") : NULL;
    if (r == 0)
        r = book_check(record);
    if (r != 0) {
        send_error(s, p, r, "the record is not one that may be appended");
        return;
    }
    bool seal = record_flag(asked, "seal"), durable = seal || record_flag(asked, "durable");
    uint64_t seq = book_next_seq(s->book);
    r = book_add(s->book, json_incref(record), NULL, durable ? p->id : 0);
    if (r != 0) {
        send_error(s, p, r, r == SK_ERR_STATE ? "the disk is full: only refusals are recorded"
                                              : NULL);
        return;
    }
    if (durable) {
        s->want_commit = true;
        s->want_seal = s->want_seal || seal;
        return;
    }
    uint64_t due = clock_boot_ns() + GROUP_DELAY_NS;
    s->commit_due = due < s->commit_due ? due : s->commit_due;
    send_appended(s, p, seq);
}

static void on_ring(struct server *s, struct peer *p, struct wire_message *m)
{
    struct intake *fresh = NULL;
    uint64_t id = p->id;
    if (p->uid != 0 || m->fd_count != 2) {
        send_error(s, p, p->uid != 0 ? SK_ERR_PEER : SK_ERR_FORMAT, NULL);
        return;
    }
    /* what the old ring still holds comes first: it may be the same memory */
    uint64_t now = clock_boot_ns();
    if (s->intake && intake_flush(s->intake, s->book, now) >= 0)
        intake_settle(s->intake, book_commit(s->book, false, answer, s) == 0);
    int r = intake_open(m->fds[0], s->config->boot_id, s->config->recovery, &fresh);
    p = find_peer(s, id);
    if (r != 0 && p)
        send_error(s, p, r, "this memory is no ring");
    if (r != 0 || !p) {
        intake_close(&fresh);
        return;
    }
    if (s->intake)
        intake_follow(fresh, s->intake);
    intake_close(&s->intake);
    clean_close(&s->ring_event);
    s->intake = fresh;
    s->ring_event = steal_fd(&m->fds[1]);
    log_info("a ring is connected");
    send_json(s, p, SK_MSG_OK, json_object());
}

static void on_seal(struct server *s, struct peer *p)
{
    /* this round's commit seals; HEAD_IS is sent behind it */
    s->want_commit = true;
    s->want_seal = true;
    p->sealing = true;
}

/* One message of a peer. */
static void on_peer(struct server *s, struct peer *p)
{
    autowire struct wire_message m = {0};
    int r = wire_receive(p->sock, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    if (r != 0) {
        if (r != SK_ERR_CLOSED)
            log_warn("a peer was dropped: %s", sk_strerror(r));
        drop_peer(s, p);
        return;
    }
    switch (m.type) {
    case SK_MSG_APPEND:
        on_append(s, p, &m);
        break;
    case SK_MSG_RING:
        on_ring(s, p, &m);
        break;
    case SK_MSG_HEAD:
        send_head(s, p);
        break;
    case SK_MSG_SEAL:
        on_seal(s, p);
        break;
    default:
        send_error(s, p, SK_ERR_FORMAT, "the ledger does not know this message");
    }
}

static void on_connection(struct server *s)
{
    struct wire_peer who;
    autoclose int sock = wire_accept(s->config->listener);
    if (sock < 0 || wire_peer(sock, &who) != 0)
        return;
    if (who.uid != 0 && who.uid != s->config->control) {
        log_warn("uid %u may not speak to the ledger", (unsigned)who.uid);
        return;
    }
    if (s->peer_count == SK_PEERS_MAX) {
        log_warn("too many connections");
        return;
    }
    s->peers[s->peer_count++] =
        (struct peer){.sock = steal_fd(&sock), .uid = who.uid, .id = ++s->next_id};
}

static int64_t wall_offset(struct clock_now *ret)
{
    clock_read(ret);
    return ret->wall_s * (int64_t)NS_PER_S + ret->wall_ns - (int64_t)ret->boot_ns;
}

/* The timer never expires; it is cancelled when the clock is set (timerfd_create(2)). */
static int arm_clock(struct server *s)
{
    struct clock_now now;
    struct itimerspec far = {.it_value = {.tv_sec = INT32_MAX}};
    clock_read(&now);
    far.it_value.tv_sec = now.wall_s + INT32_MAX;
    return timerfd_settime(s->clock_timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far,
                           NULL) == 0 ? 0 : -errno;
}

static void on_clock(struct server *s)
{
    uint64_t count;
    struct clock_now now;
    char before[CLOCK_TIME_CAP], after[CLOCK_TIME_CAP];
    if (read(s->clock_timer, &count, sizeof count) < 0 && errno != ECANCELED)
        return;
    int64_t offset = wall_offset(&now), moved = offset - s->wall_offset;
    if (arm_clock(s) != 0)
        log_error("the clock's timer can't be set: %s", sk_strerror(-errno));
    s->wall_offset = offset;
    if (moved > -STEP_LEAST_NS && moved < STEP_LEAST_NS)
        return; /* waking from suspend cancels the timer too */
    int64_t old = now.wall_s * (int64_t)NS_PER_S + now.wall_ns - moved;
    int64_t fraction = old % (int64_t)NS_PER_S;
    clock_format(before, old / (int64_t)NS_PER_S, fraction < 0 ? 0 : (uint32_t)fraction);
    clock_format(after, now.wall_s, now.wall_ns);
    int r = book_add(s->book, json_pack("{s:s,s:s,s:s}", "kind", SK_KIND_CLOCK, "wall-before",
                                        before, "wall-after", after), NULL, 0);
    if (r != 0)
        log_error("a clock step is not recorded: %s", sk_strerror(r));
    s->want_commit = s->want_seal = true;
}

static void log_state(struct server *s, const struct book_head *h)
{
    bool failing = h->failing || h->emergency;
    if (failing && !s->was_failing)
        log_error("the ledger refuses what must be durable: %s", h->why);
    else if (!failing && s->was_failing)
        log_info("the ledger writes again");
    s->was_failing = failing;
}

/* Answer those whose SEAL was part of the commit. */
static void answer_seals(struct server *s, int code)
{
    for (size_t i = s->peer_count; i-- > 0;) {
        struct peer *p = &s->peers[i];
        if (!p->sealing)
            continue;
        p->sealing = false;
        if (code == 0)
            send_head(s, p);
        else
            send_error(s, p, code, NULL);
    }
}

static void commit(struct server *s, uint64_t now)
{
    struct book_head h;
    book_head(s->book, &h);
    if (s->intake && !h.emergency) {
        int r = intake_flush(s->intake, s->book, now);
        if (r < 0)
            log_error("accesses wait in the ring: %s", sk_strerror(r));
    }
    bool seal = s->want_seal;
    int r = book_commit(s->book, seal, answer, s);
    if (s->intake)
        intake_settle(s->intake, r == 0);
    s->want_commit = s->want_seal = false;
    s->commit_due = UINT64_MAX;
    answer_seals(s, r);
    book_head(s->book, &h);
    log_state(s, &h);
    s->retry_at = h.failing || h.emergency ? now + RETRY_NS : UINT64_MAX;
    if (seal && r == 0)
        s->last_seal = now;
    if (!book_unsealed(s->book))
        s->seal_due = UINT64_MAX;
    else if (s->seal_due == UINT64_MAX)
        s->seal_due = now + SEAL_DELAY_NS;
}

/* What time says is due; returns when to look again. */
static uint64_t due(struct server *s, uint64_t now)
{
    uint64_t ring = s->intake ? intake_due(s->intake, now) : UINT64_MAX;
    uint64_t idle = s->last_seal + SEAL_IDLE_NS;
    bool waits = s->retry_at != UINT64_MAX; /* the disk fails: one try a second is enough */
    if (waits && s->retry_at <= now) {
        s->want_commit = true;
        s->want_seal = book_unsealed(s->book);
        book_prepare(s->book);
        s->retry_at = now + RETRY_NS;
    }
    if (!waits && (s->seal_due <= now || idle <= now))
        s->want_commit = s->want_seal = true;
    if (!waits && (s->commit_due <= now || ring <= now || book_full(s->book)))
        s->want_commit = true;
    if (waits)
        return s->retry_at;
    uint64_t next = s->commit_due < s->seal_due ? s->commit_due : s->seal_due;
    next = ring < next ? ring : next;
    return idle < next ? idle : next;
}

static int wait_time(uint64_t next, uint64_t now)
{
    if (next <= now)
        return 0;
    uint64_t ms = (next - now + 999999) / 1000000;
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

static void on_events(struct server *s, struct pollfd *p, size_t peers)
{
    if (p[FD_SIGNALS].revents) {
        struct signalfd_siginfo info;
        s->stop = read(p[FD_SIGNALS].fd, &info, sizeof info) == sizeof info;
    }
    if (p[FD_CLOCK].revents)
        on_clock(s);
    if (p[FD_RING].revents) {
        uint64_t count;
        (void)!read(p[FD_RING].fd, &count, sizeof count);
    }
    /* from the last to the first, because dropping one moves the last into its place */
    for (size_t i = peers; i-- > 0;)
        if (p[FD_PEERS + i].revents && i < s->peer_count &&
            s->peers[i].sock == p[FD_PEERS + i].fd)
            on_peer(s, &s->peers[i]);
    if (p[FD_LISTENER].revents)
        on_connection(s);
}

static int turn(struct server *s)
{
    struct pollfd p[FD_PEERS + SK_PEERS_MAX];
    uint64_t now = clock_boot_ns(), next = due(s, now);
    if (s->want_commit) {
        commit(s, now);
        return 0;
    }
    p[FD_LISTENER] = (struct pollfd){.fd = s->config->listener, .events = POLLIN};
    p[FD_SIGNALS] = (struct pollfd){.fd = s->config->signals, .events = POLLIN};
    p[FD_CLOCK] = (struct pollfd){.fd = s->clock_timer, .events = POLLIN};
    p[FD_RING] = (struct pollfd){.fd = s->ring_event, .events = POLLIN};
    size_t peers = s->peer_count;
    for (size_t i = 0; i < peers; i++)
        p[FD_PEERS + i] = (struct pollfd){.fd = s->peers[i].sock, .events = POLLIN};
    int n = poll(p, FD_PEERS + peers, wait_time(next, now));
    if (n < 0 && errno != EINTR)
        return -errno;
    if (n > 0)
        on_events(s, p, peers);
    return 0;
}

static void say_goodbye(struct server *s)
{
    int r = book_add(s->book, json_pack("{s:s,s:s,s:s}", "kind", SK_KIND_AGENT, "phase", "stop",
                                        "process", "sekisho-ledger"), NULL, 0);
    s->want_seal = true;
    commit(s, clock_boot_ns());
    if (r != 0 || s->was_failing)
        log_error("the ledger stops without a last seal");
}

int server_run(const struct server_config *config, struct book *book)
{
    struct server s = {.config = config, .book = book, .ring_event = -1,
                       .commit_due = UINT64_MAX, .seal_due = UINT64_MAX, .retry_at = UINT64_MAX,
                       .want_commit = true, .want_seal = true};
    struct clock_now now;
    s.clock_timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (s.clock_timer < 0)
        return -errno;
    s.wall_offset = wall_offset(&now);
    s.last_seal = now.boot_ns;
    int r = arm_clock(&s);
    while (r == 0 && !s.stop)
        r = turn(&s);
    say_goodbye(&s);
    while (s.peer_count > 0)
        drop_peer(&s, &s.peers[s.peer_count - 1]);
    intake_close(&s.intake);
    clean_close(&s.ring_event);
    close(s.clock_timer);
    return r;
}

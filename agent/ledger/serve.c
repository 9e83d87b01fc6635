/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve.c owns what ledger.sock answers, and time. It must never answer an APPEND before the book
 * has, and never let one peer keep the others from the disk. */
#include "ledger/serve.h"
#include <errno.h>
#include <inttypes.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/proto.h>
#include <sekisho/record.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include "base/log.h"
#include "base/str.h"
#include "ledger/intake.h"
#include "ledger/retention.h"

#define NS_PER_S       ((uint64_t)1000000000)
#define GROUP_DELAY_NS ((uint64_t)4000000) /* records that nobody waits for share a commit */
#define SEAL_DELAY_NS  NS_PER_S            /* a record is sealed at the latest after this */
#define SEAL_IDLE_NS   (15 * 60 * NS_PER_S)
#define RETRY_NS       NS_PER_S            /* between two tries while the disk fails */
#define STEP_LEAST_NS  ((int64_t)1000000)  /* a clock that moved by less was not set */
#define ENVELOPE_MAX   4096                /* bytes around the record in an APPEND */

/* All that the process owns, and the context of its server. */
struct desk {
    const struct serve_about *about;
    struct server *server;
    struct book *book;
    uint64_t sealing[SK_PEERS_MAX]; /* connections whose SEAL waits for the commit, 0 = free place */
    struct intake *intake;
    struct retention *retention;
    int ring_event;
    int clock_timer;
    int64_t wall_offset; /* CLOCK_REALTIME - CLOCK_BOOTTIME, ns, as last seen */
    bool want_commit, want_seal;
    uint64_t commit_due, seal_due, retry_at; /* CLOCK_BOOTTIME ns, UINT64_MAX = not */
    uint64_t last_seal;
    bool was_failing;
};

static struct desk *desk_of(const struct server_call *c)
{
    return c->context;
}

static json_t *root_json(const struct book_head *h)
{
    char hex[DIGEST_HEX_CAP];
    digest_hex(hex, h->root);
    return json_string(hex);
}

static json_t *appended_json(struct desk *s, uint64_t seq)
{
    struct book_head h;
    book_head(s->book, &h);
    return json_pack("{s:I,s:I,s:o}", "seq", (json_int_t)seq, "size", (json_int_t)h.size, "root",
                     root_json(&h));
}

static json_t *head_json(struct desk *s)
{
    struct book_head h;
    struct clock_now now;
    book_head(s->book, &h);
    clock_read(&now);
    return json_pack("{s:I,s:o,s:I,s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:I}", "size", (json_int_t)h.size, "root",
                     root_json(&h), "epoch", (json_int_t)h.epoch, "sealed-size",
                     (json_int_t)h.sealed_size, "sealed-at", h.sealed_at, "origin", h.origin,
                     "enrolment", h.enrolment, "state", h.failing || h.emergency ? "failing" : "ok",
                     "why", h.why, "clock", now.synchronised ? "synchronised" : "unsynchronised",
                     "retiring", (json_int_t)retention_waiting(s->retention));
}

/* The book's answer to one ticket, which is a connection's number. */
static void answer(void *context, uint64_t ticket, int code, uint64_t seq)
{
    struct desk *s = context;
    struct book_head h;
    if (ticket == BOOK_TICKET_RING)
        return;
    book_head(s->book, &h);
    if (code == 0)
        (void)server_send(s->server, ticket, SK_MSG_APPENDED, appended_json(s, seq), -1);
    else
        server_refuse(s->server, ticket, code, h.why);
}

static int append_call(struct server_call *c)
{
    struct desk *s = desk_of(c);
    json_t *record = json_object_get(c->body, "record");
    int r = book_check(record);
    if (r == 0 && str_eq(record_text(record, "kind"), SK_KIND_REMOVAL))
        r = SK_ERR_FORMAT; /* only with what it tells of: REMOVE */
    if (r != 0)
        return fault_set(&c->fault, r, "the record is not one that may be appended");
    bool seal = record_flag(c->body, "seal"), durable = seal || record_flag(c->body, "durable");
    uint64_t seq = book_next_seq(s->book);
    r = book_add(s->book, json_incref(record), NULL, durable ? c->peer : 0);
    if (r == SK_ERR_STATE)
        return fault_set(&c->fault, r, "the disk is full: only refusals are recorded");
    if (r != 0)
        return r;
    if (durable) {
        s->want_commit = true;
        s->want_seal = s->want_seal || seal;
        return SERVER_LATER;
    }
    uint64_t due = clock_boot_ns() + GROUP_DELAY_NS;
    s->commit_due = due < s->commit_due ? due : s->commit_due;
    json_decref(c->answer);
    c->answer = appended_json(s, seq);
    return c->answer ? 0 : -ENOMEM;
}

static int ring_call(struct server_call *c)
{
    struct desk *s = desk_of(c);
    struct wire_message *m = c->message;
    struct intake *fresh = NULL;
    if (m->fd_count != 2)
        return SK_ERR_FORMAT;
    /* what the old ring still holds comes first: it may be the same memory */
    uint64_t now = clock_boot_ns();
    if (s->intake && intake_flush(s->intake, s->book, now) >= 0)
        intake_settle(s->intake, book_commit(s->book, false, answer, s) == 0);
    int r = intake_open(m->fds[0], s->about->boot_id, s->about->recovery, &fresh);
    if (r != 0)
        return fault_set(&c->fault, r, "this memory is no ring");
    if (s->intake)
        intake_follow(fresh, s->intake);
    struct book_head h;
    book_head(s->book, &h);
    intake_say_failing(fresh, h.failing || h.emergency);
    intake_close(&s->intake);
    clean_close(&s->ring_event);
    s->intake = fresh;
    s->ring_event = steal_fd(&m->fds[1]);
    log_info("a ring is connected");
    return 0;
}

static int head_call(struct server_call *c)
{
    json_decref(c->answer);
    c->answer = head_json(desk_of(c));
    return c->answer ? 0 : -ENOMEM;
}

static uint64_t *sealing_place(struct desk *s, uint64_t peer)
{
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (s->sealing[i] == peer)
            return &s->sealing[i];
    return NULL;
}

static int seal_call(struct server_call *c)
{
    struct desk *s = desk_of(c);
    uint64_t *place = sealing_place(s, c->peer);
    if (!place)
        place = sealing_place(s, 0);
    if (!place)
        return SK_ERR_LIMIT;
    /* this round's commit seals; HEAD_IS is sent behind it */
    *place = c->peer;
    s->want_commit = true;
    s->want_seal = true;
    return SERVER_LATER;
}

static int retention_fault(struct server_call *c, int code)
{
    return code == SK_ERR_STATE ? fault_set(&c->fault, code, "a segment is in use or not sealed, or an "
                                            "earlier job is not done") : code;
}

static int archive_call(struct server_call *c)
{
    return retention_fault(c, retention_archive(desk_of(c)->retention, c->body));
}

/* Answered when the record is durable. */
static int remove_call(struct server_call *c)
{
    struct desk *s = desk_of(c);
    int r = retention_remove(s->retention, c->body, c->peer);
    if (r != 0)
        return retention_fault(c, r);
    s->want_commit = s->want_seal = true;
    return SERVER_LATER;
}

static void peer_gone(void *context, uint64_t peer)
{
    uint64_t *place = sealing_place(context, peer);
    if (place)
        *place = 0;
}

static const struct server_message messages[] = {
    {SK_MSG_APPEND, SK_MSG_APPENDED, SERVER_BOTH, 0, SK_RECORD_MAX + ENVELOPE_MAX, append_call},
    {SK_MSG_RING, SK_MSG_OK, SERVER_ROOT, 2, 0, ring_call},
    {SK_MSG_HEAD, SK_MSG_HEAD_IS, SERVER_BOTH, 0, 0, head_call},
    {SK_MSG_SEAL, SK_MSG_HEAD_IS, SERVER_BOTH, 0, 0, seal_call},
    {SK_MSG_ARCHIVE, SK_MSG_OK, SERVER_BOTH, 0, SK_RECORD_MAX, archive_call},
    {SK_MSG_REMOVE, SK_MSG_APPENDED, SERVER_BOTH, 0, SK_RECORD_MAX, remove_call},
};

static int64_t wall_offset(struct clock_now *ret)
{
    clock_read(ret);
    return ret->wall_s * (int64_t)NS_PER_S + ret->wall_ns - (int64_t)ret->boot_ns;
}

/* The timer never expires; it is cancelled when the clock is set (timerfd_create(2)). */
static int arm_clock(struct desk *s)
{
    struct clock_now now;
    struct itimerspec far = {.it_value = {.tv_sec = INT32_MAX}};
    clock_read(&now);
    far.it_value.tv_sec = now.wall_s + INT32_MAX;
    return timerfd_settime(s->clock_timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far,
                           NULL) == 0 ? 0 : -errno;
}

static void clock_ready(void *context, int fd)
{
    struct desk *s = context;
    uint64_t count;
    struct clock_now now;
    char before[CLOCK_TIME_CAP], after[CLOCK_TIME_CAP];
    if (read(fd, &count, sizeof count) < 0 && errno != ECANCELED)
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

static void log_state(struct desk *s, const struct book_head *h)
{
    bool failing = h->failing || h->emergency;
    if (failing && !s->was_failing)
        log_error("the ledger refuses what must be durable: %s", h->why);
    else if (!failing && s->was_failing)
        log_info("the ledger writes again");
    s->was_failing = failing;
}

/* Answer those whose SEAL was part of the commit. */
static void answer_seals(struct desk *s, int code)
{
    for (size_t i = 0; i < SK_PEERS_MAX; i++) {
        uint64_t peer = s->sealing[i];
        if (!peer)
            continue;
        s->sealing[i] = 0;
        if (code == 0)
            (void)server_send(s->server, peer, SK_MSG_HEAD_IS, head_json(s), -1);
        else
            server_refuse(s->server, peer, code, NULL);
    }
}

static void commit(struct desk *s, uint64_t now)
{
    struct book_head h;
    book_head(s->book, &h);
    if (s->intake) {
        int r = intake_flush(s->intake, s->book, now);
        if (r < 0 && r != SK_ERR_STATE)
            log_error("accesses wait in the ring: %s", sk_strerror(r));
    }
    bool seal = s->want_seal;
    int r = book_commit(s->book, seal, answer, s);
    if (s->intake)
        intake_settle(s->intake, r == 0);
    retention_settle(s->retention, r == 0);
    s->want_commit = s->want_seal = false;
    s->commit_due = UINT64_MAX;
    answer_seals(s, r);
    book_head(s->book, &h);
    log_state(s, &h);
    if (s->intake)
        intake_say_failing(s->intake, h.failing || h.emergency);
    s->retry_at = h.failing || h.emergency ? now + RETRY_NS : UINT64_MAX;
    if (seal && r == 0)
        s->last_seal = now;
    if (!book_unsealed(s->book))
        s->seal_due = UINT64_MAX;
    else if (s->seal_due == UINT64_MAX)
        s->seal_due = now + SEAL_DELAY_NS;
}

/* What time says is due; returns when to look again. */
static uint64_t due(struct desk *s, uint64_t now)
{
    uint64_t ring = s->intake ? intake_due(s->intake, now) : UINT64_MAX;
    uint64_t idle = s->last_seal + SEAL_IDLE_NS;
    bool waits = s->retry_at != UINT64_MAX; /* the disk fails: one try a second is enough */
    if (waits && s->retry_at <= now) {
        s->want_commit = true;
        book_prepare(s->book);
        s->want_seal = book_unsealed(s->book) || book_gap_is_over(s->book);
        s->retry_at = now + RETRY_NS;
    }
    if (!waits && (s->seal_due <= now || idle <= now))
        s->want_commit = s->want_seal = true;
    if (!waits && (s->commit_due <= now || ring <= now || book_full(s->book)))
        s->want_commit = true;
    if (waits)
        return s->retry_at;
    uint64_t old = retention_due(s->retention, now);
    idle = old < idle ? old : idle;
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

static void ring_ready(void *context, int fd)
{
    uint64_t count;
    (void)context; /* what the bell says is looked at by turn */
    (void)!read(fd, &count, sizeof count);
}

static void something_retired(void *context, int fd)
{
    struct desk *s = context;
    (void)fd;
    if (retention_ready(s->retention))
        s->want_commit = s->want_seal = true;
}

static void gather(struct server *server, void *context)
{
    struct desk *s = context;
    server_watch(server, retention_fd(s->retention), something_retired);
    server_watch(server, s->clock_timer, clock_ready);
    server_watch(server, s->ring_event, ring_ready);
}

static int turn(void *context)
{
    struct desk *s = context;
    for (;;) {
        uint64_t now = clock_boot_ns(), next = due(s, now);
        if (!s->want_commit)
            return wait_time(next, now);
        commit(s, now);
    }
}

static void say_goodbye(struct desk *s)
{
    int r = book_add(s->book, json_pack("{s:s,s:s,s:s}", "kind", SK_KIND_AGENT, "phase", "stop",
                                        "process", "sekisho-ledger"), NULL, 0);
    s->want_seal = true;
    commit(s, clock_boot_ns());
    if (r != 0 || s->was_failing)
        log_error("the ledger stops without a last seal");
}

static struct desk the_desk;
static const struct server_config config = {
    .name = "the ledger", .socket = SK_PATH_LEDGER_SOCKET, .messages = messages,
    .message_count = array_count(messages), .context = &the_desk, .turn = turn, .gather = gather,
    .gone = peer_gone,
};

int serve_open(struct server **ret)
{
    int r = server_new(&config, &the_desk.server);
    if (r == 0)
        r = server_listen(the_desk.server);
    if (r == 0)
        *ret = the_desk.server;
    return r;
}

int serve_run(const struct serve_about *about, struct book *book)
{
    struct desk *s = &the_desk;
    struct clock_now now;
    *s = (struct desk){.about = about, .server = s->server, .book = book, .ring_event = -1,
                       .commit_due = UINT64_MAX, .seal_due = UINT64_MAX, .retry_at = UINT64_MAX,
                       .want_commit = true, .want_seal = true};
    s->clock_timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (s->clock_timer < 0)
        return -errno;
    s->wall_offset = wall_offset(&now);
    s->last_seal = now.boot_ns;
    int r = arm_clock(s);
    if (r == 0)
        r = retention_open(about->ledger_folder, book, about->recovery, &s->retention);
    if (r != 0) {
        close(s->clock_timer);
        return r;
    }
    r = server_run(s->server);
    say_goodbye(s);
    intake_close(&s->intake);
    retention_close(&s->retention);
    clean_close(&s->ring_event);
    close(s->clock_timer);
    return r;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* destination_ask.c owns the questions about destinations that are on their way. It must never look at a destination
 * itself. */
#include "device/destination_ask.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/str.h"
#include "device/medium_writers.h"
#include "wire/wire.h"

#define SEND_MS   10000
#define ANSWER_MS 3000                     /* a disk that slept may have to wake; who asked waits longer */
#define SILENT_NS (30ull * 1000000000)     /* and then not for so long */
#define SWEEP_NS  (600ull * 1000000000)    /* nor for so long, where nobody waits but the agent itself */

struct destination_question {
    struct destination_question *next;
    struct request_destination want;
    const struct area_table *areas;
    struct medium_table *media;
    char medium[SK_ID_MAX + 1]; /* that is writable meanwhile, "" = none */
    uint64_t sequence;
    struct child child;
    uint64_t peer, asked_ns;
};

/* Between two processes of one program, so as it lies in memory. */
struct answer {
    struct destination_state state;
    bool swept;
    struct fault refused; /* what is wrong with it is the answer, not an error */
};

static void run(void *context, int sock)
{
    const struct destination_question *q = context;
    struct answer a = {0};
    int fd = destination_open(q->areas, q->media, &q->want, NULL, &a.state, &a.refused);
    struct fault ignored = {0};
    const struct medium *m = *q->medium ? medium_find(q->media, q->medium) : NULL;
    bool sweeps = q->want.sweep && (!*q->want.medium ||
                                    (m && medium_writers_begin(m->found.private_fd, m->closer.process_fd, &ignored) == 0));
    bool outbox = str_eq(q->want.kind, DESTINATION_OUTBOX);
    a.swept = fd >= 0 && sweeps && (outbox ? destination_sweep_outbox(fd) : destination_sweep(fd));
    (void)!wire_send(sock, SK_MSG_OK, &a, sizeof a, NULL, 0, SEND_MS);
}

static void forget(struct destination_asks *l, struct destination_question *q)
{
    for (struct destination_question **at = &l->first; *at; at = &(*at)->next)
        if (*at == q) {
            *at = q->next;
            break;
        }
    child_end(&q->child, 0);
    if (*q->medium)
        medium_release(q->media, q->medium, q->sequence);
    free(q);
}

static void tell(struct server *s, const struct destination_question *q, const struct answer *a)
{
    autobuf struct buf shown = {0};
    const struct medium *m = medium_find(q->media, q->want.medium);
    const char *place = !*q->want.medium ? q->want.path : m ? m->place : "";
    json_t *body = json_pack("{sb sb sI ss ss}", "present", a->state.present ? 1 : 0, "writable",
                             a->state.writable ? 1 : 0, "free", (json_int_t)a->state.free, "path",
                             fault_shown(&shown, place), "why", a->refused.why);
    if (body && q->want.sweep)
        json_object_set_new(body, "swept", json_boolean(a->swept));
    (void)server_send(s, q->peer, SK_MSG_OK, body, -1);
}

/* A medium is writable for as long as it is swept. */
static void begin_sweep(struct destination_question *q)
{
    struct fault ignored = {0};
    struct medium *m = q->want.sweep ? medium_find(q->media, q->want.medium) : NULL;
    if (!m || medium_begin(m, &ignored) != 0)
        return;
    memcpy(q->medium, m->id, sizeof q->medium);
    q->sequence = m->sequence;
}

static bool is_silent(const struct destination_asks *l, const struct request_destination *want)
{
    uint64_t now = clock_boot_ns(), rest = want->sweep ? SWEEP_NS : SILENT_NS;
    for (size_t i = 0; i < DESTINATION_SILENT_MAX; i++)
        if (*want->path && str_eq(l->silent[i].path, want->path) && now - l->silent[i].at_ns < rest)
            return true;
    return false;
}

static int no_answer(const char *place, struct fault *f)
{
    autobuf struct buf shown = {0};
    return fault_set(f, -ETIMEDOUT, "the storage of %s does not answer", fault_shown(&shown, place));
}

int destination_ask(struct destination_asks *l, const struct area_table *areas, struct medium_table *media,
                    const struct request_destination *want, uint64_t peer, struct fault *f)
{
    if (is_silent(l, want))
        return no_answer(want->path, f);
    struct destination_question *q = calloc(1, sizeof *q);
    if (!q)
        return fault_errno(f, ENOMEM, "the destination can't be checked");
    *q = (struct destination_question){.next = l->first, .want = *want, .areas = areas, .media = media,
                                       .child = CHILD_NONE, .peer = peer, .asked_ns = clock_boot_ns()};
    l->first = q;
    begin_sweep(q);
    const struct medium *m = medium_find(media, want->medium);
    const int keep[] = {m ? m->found.private_fd : -1, m ? m->closer.process_fd : -1};
    int r = child_start(&q->child, keep, array_count(keep), run, q, f);
    if (r != 0)
        forget(l, q);
    return r;
}

void destination_gather(const struct destination_asks *l, struct server *s, void (*ready)(void *context, int fd))
{
    for (const struct destination_question *q = l->first; q; q = q->next)
        server_watch(s, q->child.sock, ready);
}

void destination_ready(struct destination_asks *l, struct server *s, int fd)
{
    struct answer a;
    struct destination_question *q = l->first;
    while (q && q->child.sock != fd)
        q = q->next;
    if (!q)
        return;
    autowire struct wire_message m = {0};
    int r = wire_receive(fd, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    bool whole = r == 0 && m.payload.len == sizeof a;
    if (whole)
        memcpy(&a, m.payload.data, sizeof a);
    if (whole)
        tell(s, q, &a);
    else
        server_refuse(s, q->peer, SK_ERR_CLOSED, "");
    forget(l, q);
}

static void give_up(struct destination_asks *l, struct server *s, struct destination_question *q)
{
    struct fault f = {0};
    struct destination_silent *mark = &l->silent[l->next++ % DESTINATION_SILENT_MAX];
    memcpy(mark->path, q->want.path, sizeof mark->path);
    mark->at_ns = clock_boot_ns();
    int r = no_answer(*q->want.medium ? q->want.medium : q->want.path, &f);
    server_refuse(s, q->peer, r, f.why);
    forget(l, q);
}

int destination_turn(struct destination_asks *l, struct server *s)
{
    int least = -1;
    struct destination_question *q = l->first;
    while (q) {
        struct destination_question *next = q->next;
        uint64_t gone = (clock_boot_ns() - q->asked_ns) / 1000000;
        if (gone >= ANSWER_MS)
            give_up(l, s, q);
        else if (least < 0 || ANSWER_MS - (int)gone < least)
            least = ANSWER_MS - (int)gone;
        q = next;
    }
    return least;
}

void destination_gone(struct destination_asks *l, uint64_t peer)
{
    struct destination_question *q = l->first;
    while (q) {
        struct destination_question *next = q->next;
        if (q->peer == peer)
            q->peer = 0; /* what it sweeps it sweeps to the end */
        q = next;
    }
}

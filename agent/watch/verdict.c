/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict.c owns the way from an event to its answer. Every path through it ends in an answer; an
 * opener waits all the while, so it must never wait, open anything but /proc, or ask a name service.
 * Answers are matched by descriptor number alone: answer first, close afterwards. */
#include "watch/verdict.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "base/clock.h"
#include "policy/decide.h"
#include "watch/areas.h"
#include "watch/connector.h"
#include "watch/logins.h"
#include "watch/look.h"
#include "watch/names.h"
#include "watch/rooms.h"

_Static_assert(FAN_EVENT_METADATA_LEN == GUARD_HAND_LEN / GUARD_HAND_EVENTS ||
                   GUARD_HAND_LEN / FAN_EVENT_METADATA_LEN <= GUARD_HAND_EVENTS,
               "a note for each event that fits");

/* Changes between two processes' views: nothing of a batch may be seen before it is whole. */
static void fence(void)
{
    atomic_thread_fence(memory_order_seq_cst);
}

/* A note for the successor, who reads it after this process' death: in order, but nobody waits until
 * others have seen it. */
#define note(field, value) atomic_store_explicit(&(field), value, memory_order_release)

/* Only the worker counts these. */
static void count(_Atomic uint64_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

int verdict_read_hand(const struct guard *g)
{
    /* what this process knows to be clean need not be cleared again; of another's it knows nothing */
    static size_t used = GUARD_HAND_LEN;
    struct guard_shared *s = g->shared;
    memset(s->hand, 0, used);
    fence();
    for (size_t i = 0; i < used / FAN_EVENT_METADATA_LEN && i < GUARD_HAND_EVENTS; i++) {
        atomic_store_explicit(&s->hand_verdict[i], VERDICT_NONE, memory_order_relaxed);
        atomic_store_explicit(&s->hand_tries[i], 0, memory_order_relaxed);
    }
    atomic_store(&s->hand_done, 0);
    used = sizeof s->hand;
    ssize_t n = read(GUARD_FD_GROUP, s->hand, sizeof s->hand);
    if (n >= 0 || errno == EAGAIN || errno == EINTR)
        used = n > 0 ? (size_t)n : 0;
    /* EAGAIN may also mean that the kernel refused an event itself (a lease in the way) */
    return n >= 0 ? (int)n : errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

/* Everything that the kernel told since the last look; without a connector nothing is kept. */
static void hear_news(const struct guard *g)
{
    enum connector_news news;
    pid_t pid = 0;
    int r = 0;
    if (!g->shared->connector) {
        identity_forget_all();
        return;
    }
    while ((r = connector_next(GUARD_FD_CONNECTOR, &news, &pid)) == 1 || r == -ENOBUFS) {
        if (r == 1 && news == CONNECTOR_CHANGED)
            identity_forget(pid);
        else if (r == -ENOBUFS || news == CONNECTOR_UNKNOWN) {
            failure_note(g, r == 1 ? FAILURE_OF_CONNECTOR_FORM : FAILURE_OF_CONNECTOR_BEHIND);
            identity_forget_all();
        }
    }
    if (r < 0) {
        failure_note(g, FAILURE_OF_CONNECTOR_BEHIND);
        identity_forget_all();
    }
}

/* Who it is, as far as it is known without a look at its code; *ret_room is the room it is in. */
static struct identity *identify(const struct guard *g, const struct rules *r, pid_t pid,
                                 const struct guard_room **ret_room)
{
    struct identity *i = identity_find(pid);
    if (i) {
        *ret_room = rooms_find(g, i);
        if (!guard_silent(i->read_ns, *ret_room ? IDENTITY_ROOM_AGE_MAX_MS : IDENTITY_AGE_MAX_MS)) {
            rules_match(r, i);
            return i;
        }
    }
    i = identity_place(pid);
    identity_read(pid, i);
    *ret_room = rooms_find(g, i);
    if (i->identified)
        rules_match(r, i);
    else
        failure_note(g, FAILURE_OF_UNIDENTIFIED);
    return i;
}

/* The application to ask the policy about: the first that the area lists, else the first. */
static const char *application_of(const struct policy *p, const struct identity *i,
                                  const char *area_id)
{
    const struct policy_area *area = policy_area(p, area_id);
    for (unsigned n = 0; area && n < i->program_count; n++)
        if (policy_list_has(&area->applications, p->applications[i->programs[n]].head.id))
            return p->applications[i->programs[n]].head.id;
    return i->program_count > 0 ? p->applications[i->programs[0]].head.id : NULL;
}

static void put_id(char into[static SK_ID_MAX + 1], const char *id)
{
    size_t len = id ? strnlen(id, SK_ID_MAX) : 0;
    memcpy(into, id ? id : "", len);
    into[len] = '\0';
}

static void fill_event(struct access_event *e, const struct identity *i, const struct rules *r,
                       const struct access_question *q, const struct decision *d)
{
    e->boot_ns = clock_boot_ns();
    e->process_start = i->start;
    e->uid = i->uid;
    e->reason = (uint16_t)d->reason;
    e->allowed = d->allow;
    e->rule_line = d->line;
    e->policy_version = (uint32_t)r->policy->version;
    memcpy(e->policy_digest, r->policy->digest, sizeof e->policy_digest);
    put_id(e->person, d->person ? d->person->head.id : NULL);
    put_id(e->area, q->area);
    put_id(e->application, q->application);
    memcpy(e->exe, i->exe, sizeof e->exe);
}

/* The login of the person behind a process: in a room, who the room belongs to. The user ids of
 * rooms are nobody's outside them. */
static const char *login_of(const struct rules *r, const struct identity *i,
                            const struct guard_room *room)
{
    if (!i->identified || (!room && i->uid >= SK_ROOM_UID_BASE))
        return NULL;
    return logins_find(r->logins, room ? room->login_uid : i->uid);
}

/* What is still missing when all else speaks for a yes: the code in the process. */
static void look_at_code(const struct guard *g, struct identity *i, bool in_room,
                         struct access_question *q)
{
    if (i->code_ns == 0 || guard_silent(i->code_ns, IDENTITY_AGE_MAX_MS)) {
        if (look_begin(g, i->uid)) {
            identity_read_code(i, !in_room); /* what it changed in memory matters outside rooms only */
            look_end(g);
        } else {
            identity_give_up(i);
        }
        if (!i->identified)
            failure_note(g, FAILURE_OF_UNIDENTIFIED);
    }
    q->identified = i->identified;
    q->one_identity = i->one_identity;
    q->program_trusted = i->program_trusted;
    q->code_trusted = i->code_trusted;
    q->code_made = i->code_made;
}

/* Ask the policy. The code in a process costs most to examine and is asked for last: only where it
 * decides, and only when nothing else already has. */
static void ask(const struct guard *g, struct rules *r, struct identity *i,
                const struct guard_room *room, struct access_question *q, struct decision *d)
{
    const struct policy *p = r->policy;
    q->user = login_of(r, i, room);
    q->application = application_of(p, i, q->area);
    q->identified = i->identified;
    q->one_identity = i->one_identity;
    q->program_trusted = i->program_trusted;
    q->code_trusted = true;
    decide_access(p, q, d);
    if (d->reason == SK_REASON_NOT_LISTED && rules_refresh(g, r)) {
        rules_match(r, i);
        q->application = application_of(p, i, q->area);
        decide_access(p, q, d);
    }
    i->answer.needs_code = d->allow && decide_needs_code(p, q->area);
    if (i->answer.needs_code) {
        look_at_code(g, i, room != NULL, q);
        q->user = login_of(r, i, room);
        decide_access(p, q, d);
    }
}

/* Has this been asked before, in this second, of a process that is still the same as far as is known? A
 * program that is not listed may have become so: that is looked for anew. */
static bool answered_before(const struct identity *i, const struct guard_area *area,
                            const struct guard_room *room, const struct access_question *q)
{
    const struct identity_answer *a = &i->answer;
    return a->there && i->identified && a->area == area && a->now == q->now &&
           a->in_room == q->in_room && a->in_other_room == q->in_other_room &&
           a->login_uid == (room ? room->login_uid : 0) && a->matched_ns == i->matched_ns &&
           a->code_ns == i->code_ns && a->decision.reason != SK_REASON_NOT_LISTED &&
           !(a->needs_code && guard_silent(i->code_ns, IDENTITY_AGE_MAX_MS));
}

static void ask_or_remember(const struct guard *g, struct rules *r, struct identity *i,
                            const struct guard_area *area, const struct guard_room *room,
                            struct access_question *q, struct decision *d)
{
    struct identity_answer *a = &i->answer;
    if (answered_before(i, area, room, q)) {
        *d = a->decision;
        q->application = a->application;
        return;
    }
    ask(g, r, i, room, q, d);
    *a = (struct identity_answer){.there = true, .in_room = q->in_room,
                                  .in_other_room = q->in_other_room, .needs_code = a->needs_code,
                                  .login_uid = room ? room->login_uid : 0, .area = area,
                                  .now = q->now, .code_ns = i->code_ns,
                                  .matched_ns = i->matched_ns, .application = q->application,
                                  .decision = *d};
}

/* Decide and commit to the ring. True = allow. */
static bool decide(const struct guard *g, struct rules *r,
                   const struct fanotify_event_metadata *m)
{
    struct access_event e; /* large; fill_event and names_fill fill the rest */
    struct stat st = {0};
    const struct guard_room *room = NULL;
    struct identity *i = identify(g, r, m->pid, &room);
    const struct guard_area *area = NULL;
    e.pid = m->pid;
    e.inode = e.dev_major = e.dev_minor = 0;
    /* fstat(2) waits for nobody here: only kinds of filesystems without a server are marked */
    if (fstat(m->fd, &st) != 0) {
        failure_note(g, FAILURE_OF_EVENT_STAT);
    } else {
        e.inode = st.st_ino;
        e.dev_major = major(st.st_dev);
        e.dev_minor = minor(st.st_dev);
        area = areas_find(g, e.dev_major, e.dev_minor);
    }
    bool its_room = room && area && strcmp(room->area, area->id) == 0;
    struct access_question q = {
        .area = area ? area->id : "",
        .in_room = its_room,
        .in_other_room = room && !its_room,
        .now = clock_wall_s(),
    };
    struct decision d = {0};
    ask_or_remember(g, r, i, area, room, &q, &d);
    fill_event(&e, i, r, &q, &d);
    names_fill(m->fd, &st, area, room, &e);
    int committed = ring_commit(g->ring, &e);
    if (committed != 0) {
        failure_note(g, ring_has_room(g->ring) ? FAILURE_OF_RING_FORM : FAILURE_OF_RING_FULL);
        ring_count_lost(g->ring);
        return false;
    }
    return d.allow;
}

static void answer(const struct guard *g, int fd, bool allow)
{
    struct fanotify_response response = {.fd = fd, .response = allow ? FAN_ALLOW : FAN_DENY};
    ssize_t n;
    do
        n = write(GUARD_FD_GROUP, &response, sizeof response);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != ENOENT) { /* ENOENT: answered before, or the opener died */
        failure_note(g, FAILURE_OF_ANSWER);
        response.response = FAN_DENY;
        if (write(GUARD_FD_GROUP, &response, sizeof response) < 0)
            return;
    }
    count(&g->shared->answered);
    count(allow ? &g->shared->allowed : &g->shared->refused);
}

/* One event with a descriptor, from the notes of those who held it before. */
static void settle(const struct guard *g, struct rules *r,
                   const struct fanotify_event_metadata *m, uint32_t index)
{
    struct guard_shared *s = g->shared;
    uint8_t verdict = atomic_load(&s->hand_verdict[index]);
    if (verdict == VERDICT_NONE) {
        note(s->hand_since, guard_now_ns());
        uint8_t tries = atomic_load(&s->hand_tries[index]);
        note(s->hand_tries[index], (uint8_t)(tries + 1));
        bool allow = false;
        if (tries >= GUARD_HAND_TRIES_MAX)
            failure_note(g, FAILURE_OF_EVENT_FATAL);
        else if (m->vers != FANOTIFY_METADATA_VERSION || !(m->mask & FAN_OPEN_PERM))
            failure_note(g, FAILURE_OF_EVENT_FORM);
        else
            allow = decide(g, r, m);
        verdict = allow ? VERDICT_ALLOW : VERDICT_REFUSE;
        note(s->hand_verdict[index], verdict);
    }
    answer(g, m->fd, verdict == VERDICT_ALLOW);
    note(s->hand_done, index + 1);
    note(s->hand_since, 0);
    close(m->fd);
}

void verdict_answer_hand(const struct guard *g, struct rules *r)
{
    struct guard_shared *s = g->shared;
    uint32_t done = atomic_load(&s->hand_done);
    size_t at = 0;
    hear_news(g);
    for (uint32_t index = 0; sizeof s->hand - at >= FAN_EVENT_METADATA_LEN; index++) {
        struct fanotify_event_metadata m;
        memcpy(&m, s->hand + at, sizeof m);
        if (m.event_len < FAN_EVENT_METADATA_LEN || m.event_len > sizeof s->hand - at)
            break;
        at += m.event_len;
        if (index < done)
            continue;
        if (m.fd >= 0)
            settle(g, r, &m, index);
        else
            failure_note(g, m.mask & FAN_Q_OVERFLOW ? FAILURE_OF_QUEUE_OVERFLOW
                                                    : FAILURE_OF_EVENT_WITHOUT_FILE);
        note(s->hand_done, index + 1);
    }
}

unsigned verdict_refuse_all(int limit)
{
    unsigned refused = 0;
    for (int fd = 0; fd < limit; fd++) {
        struct fanotify_response response = {.fd = fd, .response = FAN_DENY};
        while (write(GUARD_FD_GROUP, &response, sizeof response) > 0)
            refused++;
    }
    return refused;
}

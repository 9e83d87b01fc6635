/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict.c owns the way from an event to its answer. Every path through it ends in an answer; an
 * opener waits all the while, so it must never wait, open anything but /proc, or ask a name service.
 * Answers are matched by descriptor number alone: answer first, close afterwards. */
#include "watch/verdict.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "base/clock.h"
#include "policy/decide.h"
#include "watch/areas.h"
#include "watch/backlog.h"
#include "watch/connector.h"
#include "watch/latest.h"
#include "watch/logins.h"
#include "watch/look.h"
#include "watch/report.h"
#include "watch/rooms.h"

#define READ_LEAST      2 /* events, so that a crowd can be told from one opener (crowd.h) */
#define OWN_DESCRIPTORS 8 /* of the worker itself: epoll, /proc, the ledger, what it reads from /proc */

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

/* How many bytes of events one read may bring: the kernel refuses an event for which there is no
 * descriptor, without a word when others came before it. So never more than there are descriptors for;
 * and after an error one at a time, so that each of those refusals can be counted. */
static size_t bytes_to_read(bool failed)
{
    static size_t most;
    struct rlimit files;
    if (most == 0) {
        size_t taken = GUARD_FD_RESERVED + SK_PEERS_MAX + OWN_DESCRIPTORS;
        size_t events = getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > taken
                            ? (size_t)files.rlim_cur - taken : 0;
        events = events < READ_LEAST ? READ_LEAST : events;
        most = events < GUARD_HAND_EVENTS ? events * FAN_EVENT_METADATA_LEN : GUARD_HAND_LEN;
    }
    return failed ? FAN_EVENT_METADATA_LEN : most;
}

int verdict_read_hand(const struct guard *g)
{
    static bool failed;
    /* what this process knows to be clean need not be cleared again; of another's it knows nothing */
    static size_t used = GUARD_HAND_LEN;
    struct guard_shared *s = g->shared;
    memset(s->hand, 0, used);
    fence();
    for (size_t i = 0; i < used / FAN_EVENT_METADATA_LEN && i < GUARD_HAND_EVENTS; i++) {
        atomic_store_explicit(&s->hand_note[i], 0, memory_order_relaxed);
        atomic_store_explicit(&s->hand_tries[i], 0, memory_order_relaxed);
    }
    atomic_store(&s->hand_done, 0);
    used = sizeof s->hand;
    ssize_t n = read(GUARD_FD_GROUP, s->hand, bytes_to_read(failed));
    failed = n < 0 && errno != EAGAIN && errno != EINTR;
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
    if (!connector_rings())
        return;
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
                                 uint64_t now_ns, const struct guard_room **ret_room)
{
    struct identity *i = identity_find(pid);
    if (i) {
        *ret_room = rooms_find(g, i);
        if (!guard_silent_at(now_ns, i->read_ns, IDENTITY_AGE_MAX_MS)) {
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
                            const struct guard_room *room, const struct access_question *q,
                            uint64_t now_ns)
{
    const struct identity_answer *a = &i->answer;
    return a->there && i->identified && a->area == area && a->now == q->now &&
           a->in_room == q->in_room && a->in_other_room == q->in_other_room &&
           a->login_uid == (room ? room->login_uid : 0) && a->matched_ns == i->matched_ns &&
           a->code_ns == i->code_ns && a->decision.reason != SK_REASON_NOT_LISTED &&
           !(a->needs_code && guard_silent_at(now_ns, i->code_ns, IDENTITY_AGE_MAX_MS));
}

/* *now_ns moves on where that took its time. */
static void ask_or_remember(const struct guard *g, struct rules *r, struct identity *i,
                            const struct guard_area *area, const struct guard_room *room,
                            uint64_t *now_ns, struct access_question *q, struct decision *d)
{
    struct identity_answer *a = &i->answer;
    if (answered_before(i, area, room, q, *now_ns)) {
        *d = a->decision;
        q->application = a->application;
        return;
    }
    static uint64_t number;
    ask(g, r, i, room, q, d);
    *now_ns = guard_now_ns();
    number++;
    *a = (struct identity_answer){.there = true, .number = number, .in_room = q->in_room,
                                  .in_other_room = q->in_other_room, .needs_code = a->needs_code,
                                  .login_uid = room ? room->login_uid : 0, .area = area,
                                  .now = q->now, .code_ns = i->code_ns,
                                  .matched_ns = i->matched_ns, .application = q->application,
                                  .decision = *d};
}

/* Does the policy want that nobody comes in while the ledger can't write? */
static bool refuses_when_failing(const struct rules *r)
{
    return r->policy->ledger.refuse_access_on_failure;
}

/* The ring has no room: the record waits in memory. Where that has none either nobody comes in, whatever
 * the policy says: no record, no act. */
static bool record_later(const struct guard *g, const struct rules *r, struct access_event *e,
                         uint32_t index)
{
    struct guard_shared *s = g->shared;
    failure_note(g, ring_has_room(g->ring) ? FAILURE_OF_RING_FORM : FAILURE_OF_RING_FULL);
    if (e->allowed && refuses_when_failing(r)) {
        e->allowed = false;
        e->reason = SK_REASON_LEDGER_BEHIND;
        e->rule_line = 0;
    }
    note(s->hand_note[index], GUARD_NOTE(PLACE_BACKLOG, e->allowed, backlog_end(g)));
    if (backlog_put(g, e) == 0)
        return e->allowed;
    failure_note(g, FAILURE_OF_BACKLOG_FULL);
    note(s->hand_note[index], GUARD_NOTE(PLACE_COUNTED, false, 0));
    return false;
}

/* Is the record there that this note speaks of? */
static bool on_record(const struct guard *g, uint64_t noted)
{
    switch (GUARD_NOTE_PLACE(noted)) {
    case PLACE_RING:
        return ring_head(g->ring) > GUARD_NOTE_END(noted);
    case PLACE_BACKLOG:
        return backlog_end(g) > GUARD_NOTE_END(noted);
    case PLACE_COUNTED:
        return true;
    case PLACE_NONE:
        break;
    }
    return false;
}

/* Refuse without a look at the file; with `who` at the process. */
static bool refuse_unseen(const struct guard *g, struct rules *r, pid_t pid, bool who,
                          enum sk_reason reason, uint32_t index)
{
    static const struct identity nobody = {.uid = (uid_t)-1};
    static const struct stat no_file = {0};
    const struct guard_room *room = NULL;
    const struct identity *i = who ? identify(g, r, pid, guard_now_ns(), &room) : &nobody;
    struct access_question q = {.area = "", .user = login_of(r, i, room), .now = latest_now(g)};
    struct decision d = {0};
    decide_access(r->policy, &q, &d);
    d.allow = false;
    d.reason = reason;
    d.line = 0;
    const struct report what = {.fd = -1, .st = &no_file, .identity = i, .policy = r->policy,
                                .question = &q, .decision = &d};
    struct access_event e;
    report_fill(&what, &e);
    e.pid = pid;
    note(g->shared->hand_note[index], GUARD_NOTE(PLACE_RING, false, ring_head(g->ring)));
    return ring_commit(g->ring, &e) == 0 ? false : record_later(g, r, &e, index);
}

/* As fstat(3), which asks by a path that is empty and that the kernel looks at first. It waits for nobody
 * here: only kinds of filesystems without a server are marked. */
static int stat_event(int fd, struct stat *ret)
{
#ifdef __x86_64__
    return (int)syscall(SYS_fstat, fd, ret); /* struct stat is the kernel's own here */
#else
    return fstat(fd, ret);
#endif
}

/* Decide and record. True = allow. */
static bool decide(const struct guard *g, struct rules *r,
                   const struct fanotify_event_metadata *m, uint32_t index, uint64_t now_ns)
{
    struct stat st = {0};
    const struct guard_room *room = NULL;
    struct identity *i = identify(g, r, m->pid, now_ns, &room);
    const struct guard_area *area = NULL;
    if (stat_event(m->fd, &st) != 0)
        failure_note(g, FAILURE_OF_EVENT_STAT);
    else
        area = areas_find(g, major(st.st_dev), minor(st.st_dev));
    bool its_room = room && area && strcmp(room->area, area->id) == 0;
    struct access_question q = {
        .area = area ? area->id : "",
        .in_room = its_room,
        .in_other_room = room && !its_room,
        .now = latest_now(g),
    };
    struct decision d = {0};
    ask_or_remember(g, r, i, area, room, &now_ns, &q, &d);
    /* not what was answered before, so no repeat of it either */
    bool turned = d.allow && ring_failing(g->ring) && refuses_when_failing(r);
    if (turned)
        d = (struct decision){.person = d.person, .reason = SK_REASON_LEDGER_BEHIND};
    const struct report what = {.now_ns = now_ns, .fd = m->fd, .st = &st, .identity = i,
                                .area = area, .room = room, .policy = r->policy,
                                .question = &q, .decision = &d};
    note(g->shared->hand_note[index], GUARD_NOTE(PLACE_RING, d.allow, ring_head(g->ring)));
    if (!turned && report_access(g->ring, &what) == 0)
        return d.allow;
    struct access_event e;
    report_fill(&what, &e);
    if (turned && ring_commit(g->ring, &e) == 0)
        return false;
    return record_later(g, r, &e, index);
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

/* Nobody knows yet what to answer, or the record is not there. */
static bool judge(const struct guard *g, struct rules *r, const struct fanotify_event_metadata *m,
                  uint32_t index)
{
    struct guard_shared *s = g->shared;
    uint64_t now_ns = guard_now_ns(); /* read once: what is asked of an age below is exact to ms */
    note(s->hand_since, now_ns);
    uint8_t tries = atomic_load(&s->hand_tries[index]);
    note(s->hand_tries[index], (uint8_t)(tries + 1));
    if (tries >= GUARD_HAND_TRIES_MAX) {
        failure_note(g, FAILURE_OF_EVENT_FATAL);
        return refuse_unseen(g, r, m->pid, false, SK_REASON_UNIDENTIFIED, index);
    }
    if (m->vers != FANOTIFY_METADATA_VERSION || !(m->mask & FAN_OPEN_PERM)) {
        failure_note(g, FAILURE_OF_EVENT_FORM);
        return refuse_unseen(g, r, m->pid, false, SK_REASON_UNIDENTIFIED, index);
    }
    if (atomic_load(&s->hand_orphaned))
        return refuse_unseen(g, r, m->pid, true, SK_REASON_GUARD_REPLACED, index);
    return decide(g, r, m, index, now_ns);
}

/* One event with a descriptor, from the notes of those who held it before. */
static void settle(const struct guard *g, struct rules *r,
                   const struct fanotify_event_metadata *m, uint32_t index)
{
    struct guard_shared *s = g->shared;
    uint64_t noted = atomic_load(&s->hand_note[index]);
    bool allow = on_record(g, noted) ? GUARD_NOTE_ALLOWS(noted) : judge(g, r, m, index);
    answer(g, m->fd, allow);
    note(s->hand_done, index + 1);
    note(s->hand_since, 0);
    if (!atomic_load_explicit(&s->hand_orphaned, memory_order_relaxed))
        close(m->fd);
}

/* Whatever the kernel still waits for under a number of a table that is gone. Before the next event is
 * read, which may get the same number. */
static void end_orphans(const struct guard *g)
{
    for (unsigned refused = verdict_refuse_all(); refused > 0; refused--)
        failure_note(g, FAILURE_OF_ORPHAN);
    atomic_store(&g->shared->hand_done, GUARD_HAND_EVENTS);
    atomic_store(&g->shared->hand_orphaned, false);
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
    if (atomic_load_explicit(&s->hand_orphaned, memory_order_relaxed))
        end_orphans(g);
}

unsigned verdict_refuse_all(void)
{
    unsigned refused = 0;
    for (int fd = 0; fd < GUARD_DESCRIPTORS_MAX; fd++) {
        struct fanotify_response response = {.fd = fd, .response = FAN_DENY};
        while (write(GUARD_FD_GROUP, &response, sizeof response) > 0)
            refused++;
    }
    return refused;
}

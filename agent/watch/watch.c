/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watch.c owns the worker's loop. It must never leave it, nor wait anywhere but in its one wait_next. */
#include "watch/watch.h"
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "watch/areas.h"
#include "watch/backlog.h"
#include "watch/connector.h"
#include "watch/names.h"
#include "watch/crowd.h"
#include "watch/look.h"
#include "watch/peers.h"
#include "watch/trust.h"
#include "watch/uplink.h"
#include "watch/verdict.h"
#include "watch/wait.h"

#define STOPPING_BEAT_MS 100
#define BATCHES_MAX      64 /* between two looks at peers and beats */
#define TRY_EVERY        32
#define FOUND_MAX        8
#define BEHIND_MS        1500 /* openers wait for a ledger that does not move for so long */
#define BEHIND_LOOK_MS   2

static struct peers peers;
static struct uplink uplink;
static struct rules rules;

static void beat(const struct guard *g)
{
    atomic_store_explicit(&g->shared->watch_beat, guard_now_ns(), memory_order_release);
    if (atomic_load(&g->shared->stopping))
        atomic_store(&g->shared->live_marks, areas_live_marks(g));
}

/* Without room for what one read may bring, openers are left in the kernel's queue: a ledger that is
 * only slow (the ring holds a tenth of a second of one fast opener) must not make anybody's open fail.
 * One that stands still does: then they are read, and refused. */
static bool hold_back(const struct guard *g)
{
    static uint64_t tail, since_ns; /* where the ledger stands, since when */
    uint64_t now = ring_tail(g->ring);
    if (ring_room(g->ring) >= GUARD_HAND_EVENTS) {
        since_ns = 0;
        return false;
    }
    if (since_ns == 0 || now != tail) {
        tail = now;
        since_ns = guard_now_ns();
    }
    return !guard_silent(since_ns, BEHIND_MS);
}

/* Is another read likely to find something, after one that found little? On the opener's own processor
 * it often is, elsewhere hardly ever: so as the last ones did, with a try now and then. Reading in vain
 * costs about as much as the wait that a find saves, so what counts is what happened more often. */
static unsigned another_found; /* 0 to FOUND_MAX */

static bool try_another(void)
{
    static unsigned skipped;
    return another_found > 0 || ++skipped % TRY_EVERY == 0;
}

static void note_another(bool found)
{
    if (found && another_found < FOUND_MAX)
        another_found++;
    else if (!found && another_found > 0)
        another_found--;
}

/* some_wait: the kernel says that there is an event. */
static void answer_waiting(const struct guard *g, bool some_wait)
{
    uint64_t head = ring_head(g->ring);
    bool tried = false;
    if (backlog_waits(g))
        backlog_flush(g);
    for (int i = 0; i < BATCHES_MAX && !hold_back(g); i++) {
        int n = verdict_read_hand(g);
        if (n != 0 || some_wait)
            crowd_seen(n);
        some_wait = false;
        if (tried)
            note_another(n > 0);
        if (n < 0)
            failure_note(g, n == -EMFILE || n == -ENFILE ? FAILURE_OF_NO_DESCRIPTOR
                                                         : FAILURE_OF_GROUP_READ);
        if (n <= 0)
            break;
        verdict_answer_hand(g, &rules);
        beat(g);
        tried = (size_t)n < GUARD_HAND_LEN / 2;
        if (tried && !try_another())
            break; /* that was all: the kernel says when there is more */
    }
    uplink_news(g, &uplink, head);
}

static void serve(const struct guard *g, const struct wait *w)
{
    bool knocked = false;
    for (size_t i = 0; i < w->count; i++) {
        uint32_t what = w->ready[i];
        if (what == WAIT_LISTENER)
            knocked = true; /* last: a newcomer must not get the events of who just left */
        else if (what == WAIT_UPLINK && uplink.sock >= 0)
            uplink_read(g, &uplink);
        else if (what >= WAIT_PEER && peers.items[what - WAIT_PEER].sock >= 0) {
            peers_serve(g, &peers, what - WAIT_PEER, &rules, uplink.accepted);
            answer_waiting(g, false); /* openers come before the next peer */
        }
    }
    if (knocked)
        peers_accept(g, &peers);
}

/* Everything that a keeper's fork must be before it may open or close anything. */
static void begin(const struct guard *g)
{
    pid_t keeper = atomic_load(&g->shared->keeper_pid);
    /* the kernel's word for "my keeper is gone"; the holder kills too, but not at once */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != keeper)
        _exit(1);
    atomic_store(&g->shared->watch_pid, getpid());
    atomic_store(&g->shared->watch_started_boot_ns, clock_boot_ns());
    atomic_fetch_add(&g->shared->watch_starts, 1);
    atomic_store(&g->shared->hand_since, 0);
    beat(g);
}

_Noreturn void watch_run(const struct guard *g, struct sandbox *sandbox)
{
    static struct wait w; /* large, and this process has one thread */
    begin(g);
    log_open("sekishod-watch", LOG_LEVEL_INFO);
    look_begin_worker(g);
    trust_find_devices();
    rules_load(g, &rules);
    names_begin();
    backlog_recover(g);
    verdict_answer_hand(g, &rules);
    /* what is left above the reserved numbers was the dead worker's */
    if (close_range(GUARD_FD_RESERVED, ~0u, 0) != 0 ||
        sandbox_enter(&sandbox, GUARD_FD_RESERVED) != 0)
        _exit(1);
    names_begin();
    peers_init(&peers);
    uplink_init(&uplink);
    if (g->shared->connector)
        connector_begin(GUARD_FD_CONNECTOR);
    if (wait_begin() != 0 || wait_add(GUARD_FD_GROUP, WAIT_GROUP) != 0 ||
        wait_add(GUARD_FD_LISTENER, WAIT_LISTENER) != 0)
        _exit(1);
    for (;;) {
        beat(g);
        uplink_tend(g, &uplink);
        bool held_back = hold_back(g);
        wait_for_group(!held_back);
        int timeout = held_back                         ? BEHIND_LOOK_MS
                    : atomic_load(&g->shared->stopping) ? STOPPING_BEAT_MS : GUARD_BEAT_MS;
        if (wait_next(&w, timeout) != 0)
            failure_note(g, FAILURE_OF_POLL);
        answer_waiting(g, wait_has(&w, WAIT_GROUP)); /* in any case: openers must not depend on it */
        serve(g, &w);
    }
}

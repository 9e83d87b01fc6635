/* SPDX-License-Identifier: GPL-3.0-or-later */
/* look.c owns the time that a look may take, and the list of those whose processes took longer. It must
 * never leave the timer running after a look. */
#include "watch/look.h"
#include <signal.h>
#include <sys/time.h>
#include "base/log.h"

#define LOOK_MAX_MS 300   /* a large process on a busy machine takes some ten */
#define AVOID_TIMES 2     /* in a row */
#define AVOID_MS    10000

static struct guard_slow *find(const struct guard *g, uint32_t who)
{
    for (size_t i = 0; i < GUARD_SLOW_MAX; i++)
        if (g->shared->slow[i].who == who)
            return &g->shared->slow[i];
    return NULL;
}

static void count(const struct guard *g, uint32_t who)
{
    struct guard_slow *s = find(g, who), *all = g->shared->slow;
    if (!s)
        s = find(g, 0);
    if (!s) { /* the one that was slow longest ago */
        s = all;
        for (size_t i = 1; i < GUARD_SLOW_MAX; i++)
            s = all[i].since_ns < s->since_ns ? &all[i] : s;
    }
    s->times = s->who == who ? s->times + 1 : 1;
    s->who = who;
    s->since_ns = guard_now_ns();
}

static bool avoided(const struct guard *g, uint32_t who)
{
    const struct guard_slow *s = find(g, who);
    return s && s->times >= AVOID_TIMES && !guard_silent(s->since_ns, AVOID_MS);
}

void look_begin_worker(const struct guard *g)
{
    uint32_t who = atomic_load(&g->shared->looked_at);
    sigset_t alarm;
    signal(SIGALRM, SIG_DFL); /* whatever the keeper was started with */
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &alarm, NULL);
    if (who == 0)
        return;
    count(g, who);
    atomic_store(&g->shared->looked_at, 0);
    failure_note(g, FAILURE_OF_LOOK_HUNG);
    log_warn("%s (uid %u)", failure_text(FAILURE_OF_LOOK_HUNG), who - 1);
}

static void set_timer(unsigned ms)
{
    const struct itimerval t = {.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};
    (void)setitimer(ITIMER_REAL, &t, NULL); /* can only fail for values out of range */
}

bool look_begin(const struct guard *g, uid_t uid)
{
    uint32_t who = (uint32_t)uid + 1;
    if (avoided(g, who))
        return false;
    atomic_store(&g->shared->looked_at, who);
    set_timer(LOOK_MAX_MS);
    return true;
}

void look_end(const struct guard *g)
{
    struct guard_slow *s = find(g, atomic_load(&g->shared->looked_at));
    set_timer(0);
    if (s)
        s->who = 0;
    atomic_store(&g->shared->looked_at, 0);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* look.c owns the time that a look may take, and the list of those whose processes took longer. It must
 * never leave the timer running after a look. */
#include "watch/look.h"
#include <signal.h>
#include <sys/time.h>
#include "base/log.h"

#define LOOK_MAX_MS 500   /* a large process on a busy machine takes some ten */
#define AVOID_MS    10000

static void avoid(const struct guard *g, uint32_t who)
{
    struct guard_slow *s = g->shared->slow, *oldest = &s[0];
    for (size_t i = 0; i < GUARD_SLOW_MAX; i++) {
        if (s[i].who == who || s[i].who == 0) {
            oldest = &s[i];
            break;
        }
        if (s[i].since_ns < oldest->since_ns)
            oldest = &s[i];
    }
    oldest->who = who;
    oldest->since_ns = guard_now_ns();
}

static bool avoided(const struct guard *g, uint32_t who)
{
    for (size_t i = 0; i < GUARD_SLOW_MAX; i++)
        if (g->shared->slow[i].who == who)
            return !guard_silent(g->shared->slow[i].since_ns, AVOID_MS);
    return false;
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
    avoid(g, who);
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
    set_timer(0);
    atomic_store(&g->shared->looked_at, 0);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trusted.c owns the arithmetic of trusted time. It must never read a clock: all is passed in. */
#include "control/trusted.h"

#define NS_PER_S 1000000000ull

#define CORRECT_SLACK_S 60 /* a synchronised clock may have been set back by so much */

void trusted_see(struct trusted *t, int64_t at_s, bool synchronised, bool this_boot, uint64_t boot_ns)
{
    if (synchronised && at_s > t->synced_s)
        t->synced_s = at_s;
    if (at_s > t->latest_s)
        t->latest_s = at_s;
    if (!this_boot)
        return;
    int64_t began = at_s - (int64_t)(boot_ns / NS_PER_S);
    if (!t->has_boot || began > t->boot_at_s)
        t->boot_at_s = began;
    if (!t->has_boot || began < t->boot_from_s)
        t->boot_from_s = began;
    t->has_boot = true;
}

void trusted_correct(struct trusted *t, int64_t at_s, bool this_boot, uint64_t boot_ns)
{
    t->latest_s = at_s;
    t->has_boot = this_boot;
    t->corrected = this_boot;
    t->boot_at_s = t->boot_from_s = this_boot ? at_s - (int64_t)(boot_ns / NS_PER_S) : 0;
}

bool trusted_may_correct(const struct trusted *t, int64_t wall_s)
{
    return wall_s + CORRECT_SLACK_S >= t->synced_s;
}

int64_t trusted_least(const struct trusted *t, int64_t wall_s, bool synchronised, uint64_t boot_ns)
{
    int64_t by_boot = t->boot_from_s + (int64_t)(boot_ns / NS_PER_S);
    return !synchronised && t->has_boot && by_boot < wall_s ? by_boot : wall_s;
}

int64_t trusted_now(const struct trusted *t, int64_t wall_s, uint64_t boot_ns)
{
    int64_t now = wall_s > t->latest_s ? wall_s : t->latest_s;
    int64_t by_boot = t->boot_at_s + (int64_t)(boot_ns / NS_PER_S);
    return t->has_boot && by_boot > now ? by_boot : now;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trusted.c owns the arithmetic of trusted time. It must never read a clock: all is passed in. */
#include "control/trusted.h"

#define NS_PER_S 1000000000ull

void trusted_see(struct trusted *t, int64_t at_s, bool this_boot, uint64_t boot_ns)
{
    if (at_s > t->latest_s)
        t->latest_s = at_s;
    if (!this_boot)
        return;
    int64_t began = at_s - (int64_t)(boot_ns / NS_PER_S);
    if (!t->has_boot || began > t->boot_at_s)
        t->boot_at_s = began;
    t->has_boot = true;
}

int64_t trusted_now(const struct trusted *t, int64_t wall_s, uint64_t boot_ns)
{
    int64_t now = wall_s > t->latest_s ? wall_s : t->latest_s;
    int64_t by_boot = t->boot_at_s + (int64_t)(boot_ns / NS_PER_S);
    return t->has_boot && by_boot > now ? by_boot : now;
}

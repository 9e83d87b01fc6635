/* SPDX-License-Identifier: GPL-3.0-or-later */
/* latest.c owns the time of decisions. It must never go back while the machine runs but at control's word, nor
 * run ahead of a wall clock that was never set back. */
#include "watch/latest.h"
#include "base/clock.h"

#define NS_PER_S 1000000000ull

/* Kept as the latest wall time at which this boot can have begun, one number that no death can halve.
 * Rounded so that a clock which only goes on is never overtaken. */
static int64_t beginning(int64_t wall_s, uint64_t boot_ns)
{
    return wall_s - (int64_t)((boot_ns + NS_PER_S - 1) / NS_PER_S);
}

static void keep(_Atomic int64_t *began, int64_t wall_s, uint64_t boot_ns)
{
    int64_t is = beginning(wall_s, boot_ns);
    if (is > atomic_load_explicit(began, memory_order_relaxed))
        atomic_store_explicit(began, is, memory_order_relaxed);
}

void latest_told(const struct guard *g, int64_t now_s)
{
    keep(&g->shared->began_s, now_s, clock_boot_ns());
}

void latest_corrected(const struct guard *g, int64_t now_s)
{
    atomic_store_explicit(&g->shared->began_s, beginning(now_s, clock_boot_ns()), memory_order_relaxed);
}

int64_t latest_now(const struct guard *g)
{
    static int64_t seen, answered, told; /* of the last call; of this process alone */
    int64_t wall = clock_wall_coarse_s();
    int64_t began = atomic_load_explicit(&g->shared->began_s, memory_order_relaxed);
    if (wall == seen && began == told && seen == answered)
        return answered;
    uint64_t boot = clock_boot_ns();
    keep(&g->shared->began_s, wall, boot);
    told = atomic_load_explicit(&g->shared->began_s, memory_order_relaxed);
    seen = wall;
    int64_t by_boot = told + (int64_t)(boot / NS_PER_S);
    answered = wall > by_boot ? wall : by_boot;
    return answered;
}

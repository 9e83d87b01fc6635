/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crowd.c owns the worker's scheduling policy. It must never change anybody else's. */
#include "watch/crowd.h"
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/fanotify.h>
#include "watch/shared.h"

#define CROWD    2   /* events in one read: more may wait behind them */
#define CALM_MS  100 /* without such a read */
#define PRIORITY 1

static bool ahead = true; /* as forked by the keeper */
static uint64_t crowd_ns; /* CLOCK_MONOTONIC of the last crowd */

int crowd_go_ahead(void)
{
    const struct sched_param first = {.sched_priority = PRIORITY};
    return sched_setscheduler(0, SCHED_RR, &first) == 0 ? 0 : -errno;
}

void crowd_seen(int read)
{
    if (read <= 0 || read >= CROWD * (int)FAN_EVENT_METADATA_LEN) {
        crowd_ns = guard_now_ns();
        if (!ahead)
            ahead = crowd_go_ahead() == 0;
    } else if (ahead && guard_silent(crowd_ns, CALM_MS)) {
        const struct sched_param plain = {0};
        ahead = sched_setscheduler(0, SCHED_OTHER, &plain) != 0;
    }
}

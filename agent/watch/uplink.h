/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The connection to the ledger: hands it the ring, and rings the bell when there is something new. */
#ifndef WATCH_UPLINK_H
#define WATCH_UPLINK_H

#include <stdbool.h>
#include <stdint.h>
#include "watch/shared.h"

struct uplink {
    int sock;          /* -1 = not connected */
    bool accepted;     /* the ledger has answered OK */
    uint64_t rang_ns;  /* CLOCK_MONOTONIC of the last ring of the bell */
    uint64_t tried_ns; /* CLOCK_MONOTONIC of the last attempt */
    unsigned wait_ms;  /* before the next one */
};

void uplink_init(struct uplink *u);
/* Connect when there is no connection and the wait is over. Never waits itself. */
void uplink_tend(const struct guard *g, struct uplink *u);
/* Something came (or the end) on the connection. */
void uplink_read(const struct guard *g, struct uplink *u);
/* Tell the ledger that records have come since the ring's head was head_before: at once when it had
 * nothing to do, else now and then, since it writes repeats together anyway. */
void uplink_news(const struct guard *g, struct uplink *u, uint64_t head_before);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard.sock: who is connected, and what they ask. One message is handled at a time, none waits. */
#ifndef WATCH_PEERS_H
#define WATCH_PEERS_H

#include <stdbool.h>
#include "watch/rules.h"
#include "watch/shared.h"

struct peer {
    int sock; /* -1 = a free place */
    uid_t uid;
};

struct peers {
    struct peer items[SK_PEERS_MAX];
};

void peers_init(struct peers *p);
/* Take what waits at the listener. */
void peers_accept(const struct guard *g, struct peers *p);
/* Handle one message of that peer. ledger_connected is for STATUS. */
void peers_serve(const struct guard *g, struct peers *p, size_t which, struct rules *rules,
                 bool ledger_connected);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger's loop: ledger.sock, the ring, the clock, and when to commit and to seal. */
#ifndef LEDGER_SERVER_H
#define LEDGER_SERVER_H

#include <sys/types.h>
#include "ledger/book.h"

struct server_config {
    int listener;             /* of ledger.sock; stays the caller's */
    int signals;              /* signalfd with SIGTERM and SIGINT; stays the caller's */
    uid_t control;            /* uid of sk-control; (uid_t)-1 when there is no such login */
    const char *boot_id;
    const struct recovery *recovery;
};

/* Serve until a signal comes, then seal and return. 0, or a negative code when the loop can't go
 * on. The book stays the caller's. */
int server_run(const struct server_config *config, struct book *book) SK_MUST_CHECK;

#endif

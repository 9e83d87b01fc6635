/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger.sock, the ring, the clock, and when to commit and to seal. */
#ifndef LEDGER_SERVE_H
#define LEDGER_SERVE_H

#include "ledger/book.h"
#include "serve/server.h"

struct serve_about {
    const char *boot_id, *ledger_folder;
    const struct recovery *recovery;
};

/* Make the socket. 0 or a negative code. *ret for server_free, after serve_run. */
int serve_open(struct server **ret) SK_MUST_CHECK;

/* Serve until a signal comes, then seal and return: its number, or a negative code when the loop
 * can't go on. The book stays the caller's. */
int serve_run(const struct serve_about *about, struct book *book) SK_MUST_CHECK;

#endif

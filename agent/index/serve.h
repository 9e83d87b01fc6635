/* SPDX-License-Identifier: GPL-3.0-or-later */
/* index.sock and what the loop does. */
#ifndef INDEX_SERVE_H
#define INDEX_SERVE_H

#include "index/index.h"
#include "serve/server.h"

/* Make the socket. 0 or a negative code. *ret for server_free, after serve_run. */
int serve_open(struct server **ret) SK_MUST_CHECK;

/* Until a signal asks for the end: its number, or a negative code. */
int serve_run(struct index *x) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A connection to another daemon, on which nothing comes that was not asked for. */
#ifndef SERVE_NEIGHBOUR_H
#define SERVE_NEIGHBOUR_H

#include <stdbool.h>
#include "base/buf.h"
#include "wire/wire.h"

/* After poll(2) said that something is there: whatever it is ends the connection. */
bool neighbour_lost(int sock);

/* The sentence of its ERROR, safe to show, kept in b. Never NULL nor empty. */
const char *neighbour_why(const struct wire_message *error, struct buf *b);

#endif

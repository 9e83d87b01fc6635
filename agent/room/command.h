/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command that runs in a room, from here. */
#ifndef ROOM_COMMAND_H
#define ROOM_COMMAND_H

#include "room/run.h"
#include "room/table.h"

#define COMMAND_LISTENER "socket" /* in a room's folder */

/* What a start asks for, as an order to the room's first process. terminal: a pty slave comes along.
 * 0 or f->code. */
int command_order(const struct room *r, const struct request_start *want, bool terminal,
                  struct run *ret, struct fault *f) SK_MUST_CHECK;

/* Hand it to the room's first process. A connection on which that answers and later tells the command's
 * end (command_ended), or f->code: SK_ERR_CLOSED when the room is at its end, SK_ERR_TIMEOUT when it takes
 * nothing. */
int command_send(const struct room_table *t, const struct room *r, const struct run *run, int terminal,
                 struct fault *f) SK_MUST_CHECK;

/* Does it run by now? 0, or f->code: it could not be started, or SK_ERR_CLOSED. */
int command_runs(int sock, const struct run *run, bool *ret_runs, struct fault *f) SK_MUST_CHECK;
/* The room has not answered in time. */
int command_silent(struct fault *f);

/* Read from such a connection after poll(2). True when the command has ended, *ret_status 0 or 1 (1
 * also when the room went). */
bool command_ended(int sock, int *ret_status);

/* Is this descriptor the slave of a pseudo-terminal that belongs to that login? */
bool command_is_terminal(int fd, uid_t uid);

#endif

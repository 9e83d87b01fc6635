/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rooms as control sees them: which there are, who may have one, their records, and the questions
 * that wait for a command in one to end. sekisho-room makes and ends them (<sekisho/proto.h>). */
#ifndef CONTROL_ROOMS_H
#define CONTROL_ROOMS_H

#include <jansson.h>
#include <sekisho/limits.h>
#include <sekisho/reason.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "wire/wire.h"

#define CONTROL_ROOM_JOBS_MAX 48 /* starts and commands that are waited for, at a time */
#define CONTROL_ROOM_START_NS (60ull * 1000000000) /* a room that has not started by then failed */
#define CONTROL_ROOM_ENDS_MAX 32 /* ends that are waited for, at a time */
#define CONTROL_ROOM_END_NS   (15ull * 1000000000) /* for the processes of rooms to be gone */

struct ask;
struct control;
struct policy;
struct policy_area;

/* ---- rooms.c ---- */

/* The login's uid that a uid of rooms stands for; any other, and -1, is itself. Root has no room. */
int64_t room_login_uid(int64_t uid);

/* {"rooms":[…]} of ROOM_LIST. 0, or a negative code with a sentence in *why. */
int rooms_ask(struct control *c, json_t **ret, struct buf *why) SK_MUST_CHECK;

/* Is there a room that `which` names? False with a sentence in *why when that can't be learned. */
bool rooms_any(struct control *c, const json_t *which, struct buf *why);

/* Have every room ended that the policy does not allow at this time, and record the end of those that
 * are gone. Asks sekisho-room only when the ledger knows of rooms. */
void rooms_judge(struct control *c);

/* link_listen's stray: ROOM_GONE is taken and recorded. */
bool rooms_stray(void *control, const struct wire_message *m);

/* A record of kind room; takes person; more (borrowed) is added to it. NULL when memory is short. */
json_t *room_record(const struct control *c, const char *phase, const char *room, const char *area,
                    json_t *person, const char *why, const json_t *more);

/* ---- room_job.c: a start, and the wait for its command's end, on a connection of its own ---- */

struct room_job;

/* Learn which room it is and where the asker sits, record the start (with `more`), then send the question;
 * the asker is answered when it ends, and a start that fails is recorded. ASK_LATER, or a negative code
 * with a->why set: then nothing was sent nor recorded. */
int room_job_start(struct ask *a, json_t *question, json_t *more, bool wait) SK_MUST_CHECK;
int room_job_fd(const struct room_job *j);
void room_job_ready(struct control *c, struct room_job *j);
void room_jobs_forget(struct control *c, uint64_t peer_id); /* that asker is gone */
void room_jobs_stalled(struct control *c);
void room_jobs_abort(struct control *c);
/* Is a room of this person and area being started just now? */
bool room_job_starts(const struct control *c, const char *area, const char *login);

/* ---- room_end.c: ends, each on a connection of its own ---- */

struct room_end;

/* Have the rooms ended that `which` ({"room"}, {"area"}, {"login"}) names; their ends are recorded with
 * `why` as sekisho-room tells them. When nothing of them is left the peer (0 = nobody) is answered, or
 * asks again what `then` (borrowed, may be NULL) says. 0: it was asked for; else a negative code with a
 * sentence in *what. */
int room_end_start(struct control *c, const json_t *which, const char *why, uint64_t peer_id,
                   json_t *then, struct buf *what) SK_MUST_CHECK;
int room_end_fd(const struct room_end *e);
void room_end_ready(struct control *c, struct room_end *e);
void room_ends_stalled(struct control *c);
void room_ends_abort(struct control *c);

/* ---- desktop.c ---- */

/* Entries "Protected workspace (AREA)" in SK_PATH_DESKTOP for the areas with rooms that are open. */
void desktop_sync(struct control *c);

#endif

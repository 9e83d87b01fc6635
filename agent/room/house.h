/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All rooms, and what it takes to make one and to end some. */
#ifndef ROOM_HOUSE_H
#define ROOM_HOUSE_H

#include <limits.h>
#include "base/phrase.h"
#include "room/cover.h"
#include "room/links.h"
#include "room/table.h"
#include "room/walls.h"

/* The reason for an end by house_see_sessions. */
#define HOUSE_LOGOUT PHRASE("logout: the login session that held it is over")

struct house {
    struct room_table table;
    struct guardlink guard;
    int map_fd;                  /* of uids, idmap.c */
    int sessions_fd;             /* epoll(7): readable when a login session may be over */
    bool watches_logind;
    int sealed_fd;               /* the map of what takes no writes */
    struct walls_system system[WALLS_SYSTEM_COUNT];
    const char *shown[WALLS_SHOWN_MAX + 1]; /* the system's folders in rooms; NULL after the last */
    const char *unsealed;        /* one of them that can't be sealed; NULL = none */
    struct quiet quiet;
    struct fault heard;          /* why others can be told what rooms read; its code is 0 when they can't */
    struct cover_watchers watchers;
    bool told;                   /* sekishod knows the table as it is */
    char init_program[PATH_MAX]; /* sekisho-room-init, beside our own program */
};

/* Why others can be told what rooms read of this PC's files, in ret; false when they can't. */
bool house_is_heard(const struct house *h, char ret[static FAULT_TEXT_CAP]);

/* Find everything that rooms need. 0 or f->code: what this PC lacks. */
int house_open(struct house *h, struct fault *f) SK_MUST_CHECK;

/* make.c: a room for this start (remote: its person sits elsewhere), known to sekishod and in the table; or f->code, and nothing of it is
 * left. */
int house_make_room(struct house *h, const struct request_start *want, bool remote,
                    struct room **ret, struct fault *f) SK_MUST_CHECK;

/* At the start: the rooms that an earlier sekisho-room left, and the ends that it had begun. tell is called
 * for each room that is found. */
void house_recover(struct house *h, void (*tell)(const char *room, const char *what));

/* What was asked for by this process of a login: the room is held by its session. SK_ERR_STATE when that
 * is over already, or 0. */
int house_tie(struct house *h, struct room *r, pid_t asker, struct fault *f) SK_MUST_CHECK;

/* sessions_fd is readable: end the rooms that no session holds any more. */
void house_see_sessions(struct house *h);

/* Without rooms /proc shows what it showed before the first. */
void house_show(struct house *h);

/* Begin to end a room: TERM to all that runs in it. house_step goes on with it. why: for whoever is told
 * of the end; nothing happens to a room that is leaving already. */
void house_end(struct house *h, struct room *r, const char *why);

/* A room's first process is gone: sekishod is told at once, house_step removes what is left. */
void house_left(struct house *h, struct room *r);

/* Go on with the rooms that are leaving: KILL what did not end in time, remove what is
 * left. gone is called for
 * each of which nothing is left, just before it is freed. Never waits. Milliseconds until it wants to be
 * called again, -1 = not before a room begins to leave. */
typedef void house_gone(void *context, const struct room *r);
int house_step(struct house *h, house_gone *gone, void *context);

/* End all rooms and wait until they are gone. */
void house_end_all(struct house *h, const char *why);

/* Tell sekishod the whole table. 0 or f->code; h->told says the same. */
int house_tell(struct house *h, struct fault *f) SK_MUST_CHECK;

#endif

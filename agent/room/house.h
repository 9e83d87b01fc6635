/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All rooms, and what it takes to make one and to end some. */
#ifndef ROOM_HOUSE_H
#define ROOM_HOUSE_H

#include <limits.h>
#include "room/links.h"
#include "room/table.h"

struct house {
    struct room_table table;
    struct guardlink guard;
    int map_fd;                  /* of uids, idmap.c */
    bool told;                   /* sekishod knows the table as it is */
    char init_program[PATH_MAX]; /* sekisho-room-init, beside our own program */
};

/* Find everything that rooms need. 0 or f->code: what this PC lacks. */
int house_open(struct house *h, struct fault *f) SK_MUST_CHECK;

/* make.c: a room for this start (remote: its person sits elsewhere), known to sekishod and in the table; or f->code, and nothing of it is
 * left. */
int house_make_room(struct house *h, const struct request_start *want, bool remote,
                    struct room **ret, struct fault *f) SK_MUST_CHECK;

/* Without rooms /proc shows what it showed before the first. */
void house_show(struct house *h);

/* A room's first process is gone: what is left of it goes too, and sekishod is told. */
void house_bury(struct house *h, struct room *r);

/* End these rooms: TERM to all that runs in them, after 3 s KILL; all are gone from the table and
 * sekishod's list before this returns. */
void house_end(struct house *h, struct room *const *rooms, size_t count);

/* Tell sekishod the whole table. 0 or f->code; h->told says the same. */
int house_tell(struct house *h, struct fault *f) SK_MUST_CHECK;

#endif

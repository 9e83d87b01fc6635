/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which login sessions hold a room: it ends with the last of them. */
#ifndef ROOM_TIE_H
#define ROOM_TIE_H

#include <stdint.h>
#include "room/place.h"

#define TIES_MAX 16 /* sessions that hold one room */

enum tie_kind {
    TIE_SESSION, /* logind's, by its id */
    TIE_PERSON,  /* any session of the login, for what its service manager started */
    TIE_LEADER,  /* without logind: the process that the login began with */
};
struct tie {
    enum tie_kind kind;
    char session[PLACE_SESSION_MAX]; /* TIE_SESSION */
    pid_t leader;                    /* TIE_LEADER, with its start as process_start has it */
    uint64_t start;
    int fd; /* TIE_LEADER: pidfd, -1 = it is gone */
};

/* Zero-initialise, clear with ties_clear. */
struct ties {
    struct tie at[TIES_MAX];
    size_t count;
    bool some; /* there was one: without any a room ends by itself only */
};

/* What holds a room that this process of the login asks for. False: nothing that could be told. */
bool tie_find(pid_t pid, uid_t uid, struct tie *ret);

/* Open the leader of a tie that was read from disk; a leader that is gone leaves it without. */
void tie_attach(struct tie *t);
void tie_close(struct tie *t);

/* Is the session there and not over? */
bool tie_holds(const struct tie *t, uid_t uid);

/* Takes the tie. One that is there already, or for which there is no place, changes nothing. */
void ties_add(struct ties *all, struct tie *t, uid_t uid);

/* Let go of those that hold no longer. True when none is left of those that were there. */
bool ties_over(struct ties *all, uid_t uid);
void ties_clear(struct ties *all);

#endif

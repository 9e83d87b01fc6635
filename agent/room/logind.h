/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What systemd-logind (or elogind) says of login sessions. */
#ifndef ROOM_LOGIND_H
#define ROOM_LOGIND_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/clean.h"
#include "room/place.h"

/* Does systemd run this PC, so that logind's word counts? */
bool logind_rules(void);

struct logind_session {
    uid_t uid;
    bool remote; /* its person sits at another PC */
    bool over;   /* logged out: what is left of it is programs that stayed behind */
};

/* The session of that id: false when there is none, or it is no person's login. */
bool logind_session(const char *id, struct logind_session *ret);

/* Of all sessions of a login that are not over: is there one / is one at this PC and none remote. */
bool logind_is_in(uid_t uid);
bool logind_is_here(uid_t uid);

/* The graphical session of a login, for programs that its service manager started. */
bool logind_desktop(uid_t uid, char ret[static PLACE_SESSION_MAX]);

/* A descriptor that is readable when a session came, went or changed, the same for each call; -errno when
 * logind is not there yet. logind_seen takes what has come. */
int logind_watch(void) SK_MUST_CHECK;
void logind_seen(void);

#endif

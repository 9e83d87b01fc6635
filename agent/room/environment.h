/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The variables of a room's programs: a table, nothing of the caller's environment. */
#ifndef ROOM_ENVIRONMENT_H
#define ROOM_ENVIRONMENT_H

#include "room/request.h"
#include "room/walls.h"

struct environment {
    const char *login, *home, *shell, *room; /* room: its id */
    uid_t uid;                               /* in the room */
    const char (*locale)[REQUEST_LOCALE_MAX + 1]; /* REQUEST_LOCALES of them, "" = not given */
    int display;                             /* X display number inside, -1 = none */
    bool cookie;                             /* an Xauthority file is there */
    bool terminal;
    bool gpu;                                /* a graphics card is there */
    const char *input_method;                /* "ibus", "fcitx", "uim"; NULL = none */
};

/* Append NAME=VALUE words. */
void environment_of(const struct environment *e, struct words *ret);

/* The input method for a room: the wanted one ("" = any) if it is installed on this PC, else the first
 * that is; NULL when there is none. */
const char *environment_input_method(const char *wanted);

#endif

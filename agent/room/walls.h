/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a room's programs see: the command line of bubblewrap (bwrap(1)), from a table that allows. */
#ifndef ROOM_WALLS_H
#define ROOM_WALLS_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/clean.h"
#include "room/gpu.h"

#define WALLS_INIT    "/run/sekisho/room-init" /* a room's first process, inside */
#define WALLS_TOOLS   "/run/sekisho/bin"       /* what stands in for lp(1) and lpr(1) */
#define WALLS_X11     "/tmp/.X11-unix"         /* sockets of X servers, inside */
#define WALLS_COOKIE  "/run/sekisho/cookie"    /* Xauthority file, inside */
#define WALLS_WORDS   320                      /* words of a command line at most */

/* A list of words for execve(2). Zero-initialise, clear with words_clear. */
struct words {
    char *at[WALLS_WORDS + 1]; /* ends with NULL */
    size_t count;
    int err; /* 0, -ENOMEM or SK_ERR_LIMIT: the first failure */
};
void words_add(struct words *w, const char *format, ...) SK_PRINTF(2, 3);
void words_clear(struct words *w);
#define autowords __attribute__((cleanup(words_clear)))

/* A folder of the system as this PC has it: a link (/lib → usr/lib), a folder, or not there. */
enum walls_kind { WALLS_ABSENT, WALLS_LINK, WALLS_FOLDER };
struct walls_system {
    const char *path;
    enum walls_kind kind;
    char target[64]; /* of a link */
};
#define WALLS_SYSTEM_COUNT 9

/* The folders of the system that a room shows, one after the other; NULL after the last. */
const char *walls_shown(const struct walls_system system[static WALLS_SYSTEM_COUNT], size_t i);
#define WALLS_SHOWN_MAX (WALLS_SYSTEM_COUNT + 7)

/* How this PC's /bin, /lib, … lie. */
void walls_look(struct walls_system ret[static WALLS_SYSTEM_COUNT]);

/* Paths "from" are those of the private mount namespace in which bubblewrap is started. */
struct walls {
    const struct walls_system *system; /* WALLS_SYSTEM_COUNT of them */
    const char *area_from, *area;      /* the area, and where it appears */
    const char *home;                  /* inside: area/.rooms/LOGIN */
    const char *control_from, *control;/* folder with control's socket; NULL = none */
    const char *x11_from;              /* folder with X sockets */
    const char *cookie_from;           /* Xauthority file; NULL = none */
    const char *init_from;             /* the program of the room's first process */
    const char *host_name;             /* of the room */
    const struct gpu *gpu;             /* graphics cards; NULL = none */
    int passwd_fd, info_fd;            /* the replaced /etc/passwd; what bubblewrap tells */
};

/* May an area appear at this path? Not over what a room is made of. */
bool walls_area_fits(const char *path);

/* Append bubblewrap's own words, without the program to start. */
void walls_of_room(const struct walls *w, struct words *ret);

/* The same for a nested X server: it sees programs, its sockets' folder, the person's display and
 * nothing else. x11_from is its folder of sockets; display_from the socket of the person's display
 * number `display`, for which x11_from must hold a file to lie on. */
void walls_of_display(const struct walls *w, const char *display_from, int display,
                      struct words *ret);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A room's screen: the person's X server itself (shared), or a nested one (Xephyr) in walls of its own
 * between the person's and the room, so that clipboard and input stay in. */
#ifndef ROOM_DISPLAY_H
#define ROOM_DISPLAY_H

#include "room/house.h"

#define DISPLAY_XEPHYR "/usr/bin/Xephyr"

/* Take up the socket of the person's display: a mount of it, attached nowhere, that shows uids by the
 * map where its file system can. Only where an X server or a compositor of root's or of that login's
 * listens: anything else may be a pipe that the person made. A descriptor or f->code. */
int display_socket(int number, uid_t uid, int map_fd, struct fault *f) SK_MUST_CHECK;

/* Write the Xauthority file of a room: the cookie for whatever display. 0 or f->code. */
int display_cookie(const struct room_table *t, const char *room,
                   const uint8_t cookie[static REQUEST_COOKIE_LEN], struct fault *f) SK_MUST_CHECK;

/* The number that a nested server has inside; no person's display is expected to have it. */
#define DISPLAY_NESTED 1000

/* A nested X server on its way. */
struct nesting {
    int ready_fd;  /* readable when there is news of it; -1 = it need not be waited for */
    int errors_fd;
    int info_fd;   /* open until it is ready, for bubblewrap writes there */
};
#define NESTING_NONE {-1, -1, -1}
void nesting_close(struct nesting *n);

/* Start the nested X server of a room unless it runs; whether it comes to answer depends on the person's
 * own display, so nobody waits for it here. 0 or f->code. */
int display_nest(const struct house *h, const struct room *r, const struct request_start *want,
                 struct nesting *ret, struct fault *f) SK_MUST_CHECK;

/* Has it come to answer? 0, or f->code: it ended instead. */
int display_ready(const struct nesting *n, bool *ret_ready, struct fault *f) SK_MUST_CHECK;
/* Why it did not: it ended, or did not answer in time. */
int display_failed(const struct nesting *n, bool ended, struct fault *f);

#endif

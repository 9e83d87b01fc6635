/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One notice of the desktop (Desktop Notifications Specification, by notify-send) and its buttons. */
#ifndef CLI_NOTICE_H
#define CLI_NOTICE_H

#include <sekisho/limits.h>
#include "client/suggest.h"

/* What a notice's buttons do, as long as they may be pressed. */
struct notice_buttons {
    int fd;                   /* what is pressed comes out here; -1 = free */
    char area[SK_ID_MAX + 1]; /* its room is opened; "" = no such button */
    struct suggestion asks;   /* the window is opened with it; both NULL = no such button */
};

/* Show it. buttons (may be NULL, else free and filled in) is busy until notice_pressed where it has
 * any, else free again. A session without notices, or without buttons on them, is no error. */
void notice_show(const char *summary, const char *body, struct notice_buttons *buttons);

/* Its fd is readable: do what was pressed, if anything was; free again. */
void notice_pressed(struct notice_buttons *buttons);

#endif

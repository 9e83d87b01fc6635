/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plug.sock and the loop around it. */
#ifndef PLUG_SERVE_H
#define PLUG_SERVE_H

#include "serve/server.h"

/* In SK_PATH_RUN: sekisho-plug has run since this PC was started. installer/udev/74-sekisho.rules hold from then on, also
 * when it is gone. */
#define SERVE_MARK_NAME "plug.began"

/* Listen, also to the kernel, and leave the mark. Before the rights are shed. 0 or a negative code. */
int serve_open(struct server **ret) SK_MUST_CHECK;

/* Look at what is there, then serve until a signal asks for the end (its number) or the loop can't go on
 * (negative). What was let in stays so, all else stays shut. */
int serve_run(void) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sekisho-room tells a room's first process: run this. ROOM_RUN's payload (<sekisho/proto.h>). */
#ifndef ROOM_RUN_H
#define ROOM_RUN_H

#include <sekisho/limits.h>
#include "room/walls.h"

#define RUN_TERMINAL 1u /* a pty slave comes along */
#define RUN_DISPLAY  2u /* an X server is there: start the input method */
#define RUN_MANAGER  4u /* nobody manages its windows yet: start a window manager */
#define RUN_FLAGS    7u

#define RUN_OUTPUT_MAX 128   /* bytes of the name of an output file */
#define RUN_WORD_MAX   SK_WORD_MAX

/* Zero-initialise, clear with run_clear. */
struct run {
    unsigned flags;
    char output[RUN_OUTPUT_MAX + 1]; /* file in HOME/room-output, "" = none */
    char *folder;                    /* absolute working folder */
    struct words command, environment;
};
void run_clear(struct run *r);
#define autorun __attribute__((cleanup(run_clear)))

/* Append the payload; 0 or a negative code. */
int run_encode(const struct run *r, struct buf *out) SK_MUST_CHECK;

/* 0, SK_ERR_FORMAT, SK_ERR_LIMIT, -ENOMEM; on failure *ret is cleared. */
int run_decode(const void *payload, size_t len, struct run *ret) SK_MUST_CHECK;

#endif

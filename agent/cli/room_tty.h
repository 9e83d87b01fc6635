/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A terminal of a room's own, shown in the one that the person sits at. */
#ifndef CLI_ROOM_TTY_H
#define CLI_ROOM_TTY_H

#include <jansson.h>
#include "cli/cli.h"

/* A new pseudo-terminal with the settings and size of standard input's. CLI_OK and both ends (the
 * slave is to be closed once it was handed over), or a code after a message. */
int room_tty_open(int *ret_master, int *ret_slave) SK_MUST_CHECK;

/* Show the room's terminal until the question on sock is answered: keys go there, what it writes comes
 * here, the size follows. The person's terminal is put back before it returns, and when the tool is
 * told to end. CLI_OK and the answer, or a code after a message. */
int room_tty_relay(struct cli *cli, int sock, int master, json_t **ret_answer) SK_MUST_CHECK;

/* Tell what the room that has opened lacks of what the policy gives it (PROGRESS), if anything. */
void room_tell_lacks(const json_t *progress, const char *line_end);

#endif

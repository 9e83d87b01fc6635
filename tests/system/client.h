/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the clients of the system tests share: names of messages, one question from a command line.
 * Never installed. */
#ifndef TESTS_SYSTEM_CLIENT_H
#define TESTS_SYSTEM_CLIENT_H

#include <stdint.h>
#include "wire/wire.h"

#define CLIENT_WAIT_MS 60000 /* no step of a test takes longer */

/* "?" / exits with status 2 when there is no such message. */
const char *client_name_of(uint16_t type);
uint16_t client_type_of(const char *name);

/* NAME PAYLOAD, one line on stdout. */
void client_show(const struct wire_message *m);

/* WHAT: why, on stderr; 3. */
int client_failed(const char *what, int r);

/* SOCKET TYPE JSON [FILE...]: one message with the files opened so (open(2)). 0, 1 when the answer is
 * ERROR, 3. */
int client_call(int argc, char **argv, int flags);

struct client_command {
    const char *name;
    int arguments; /* at least */
    int (*run)(int argc, char **argv);
};

/* main of a client: the status of the command that argv names, 2 when there is none. */
int client_run(const struct client_command *commands, size_t count, int argc, char **argv);

#endif

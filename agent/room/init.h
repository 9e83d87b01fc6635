/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A room's first process (sekisho-room-init): pid 1 of the room, started by bubblewrap as root. It
 * becomes the person at once, starts what sekisho-room asks for, and reaps. */
#ifndef ROOM_INIT_H
#define ROOM_INIT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "room/run.h"

#define INIT_COMMANDS_MAX 128 /* commands whose end somebody waits for */
#define INIT_HELPERS_MAX  4
#define INIT_TERM_MS      3000 /* between TERM and KILL for what runs in a room that is ended */

/* Programs that the room has for itself: they don't keep it alive. */
enum init_helper { HELPER_BUS, HELPER_INPUT, HELPER_MANAGER };

struct init_command {
    pid_t pid;                       /* 0 = free place */
    int sock;                        /* who wants to know, -1 = nobody any more */
    char output[RUN_OUTPUT_MAX + 1]; /* "" = none */
};

struct init {
    const char *home;
    uid_t uid;
    int listener, signals, bus; /* bus: the session bus's socket, -1 = none */
    bool ending, started;       /* started: a first command came */
    uint64_t ending_ns;         /* CLOCK_BOOTTIME */
    uint64_t idle_ns;           /* since when nothing runs, 0 = something does */
    sigset_t mask;              /* to be given back to children */
    struct words environment; /* of the last command: helpers get the same */
    pid_t helpers[INIT_HELPERS_MAX];
    struct init_command commands[INIT_COMMANDS_MAX];
};

/* init_serve.c: serve until the room is at its end. */
void init_serve(struct init *in);

/* End all other processes of the room and wait for that, a moment at most. */
void init_alone(void);

/* init_command.c: carry out an order; fd is the terminal or -1. The command's process into *ret, or
 * -errno (-ENOENT: no such program). */
int init_start(const struct init *in, const struct run *run, int fd, pid_t *ret) SK_MUST_CHECK;

/* Remove the output file of a command that wrote nothing. */
void init_tidy_output(const struct init *in, const char *output);

/* init_helpers.c: the session bus's socket, whose daemon is started when the first program connects.
 * A descriptor, -1 when the bus is not installed. */
int helpers_bus_socket(const struct init *in);

/* Start a helper unless it runs: in a process that adopts all that comes of it, so that init's own
 * children are the person's programs and these. */
void helpers_start(struct init *in, enum init_helper which);

/* Does a child of ours belong to the person? False when only helpers are left. */
bool helpers_only(const struct init *in);

/* init_input.c: where nothing is chosen yet for this input method ("ibus", …), choose what a person with
 * that locale will want. Runs programs: not for the first process itself. */
void input_preset(const struct init *in, const char *method);

/* init_print.c: what stands in for lp(1) and lpr(1); the exit status. */
int init_refuse_to_print(void);

#endif

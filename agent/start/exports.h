/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs that are started for one connection each: sekisho-export by sekisho-device, sekisho-notify by
 * sekisho-control. */
#ifndef START_EXPORTS_H
#define START_EXPORTS_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/clean.h"

#define EXPORTS_MAX 8 /* exporters at a time; further connections wait in the listener's queue */

struct exports {
    int listener; /* -1: not open; belongs to this struct */
    const char *libexec;
    const char *program;  /* "sekisho-export" */
    const char *instance; /* passed on to it; NULL = it takes none */
    unsigned socket;      /* enum sk_path */
    uid_t peer;           /* who may connect */
    pid_t running[EXPORTS_MAX]; /* 0 = free */
};

/* Listen on e->socket; the rest of *e is filled by the caller. 0 or a negative code. */
int exports_open(struct exports *e, mode_t mode) SK_MUST_CHECK;

/* The descriptor to poll for POLLIN, or -1 while no further exporter may run. */
int exports_listener(const struct exports *e);

/* Accept one connection and start its exporter. */
void exports_accept(struct exports *e);

/* A child ended: true when it was an exporter. */
bool exports_ended(struct exports *e, pid_t pid, int status);

/* How many run; send a signal to each one's group. */
unsigned exports_running(const struct exports *e);
void exports_signal(const struct exports *e, int signal_number);

/* No new ones: close the listener and remove its socket. */
void exports_close(struct exports *e);

#endif

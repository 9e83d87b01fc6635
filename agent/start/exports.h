/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One sekisho-export for each connection that sekisho-device makes. */
#ifndef START_EXPORTS_H
#define START_EXPORTS_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/clean.h"

#define EXPORTS_MAX 8 /* exporters at a time; further connections wait in the listener's queue */

struct exports {
    int listener; /* -1: not open; belongs to this struct */
    const char *libexec;
    pid_t running[EXPORTS_MAX]; /* 0 = free */
};

/* Listen on SK_PATH_EXPORT_SOCKET, for user 0 alone. 0 or a negative code. */
int exports_open(struct exports *e, const char *libexec) SK_MUST_CHECK;

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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemons' lives: started in order, started again when they die, stopped in order. */
#ifndef START_SUPERVISE_H
#define START_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "start/exports.h"

/* States of a daemon, and what moves it on:
 *   DOWN      not running, and nothing will start it by itself
 *   STARTING  runs, its socket does not accept yet      → UP (it accepts), WAITING (it died),
 *             or is killed when start_limit is over
 *   UP        runs and its socket accepted               → WAITING or SURVIVED (it died)
 *   SURVIVED  sekishod only: the process that we started is dead, but its line holds the lock
 *                                                        → WAITING (the lock is free)
 *   WAITING   will be started when its pause is over     → STARTING */
enum daemon_state { DAEMON_DOWN, DAEMON_STARTING, DAEMON_UP, DAEMON_SURVIVED, DAEMON_WAITING };

struct daemon {
    const char *name;
    unsigned socket; /* enum sk_path, where it listens */
    bool has_line;   /* survives its first process (sekishod) */
    bool has_disks;  /* ends only when they have all that was written (sekisho-device) */
    bool left_out;   /* is not started here */
    enum daemon_state state;
    pid_t pid;       /* also its process group; kept while SURVIVED */
    int last_status; /* of waitpid(2), when it last died */
    unsigned failures;     /* deaths in a row without a long life between them */
    uint64_t since_ns;     /* boot time of its last start */
    uint64_t due_ns;       /* STARTING: limit; WAITING: next start */
};

enum { DAEMON_LEDGER, DAEMON_PLUG, DAEMON_GUARD, DAEMON_INDEX, DAEMON_DEVICE, DAEMON_ROOM, DAEMON_CONTROL,
       DAEMON_COUNT };

struct supervisor {
    struct daemon daemons[DAEMON_COUNT]; /* in the order of starting */
    struct exports exports, notices;
    const char *libexec;
    const char *instance; /* NULL = default */
    int signals;          /* signalfd(2): SIGCHLD, SIGTERM, SIGINT, SIGHUP */
    bool stop_asked;
    bool stopping;        /* deaths are expected: nothing is started again */
};

/* Fill *s and open what it needs. The strings must outlive it. devices: this agent decides what may be plugged
 * into this PC, not only about its own folders. 0 or a negative code. */
int supervisor_open(struct supervisor *s, const char *libexec, const char *instance, bool devices) SK_MUST_CHECK;

/* Listen for who starts a program for each connection and is not root (sekisho-control): while the starter
 * may still give its socket away, and when it is alone. 0 or a negative code. */
int supervisor_listen(struct supervisor *s) SK_MUST_CHECK;

/* A daemon that answers already, with the process that listens there; NULL when none does. */
const char *supervisor_foreign(const struct supervisor *s, pid_t *ret_pid);

/* Start all in order, each only when the one before accepts. 0, SK_ERR_STATE when one of them failed
 * (it was logged), SK_ERR_CLOSED when a stop was asked for meanwhile. */
int supervisor_start(struct supervisor *s) SK_MUST_CHECK;

/* Keep all running until a stop is asked for. */
void supervisor_run(struct supervisor *s);

/* Stop all in order: exporters, room (it ends the rooms), device (it closes the areas), control, index,
 * sekishod, ledger (it seals).
 * 0; or SK_ERR_STATE when areas are still guarded after device went: then nothing else was stopped,
 * and what died is being started again, because a guard that leaves before its areas opens them. */
int supervisor_stop(struct supervisor *s) SK_MUST_CHECK;

/* Stop after a failed start: as supervisor_stop, but never refused. */
void supervisor_abandon(struct supervisor *s);

#endif

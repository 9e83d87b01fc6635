/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sekishod's three processes: the keeper, which owns the group and watches over the others; the
 * worker (watch/watch.h), its fork on the same descriptors; the holder, which takes its place. */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

#include "sandbox/sandbox.h"
#include "watch/shared.h"

/* What a keeper holds besides shared memory; each fork has its own copy. */
struct keeper {
    struct guard guard;
    struct sandbox *watch_sandbox; /* prepared, for the next worker */
    pid_t watch, holder;           /* 0 = none */
    uint64_t watch_forked_ns, holder_forked_ns;
    unsigned short_lives;          /* workers in a row that died at once */
    struct guard_awake awake;
};

/* start.c: make everything that needs privilege, then give privilege up. Prints why it can't.
 * 0, or negative: nothing is marked and nothing runs. */
int keeper_start(struct keeper *ret) SK_MUST_CHECK;

/* start.c: what this process touches from now on stays in memory (a guard that waits for swap lets
 * openers wait). Forks must ask anew, mlockall(2). */
void keeper_lock_memory(void);

/* fdstore.c: what a service manager keeps for the next sekishod, so that openers wait, and do not pass,
 * when keeper, worker and holder are killed at once. */
#define FDSTORE_COUNT 4
struct fdstore {
    int fds[FDSTORE_COUNT]; /* group, shared memory, ring, bell; -1 = was not kept */
};
/* Take what the manager has handed over (at least the group), out of the way of the reserved numbers;
 * every other descriptor above them is closed then. Before anything is opened. False: nothing. */
bool fdstore_take(struct fdstore *ret);
/* Put them at their numbers. 0 or -errno. */
int fdstore_place(struct fdstore *s) SK_MUST_CHECK;
/* Connect to the manager ($NOTIFY_SOCKET), at its number. 0, SK_ERR_NOT_FOUND (there is none), -errno. */
int fdstore_open(void) SK_MUST_CHECK;
void fdstore_give(void);   /* keep these */
void fdstore_remove(void); /* an orderly end: keep nothing any more */
void fdstore_ready(void);
void fdstore_beat(void);   /* the keeper lives, where the manager wants to know */

/* keeper.c: be the keeper until an orderly end; 0. Called by main, and by a holder that took over. */
int keeper_run(struct keeper *k);

/* holder.c: be the holder, in a plain fork. Returns only when it has become the keeper: the old one
 * and its worker are dead and nobody waits under their descriptor numbers. */
void holder_run(struct keeper *k);

/* namespaces.c: is this process in the initial pid, user and network namespaces? 0, or SK_ERR_STATE
 * and the word for the first that is not. */
int namespaces_check(const char **ret_which) SK_MUST_CHECK;

#endif

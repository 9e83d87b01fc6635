/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Erasures that run: each in a process of its own, which has nothing open but what it overwrites and the
 * socket on which it tells how far it is (JOB_PROGRESS, JOB_DONE, ERROR). Its end is this process' end. */
#ifndef DEVICE_ERASING_H
#define DEVICE_ERASING_H

#include "base/child.h"
#include "device/erase.h"

struct erasing {
    struct erasing *next;
    struct erase_target target;
    struct child child;
    bool looks;      /* outside of areas: it has not said yet what it found */
    bool plan;       /* and that is all it is asked for */
    uint64_t heard_ns; /* CLOCK_BOOTTIME */
    bool answers;    /* its storage said something */
    char path[SK_FILE_NAME_MAX + 1]; /* outside of areas: what it looks at */
    uint64_t owner;  /* the connection that started it */
    char medium[SK_ID_MAX + 1]; /* that is writable for it (medium_begin), "" = none */
    uint64_t sequence;          /* which one that was */
};

/* Start the run of a prepared erasure; takes what the target holds open. sock: for the answers, stays the
 * caller's. 0 or f->code. */
int erasing_start(struct erase_target *t, int sock, struct erasing **ret, struct fault *f) SK_MUST_CHECK;

/* The same for what lies outside of areas: its process also looks and prepares, for the storage there may never
 * answer. medium_fd as for erase_look, closer as for
 * medium_writers_begin; they, want and sock stay the caller's. 0 or f->code. */
int erasing_outside(struct area_table *areas, int medium_fd, int closer, const struct request_erase *want, int sock, struct erasing **ret,
                    struct fault *f) SK_MUST_CHECK;
/* Its socket is ready while it looks. 0: e->target is what it found; ERASING_WAITS; or f->code. */
#define ERASING_WAITS 1
int erasing_heard(struct erasing *e, struct fault *f) SK_MUST_CHECK;
/* How long that may still take, in ms; -1 = it does not look. Then: f->code. */
int erasing_left_ms(const struct erasing *e);
int erasing_silent(const struct erasing *e, struct fault *f);
/* Now it may overwrite. 0 or negative. */
int erasing_go(const struct erasing *e) SK_MUST_CHECK;

/* The end: with commit the names go, without the process is killed and what is half erased stays so.
 * Frees it. 0 or f->code. */
int erasing_end(struct erasing **e, bool commit, struct fault *f);

#endif

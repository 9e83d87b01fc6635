/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Media that sekisho-plug let in as far as their block device: looked at, and where they are approved mounted.
 *
 *   look    a process of its own (medium_read.h) reads the identity; the mounts that it made come here
 *   open    sekisho-plug says which registered medium it is: its files can be read at SK_PATH_MEDIA/LOGIN/ID by who
 *           answers for it. Nobody can write there: exports go through the private mount, whose file system is
 *           writable only while one runs
 *   close   it was pulled out, or is not approved: nothing of it stays mounted
 * One is known by the number of its disk, which another may get: the kernel's sequence number of disks tells. */
#ifndef DEVICE_MEDIUM_H
#define DEVICE_MEDIUM_H

#include <stdbool.h>
#include <stdint.h>
#include "base/child.h"
#include "device/medium_read.h"
#include "device/request.h"
#include "serve/server.h"

#define MEDIUM_MAX     32   /* media at a time */
#define MEDIUM_PATH_CAP 512 /* bytes of a place below SK_PATH_MEDIA with its NUL */
#define MEDIUM_LOOKS_MAX 4  /* at one medium at a time: its own after the plug, and people's */

struct medium {
    struct medium *next;
    char number[REQUEST_WORD_CAP]; /* of the disk: "8:0" */
    uint64_t sequence;             /* the kernel's number of that disk, 0 = not known */
    struct medium_found found;
    bool looked;                   /* found holds what was found */
    struct child child;            /* that looks */
    uint64_t peer, begun_ns;       /* who waits for it, and since when */
    char id[SK_ID_MAX + 1];        /* "" = not approved */
    enum request_direction direction;
    char login[REQUEST_WORD_CAP];  /* who may read it there */
    char place[MEDIUM_PATH_CAP];   /* where its files can be read, "" = nowhere */
    unsigned writers;              /* jobs that write to it */
    struct medium_look {
        char job[SK_ID_MAX + 1];   /* its files are being listed as this job, "" = they are not: */
        struct child child;        /* the process that does */
        uint64_t peer;
    } looks[MEDIUM_LOOKS_MAX];
    struct child closer;           /* that makes its file system read-only again */
    uint64_t closed_ns;            /* when that was tried last */
    bool writable;                 /* its file system is, or may be, also when the last of them has ended and left a file open */
};

struct medium_table {
    struct medium *first;
    size_t count;
};

/* The answer MEDIUM_IS about an approved one that has been there since it was looked at: sekisho-plug was started anew.
 * Nothing on it is touched, what runs goes on. NULL = look, or out of memory. */
json_t *medium_known(const struct medium_table *t, const char *number);

/* Begin to look at, or with `mark` to write an identity onto, a disk: the answer MEDIUM_IS goes to the peer later.
 * 0 or f->code. */
int medium_look(struct medium_table *t, const struct request_medium *want, bool mark, uint64_t peer,
                struct fault *f) SK_MUST_CHECK;

/* For the server's loop: descriptors to watch, one that can be read, what is due (ms to wait, -1 = nothing). */
void medium_gather(const struct medium_table *t, struct server *s, void (*ready)(void *context, int fd));
void medium_ready(struct medium_table *t, struct server *s, int fd);
int medium_turn(struct medium_table *t, struct server *s);

/* It is this registered one. *ret: where it can be read. 0 or f->code, then it is closed. */
int medium_open(struct medium_table *t, const struct request_medium *want, const char **ret,
                struct fault *f) SK_MUST_CHECK;

/* No process and no mount of it stays. Never fails: a medium that is gone can't be asked. */
void medium_close(struct medium_table *t, const char *number);
/* The same for all whose disk is gone, and for all. */
void medium_close_gone(struct medium_table *t);
void medium_close_all(struct medium_table *t);
/* What a process that was killed left mounted. */
void medium_sweep(void);

/* The approved one with this id, NULL = it is not plugged in. */
struct medium *medium_find(const struct medium_table *t, const char *id);
/* Is its disk the one that was looked at? */
bool medium_is_there(const struct medium *m);

/* A job begins to write to it, whose own process calls medium_writers_begin (medium_writers.h): 0 or f->code. Is that one plugged in still? The job has ended. */
int medium_begin(struct medium *m, struct fault *f) SK_MUST_CHECK;
bool medium_holds(const struct medium_table *t, const char *id, uint64_t sequence);
void medium_release(const struct medium_table *t, const char *id, uint64_t sequence);

/* Have the files of the approved one listed (medium_survey.h): job is what medium_survey_finish names. 0 or f->code. */
int medium_survey(struct medium_table *t, const struct request_survey *want, int sock, uint64_t peer,
                  struct fault *f) SK_MUST_CHECK;
/* It is over: 1; f->code: the medium is not there any more, so what was found is nothing; 0: there is no such job. */
int medium_survey_finish(struct medium_table *t, const char *job, struct fault *f) SK_MUST_CHECK;
/* The connection is gone: what it asked for ends. */
void medium_survey_gone(struct medium_table *t, uint64_t peer);

/* {"media":[…]} of the approved ones; NULL = out of memory. */
json_t *medium_list(const struct medium_table *t);

#endif

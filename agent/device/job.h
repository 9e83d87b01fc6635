/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs: files opened for the exporter, and what becomes of its outputs.
 *
 * Where a job writes, and under which names, until it is committed:
 *   freeze   AREA/.sekisho/staging/CASE.part/NNNNNN    → the folder is renamed to CASE
 *   receive  AREA/.sekisho/incoming/CASE/NNNNNN        → moved to AREA/into/NAME, the requester's
 *   copy     DESTINATION/.sekisho-CASE-N.part          → DESTINATION/NAME, made by the requester
 *   export   DESTINATION/CASE.tar.age.part             → CASE.tar.age, with CASE.manifest,
 *                                                        CASE.manifest.minisig, CASE.cover.html; root's, 0644
 * A final name that exists is never replaced. */
#ifndef DEVICE_JOB_H
#define DEVICE_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include "device/area.h"
#include "base/child.h"
#include "device/medium.h"
#include "device/request.h"

#define JOB_PART_SUFFIX ".part"

struct job_output {
    char temporary[NAMES_ONE_CAP];
    char final[NAMES_ONE_CAP];
    dev_t device; /* which file it must still be at commit */
    ino_t inode;  /* 0 = not made yet */
    bool renamed;
    bool keeps_time;             /* gets its source's time of change */
    struct timespec source_time;
};

struct job {
    struct job *next;
    enum request_job kind;
    char case_id[SK_ID_MAX + 1];
    char area[SK_ID_MAX + 1];
    uint64_t owner;    /* the connection that started it */
    uid_t uid;         /* receive: to whom the files go */
    gid_t gid;
    int parent_fd;     /* freeze, receive: staging or incoming; else -1 */
    char folder[NAMES_ONE_CAP]; /* in parent_fd: CASE.part or CASE */
    int work_fd;       /* where the temporary names are */
    int final_fd;      /* receive, copy, export: where the final names will be */
    struct medium_table *media;
    char medium[SK_ID_MAX + 1]; /* export: the medium that this job writes to, "" = a folder */
    uint64_t sequence;          /* which one that was (medium.h) */
    char *destination; /* copy, export to a folder: the path of final_fd, which must still lead there */
    struct job_output *outputs;
    size_t count;
    bool given; /* copy: the requester has some of it */
    /* export, copy, in the process that serves: */
    struct child child;      /* which has all of the above open */
    struct job_setup *setup; /* while it begins, else NULL */
    uint64_t asked_ns;       /* CLOCK_BOOTTIME, since when it owes an answer; 0 = it does not */
    uint64_t peer;           /* who waits for that */
    bool committing;         /* it was told to give everything its final name */
    bool pulled;             /* its medium was not there any more when it should have got its names */
};

struct job_setup; /* job_setup.h */
void job_setup_free(struct job_setup **s);

void job_free(struct job **job);
#define autojob __attribute__((cleanup(job_free)))

/* job_start.c: open all sources and outputs and hand them over. want is taken from the message `body`. fds: the
 * socket for the answers, then for receive the sources. files gets the array of {"name","bytes"}; where (*ret)->setup is
 * left job_heard does, when the storage has answered. On failure nothing is left of it. 0 or f->code. */
int job_start(const struct area_table *areas, struct medium_table *media, struct request_job_start *want,
              const json_t *body, const int *fds, size_t fd_count, struct job **ret, json_t *files,
              struct fault *f) SK_MUST_CHECK;

/* job_outside.c: jobs whose outputs lie outside of areas (child.sock >= 0).
 * The socket is ready: 0 it has begun (files), or ended; JOB_WAITS, more is to come; or f->code, and job_free is due
 * (SK_ERR_CLOSED as job_commit, also when the process ended while it committed).
 * *ret_left: names that could not be removed. */
#define JOB_WAITS 1
int job_heard(struct job *j, json_t *files, size_t *ret_left, struct fault *f) SK_MUST_CHECK;
/* Have it end as JOB_FINISH says; job_heard tells how it went. 0 or f->code. */
int job_finish(struct job *j, const json_t *body, struct fault *f) SK_MUST_CHECK;
/* How long its storage may still be silent, in ms; -1 = it owes nothing. */
int job_left_ms(const struct job *j);
/* It was silent for too long: its process is ended. f->code. */
int job_silent(struct job *j, struct fault *f);

/* Give everything its final name and make that durable. On failure every name is as before, and
 * job_abort is still due. 0, SK_ERR_CLOSED: nobody knows whether what was to go out has its name, or f->code. */
int job_commit(struct job *job, const struct request_finish *how, struct fault *f) SK_MUST_CHECK;

/* Remove all that is temporary. Returns how many names could not be removed. */
size_t job_abort(struct job *job);

/* The snapshot of a case goes; 0 also when there is none. 0 or f->code. */
int job_stage_drop(const struct area *area, const char *case_id, struct fault *f) SK_MUST_CHECK;

#endif

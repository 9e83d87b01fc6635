/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs: files opened for the exporter, and what becomes of its outputs.
 *
 * Where a job writes, and under which names, until it is committed:
 *   freeze   AREA/.sekisho/staging/CASE.part/NNNNNN    → the folder is renamed to CASE
 *   receive  AREA/.sekisho/incoming/CASE/NNNNNN        → moved to AREA/into/NAME, the requester's
 *   copy     DESTINATION/.sekisho-CASE-N.part          → DESTINATION/NAME, made by the requester
 *   export   DESTINATION/CASE.tar.age.part             → CASE.tar.age, with CASE.manifest and
 *                                                        CASE.manifest.minisig; root's, 0644
 * A final name that exists is never replaced. */
#ifndef DEVICE_JOB_H
#define DEVICE_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include "device/area.h"
#include "device/request.h"

#define JOB_EXPORT_SUFFIX    ".tar.age"
#define JOB_MANIFEST_SUFFIX  ".manifest"
#define JOB_SIGNATURE_SUFFIX ".manifest.minisig"
#define JOB_PART_SUFFIX      ".part"

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
    char *destination; /* copy, export: the path of final_fd, which must still lead there */
    struct job_output *outputs;
    size_t count;
};

void job_free(struct job **job);
#define autojob __attribute__((cleanup(job_free)))

/* job_start.c: open all sources and outputs and hand them over. fds: the socket for the answers,
 * then for receive the sources. files gets the array of {"name","bytes"}. On failure nothing is
 * left of it. 0 or f->code. */
int job_start(const struct area_table *areas, struct request_job_start *want, const int *fds,
              size_t fd_count, struct job **ret, json_t *files, struct fault *f) SK_MUST_CHECK;

/* Give everything its final name and make that durable. On failure every name is as before, and
 * job_abort is still due. 0 or f->code. */
int job_commit(struct job *job, const struct request_finish *how, struct fault *f) SK_MUST_CHECK;

/* Remove all that is temporary. Returns how many names could not be removed. */
size_t job_abort(struct job *job);

/* The snapshot of a case goes; 0 also when there is none. 0 or f->code. */
int job_stage_drop(const struct area *area, const char *case_id, struct fault *f) SK_MUST_CHECK;

#endif

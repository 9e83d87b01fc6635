/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plays sekisho-device and sekisho-control for one transfer of sekisho-export. */
#ifndef TESTS_EXPORT_PEER_H
#define TESTS_EXPORT_PEER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "base/buf.h"

#define PEER_LIMIT_MS 120000 /* milliseconds that one answer may take */

struct export_peer {
    int device; /* our end of the exporter's descriptor 3 */
    int answer; /* control's end of the answer socket */
    int handed; /* the exporter's end, until peer_send has sent it */
    pid_t pid;
};

/* What came back. */
struct export_answer {
    unsigned type;     /* SK_MSG_JOB_DONE or SK_MSG_ERROR; 0 when the exporter ended without one */
    json_t *object;    /* the caller's; NULL with type 0 */
    unsigned progress; /* progress messages before it */
    int64_t last_bytes, last_total;
};

/* Start an exporter: a program, or with NULL the same code in a forked child without a sandbox. */
int peer_start(struct export_peer *p, const char *program);
/* Send JOB and as many MORE_FDS as needed: the answer socket first, then these descriptors. */
int peer_send(struct export_peer *p, const char *job, const int *fds, size_t count);
/* Read answers until the last one. */
int peer_wait(struct export_peer *p, struct export_answer *ret);
/* Close our ends and wait for its end: its wait status. */
int peer_end(struct export_peer *p);

/* A JOB's text. Sizes and digests are taken from the open files; names are raw bytes. */
struct peer_job {
    const char *mode;
    const char *const *names;
    const int *sources;
    size_t count;
    const char *const *recipients;
    size_t recipient_count;
    bool with_digests;
};
char *peer_job_text(const struct peer_job *job);

#endif

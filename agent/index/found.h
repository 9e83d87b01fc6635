/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found and waits for control to have recorded it. */
#ifndef INDEX_FOUND_H
#define INDEX_FOUND_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include "base/buf.h"
#include "base/digest.h"

#define FOUND_COMM_CAP 17 /* bytes with NUL */

enum found_what { FOUND_COPY, FOUND_HARD_LINK, FOUND_OUTSIDE, FOUND_WHAT_COUNT };

struct found {
    uint64_t n;
    enum found_what what;
    char *area;      /* where the file lies; of one outside: the area of the file it is a copy of */
    char *file;      /* its path in the area; outside: absolute. Raw bytes */
    char *of_area;   /* the area of the file that it is a copy of */
    char *of;        /* that file's path in its area; "" = it is not there any more */
    uint64_t bytes;
    uint8_t digest[DIGEST_LEN];
    uint32_t uid;
    bool by_process; /* uid is the process'; false: the file's owner */
    int pid;
    char comm[FOUND_COMM_CAP];
    uint64_t at_ns;  /* boot clock of the event, or of the look that found it */
    bool late;       /* found by a look at all files, not by an event */
    char log[128];   /* name of the state file that holds it */
    TAILQ_ENTRY(found) all;
};
TAILQ_HEAD(found_list, found);

void found_free(struct found *f);

/* The one entry form of found in messages (proto.h). NULL when memory is short. */
json_t *found_json(const struct found *f);

/* Fields for the state file. */
void found_write(const struct found *f, struct buf *out);
/* 0, SK_ERR_FORMAT, -ENOMEM. */
int found_read(struct cursor *c, struct found **ret) SK_MUST_CHECK;

#endif

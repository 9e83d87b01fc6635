/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ring of batches that pass through three stages in order, each stage a thread: fill, seal, write.
 * Memory is bounded by the ring; the slowest stage sets the pace. */
#ifndef EXPORT_PIPELINE_H
#define EXPORT_PIPELINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "crypto/age.h"

#define PIPELINE_CHUNKS  16 /* chunks of a batch: 1 MiB of plaintext */
#define PIPELINE_BATCHES 8  /* batches in the ring: 8 MiB of memory */
#define PIPELINE_STRIDE  ((size_t)AGE_CHUNK_LEN + AGE_TAG_LEN) /* bytes from chunk to chunk */
#define PIPELINE_PLAIN   ((size_t)PIPELINE_CHUNKS * AGE_CHUNK_LEN)

enum pipeline_stage { STAGE_FILL, STAGE_SEAL, STAGE_WRITE, STAGE_COUNT };

/* Plaintext lies in chunks PIPELINE_STRIDE apart, so that each is sealed where it is. */
struct batch {
    uint8_t *data;
    uint64_t first_chunk; /* number of its first chunk in the stream */
    size_t plain_len;     /* bytes of plaintext */
    size_t sealed_len;    /* bytes from data on, once sealed */
    bool last;            /* the stream ends with it */
};

struct pipeline {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct batch batches[PIPELINE_BATCHES];
    uint64_t passed[STAGE_COUNT]; /* batches that a stage is done with */
    int err;                      /* the first failure of any stage */
    int failed_file;              /* its file, or TRANSFER_NO_FILE */
};

/* 0 or -ENOMEM. Freeing wipes what is in the batches. */
int pipeline_init(struct pipeline *p) SK_MUST_CHECK;
void pipeline_free(struct pipeline *p);

/* Wait for the stage's next batch. NULL once any stage has failed. */
struct batch *pipeline_take(struct pipeline *p, enum pipeline_stage stage);
/* The stage is done with the batch that it took. */
void pipeline_pass(struct pipeline *p, enum pipeline_stage stage);
/* Stop all stages. The first failure is kept. */
void pipeline_fail(struct pipeline *p, int err, int file);
int pipeline_error(struct pipeline *p);

#endif

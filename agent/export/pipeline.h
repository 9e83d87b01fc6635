/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ring of batches that pass through stages in order. Threads belong to no stage: each takes
 * whatever turn is next, so that none waits while there is work, and a batch is seldom handed to
 * another processor. */
#ifndef EXPORT_PIPELINE_H
#define EXPORT_PIPELINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "crypto/age.h"
#include "export/readback.h"

#define PIPELINE_CHUNKS  8  /* chunks of a batch: 512 KiB of plaintext */
#define PIPELINE_BATCHES 16 /* batches in the ring: 8 MiB of memory */
#define PIPELINE_STRIDE  ((size_t)AGE_CHUNK_LEN + AGE_TAG_LEN) /* bytes from chunk to chunk */
#define PIPELINE_PLAIN   ((size_t)PIPELINE_CHUNKS * AGE_CHUNK_LEN)
#define PIPELINE_BATCH   ((size_t)PIPELINE_CHUNKS * PIPELINE_STRIDE) /* bytes, sealed */
/* bytes of memory: reading back needs whole blocks around it */
#define PIPELINE_MEMORY (((PIPELINE_BATCH - 1) / READBACK_ALIGNMENT + 3) * READBACK_ALIGNMENT)

enum pipeline_stage {
    STAGE_FILL,
    STAGE_HASH,   /* of the plaintext */
    STAGE_SEAL,   /* of several batches at once */
    STAGE_DIGEST, /* of what was sealed */
    STAGE_WRITE,
    STAGE_COUNT
};

/* Plaintext lies in chunks PIPELINE_STRIDE apart, so that each is sealed where it is. */
struct batch {
    uint8_t *data;        /* PIPELINE_MEMORY bytes, aligned for O_DIRECT */
    uint64_t first_chunk; /* number of its first chunk in the stream */
    size_t files;         /* files whose content has begun before its end */
    size_t plain_len;     /* bytes of plaintext */
    size_t sealed_len;    /* bytes from data on, once sealed */
    bool last;            /* the stream ends with it */
    bool passed;          /* its stage is done with it, but not yet with one before it */
};

/* What a thread has to do: one batch in one stage. */
struct turn {
    enum pipeline_stage stage;
    struct batch *batch;
};

struct pipeline {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    unsigned waiting; /* threads */
    struct batch batches[PIPELINE_BATCHES];
    uint64_t taken[STAGE_COUNT];  /* batches that a stage has begun with */
    uint64_t passed[STAGE_COUNT]; /* batches that it is done with, and with all before them */
    uint64_t total;               /* batches of the stream; UINT64_MAX until the last is filled */
    int err;                      /* the first failure */
    int failed_file;              /* its file, or TRANSFER_NO_FILE */
};

/* 0 or -ENOMEM. Freeing wipes what is in the batches. */
int pipeline_init(struct pipeline *p) SK_MUST_CHECK;
void pipeline_free(struct pipeline *p);

/* Wait for a turn; one thread, and no other, fills. False when all is written, or once anything
 * failed. */
bool pipeline_next(struct pipeline *p, bool fills, struct turn *ret) SK_MUST_CHECK;
/* The turn is done. */
void pipeline_pass(struct pipeline *p, const struct turn *turn);
/* Stop all. The first failure is kept. */
void pipeline_fail(struct pipeline *p, int err, int file);
int pipeline_error(struct pipeline *p);

#endif

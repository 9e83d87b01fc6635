/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipeline.c owns the passing of batches between threads. It must never let two stages touch one
 * batch at a time. */
#include "export/pipeline.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include "export/transfer.h"

#define BATCH_CAP (PIPELINE_CHUNKS * PIPELINE_STRIDE) /* bytes */

int pipeline_init(struct pipeline *p)
{
    *p = (struct pipeline){.failed_file = TRANSFER_NO_FILE};
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->moved, NULL);
    for (size_t i = 0; i < PIPELINE_BATCHES; i++) {
        p->batches[i].data = malloc(BATCH_CAP);
        if (!p->batches[i].data) {
            pipeline_free(p);
            return -ENOMEM;
        }
    }
    return 0;
}

void pipeline_free(struct pipeline *p)
{
    for (size_t i = 0; i < PIPELINE_BATCHES; i++) {
        if (p->batches[i].data)
            sodium_memzero(p->batches[i].data, BATCH_CAP);
        free(p->batches[i].data);
        p->batches[i].data = NULL;
    }
    pthread_cond_destroy(&p->moved);
    pthread_mutex_destroy(&p->lock);
}

/* May the stage take its next batch? The first stage waits for a batch that the last one is done
 * with, each other stage for the one before it. */
static bool is_ready(const struct pipeline *p, enum pipeline_stage stage)
{
    if (stage == STAGE_FILL)
        return p->passed[STAGE_FILL] < p->passed[STAGE_COUNT - 1] + PIPELINE_BATCHES;
    return p->passed[stage] < p->passed[stage - 1];
}

struct batch *pipeline_take(struct pipeline *p, enum pipeline_stage stage)
{
    pthread_mutex_lock(&p->lock);
    while (p->err == 0 && !is_ready(p, stage))
        pthread_cond_wait(&p->moved, &p->lock);
    struct batch *batch =
        p->err == 0 ? &p->batches[p->passed[stage] % PIPELINE_BATCHES] : NULL;
    pthread_mutex_unlock(&p->lock);
    return batch;
}

void pipeline_pass(struct pipeline *p, enum pipeline_stage stage)
{
    pthread_mutex_lock(&p->lock);
    p->passed[stage]++;
    pthread_cond_broadcast(&p->moved);
    pthread_mutex_unlock(&p->lock);
}

void pipeline_fail(struct pipeline *p, int err, int file)
{
    pthread_mutex_lock(&p->lock);
    if (p->err == 0) {
        p->err = err;
        p->failed_file = file;
    }
    pthread_cond_broadcast(&p->moved);
    pthread_mutex_unlock(&p->lock);
}

int pipeline_error(struct pipeline *p)
{
    pthread_mutex_lock(&p->lock);
    int err = p->err;
    pthread_mutex_unlock(&p->lock);
    return err;
}

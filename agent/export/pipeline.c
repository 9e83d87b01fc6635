/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipeline.c owns the passing of batches between threads. It must never let two threads touch one
 * batch at a time, nor two a stage that goes in order. */
#include "export/pipeline.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include "base/str.h"
#include "export/transfer.h"

int pipeline_init(struct pipeline *p)
{
    *p = (struct pipeline){.total = UINT64_MAX, .failed_file = TRANSFER_NO_FILE};
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->moved, NULL);
    for (size_t i = 0; i < PIPELINE_BATCHES; i++) {
        p->batches[i].data = aligned_alloc(READBACK_ALIGNMENT, PIPELINE_MEMORY);
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
            sodium_memzero(p->batches[i].data, PIPELINE_MEMORY);
        free(p->batches[i].data);
        p->batches[i].data = NULL;
    }
    pthread_cond_destroy(&p->moved);
    pthread_mutex_destroy(&p->lock);
}

/* Is there a batch for the stage? The first waits for one that the last is done with, each other
 * for the stage before it; all but sealing for what they have begun with. */
static bool is_ready(const struct pipeline *p, enum pipeline_stage stage)
{
    uint64_t limit =
        stage == STAGE_FILL ? p->passed[STAGE_COUNT - 1] + PIPELINE_BATCHES : p->passed[stage - 1];
    bool in_turn = stage == STAGE_SEAL || p->taken[stage] == p->passed[stage];
    return in_turn && p->taken[stage] < limit && p->taken[stage] < p->total;
}

static bool take(struct pipeline *p, enum pipeline_stage stage, struct turn *turn)
{
    if (!is_ready(p, stage))
        return false;
    *turn = (struct turn){stage, &p->batches[p->taken[stage]++ % PIPELINE_BATCHES]};
    return true;
}

/* Digests go first: they are the longest of what can't be done by two threads at once. */
static bool take_any(struct pipeline *p, bool fills, struct turn *turn)
{
    static const enum pipeline_stage order[] = {STAGE_HASH, STAGE_DIGEST, STAGE_WRITE, STAGE_SEAL};
    if (fills && take(p, STAGE_FILL, turn))
        return true;
    for (size_t i = 0; i < array_count(order); i++)
        if (take(p, order[i], turn))
            return true;
    return false;
}

static bool is_over(const struct pipeline *p)
{
    return p->err != 0 || p->passed[STAGE_COUNT - 1] == p->total;
}

bool pipeline_next(struct pipeline *p, bool fills, struct turn *ret)
{
    pthread_mutex_lock(&p->lock);
    while (!is_over(p) && !take_any(p, fills, ret)) {
        p->waiting++;
        pthread_cond_wait(&p->moved, &p->lock);
        p->waiting--;
    }
    bool more = !is_over(p);
    pthread_mutex_unlock(&p->lock);
    return more;
}

/* Batches may leave sealing in another order than they came: the next stage gets them in theirs. */
static void pass(struct pipeline *p, enum pipeline_stage stage, struct batch *batch)
{
    batch->passed = true;
    while (p->passed[stage] < p->taken[stage]) {
        struct batch *next = &p->batches[p->passed[stage] % PIPELINE_BATCHES];
        if (!next->passed)
            break;
        next->passed = false;
        p->passed[stage]++;
    }
    if (stage == STAGE_FILL && batch->last)
        p->total = p->passed[stage];
}

void pipeline_pass(struct pipeline *p, const struct turn *turn)
{
    pthread_mutex_lock(&p->lock);
    pass(p, turn->stage, turn->batch);
    if (p->waiting > 0)
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

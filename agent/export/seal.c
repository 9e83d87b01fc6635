/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seal.c owns an export: archive, encryption, both digests, the proof of what was written. As many
 * threads as there are processors take turns at hashing, sealing and writing; the caller's is one
 * of them and fills (seal_fill.c). It must never write a byte of plaintext, never finish a stream
 * whose content is not what the permit names, and leave no thread behind. */
#include "export/seal.h"
#include <errno.h>
#include <sched.h>
#include <sekisho/err.h>
#include "base/digest.h"
#include "base/fdio.h"
#include "export/output.h"

static int seal_batch(const struct seal *s, struct bulk *bulk, struct batch *b)
{
    size_t chunks = (b->plain_len + AGE_CHUNK_LEN - 1) / AGE_CHUNK_LEN;
    int r = 0;
    for (size_t i = 0; i < chunks && r == 0; i++) {
        bool last = b->last && i + 1 == chunks;
        size_t left = b->plain_len - i * AGE_CHUNK_LEN;
        uint8_t *chunk = b->data + i * PIPELINE_STRIDE;
        r = age_seal_chunk(&s->stream, bulk, b->first_chunk + i, last, chunk,
                           left < AGE_CHUNK_LEN ? left : AGE_CHUNK_LEN, chunk);
    }
    b->sealed_len = b->plain_len + chunks * AGE_TAG_LEN;
    return r;
}

static int write_on(struct seal *s, const void *data, size_t len)
{
    int r = fd_pwrite_full(s->transfer->outputs[0], data, len, s->bytes);
    if (r == 0)
        s->bytes += len;
    return r;
}

static int do_turn(struct seal *s, const struct turn *turn, struct bulk *bulk)
{
    struct batch *b = turn->batch;
    switch (turn->stage) {
    case STAGE_HASH: return seal_hash(s, b);
    case STAGE_SEAL: return seal_batch(s, bulk, b);
    case STAGE_DIGEST: return digest_add(s->sealed, b->data, b->sealed_len);
    case STAGE_WRITE: return write_on(s, b->data, b->sealed_len);
    case STAGE_FILL: /* its own thread's */
    case STAGE_COUNT: break;
    }
    return SK_ERR_STATE;
}

void seal_do(struct seal *s, const struct turn *turn, struct bulk *bulk)
{
    int r = do_turn(s, turn, bulk);
    if (r == 0)
        pipeline_pass(&s->pipeline, turn);
    else
        pipeline_fail(&s->pipeline, r, r == SK_ERR_DIGEST ? (int)s->hashed : TRANSFER_NO_FILE);
}

static void take_turns(struct seal *s, struct bulk *bulk)
{
    struct turn turn;
    while (pipeline_next(&s->pipeline, false, &turn))
        seal_do(s, &turn, bulk);
}

static void *helper(void *seal)
{
    struct seal *s = seal;
    autobulk struct bulk *bulk = NULL;
    if (bulk_new(&bulk) == 0) /* else the others do its turns */
        take_turns(s, bulk);
    return NULL;
}

/* The header goes first, into the file and into its digest. */
static int begin(struct seal *s)
{
    const struct job *job = s->transfer->job;
    int r = age_write_header(job->recipients, job->recipient_count, &s->header, &s->stream);
    if (r == 0)
        r = digest_add(s->sealed, s->header.data, s->header.len);
    return r != 0 ? r : write_on(s, s->header.data, s->header.len);
}

static int run_stages(struct seal *s)
{
    autobulk struct bulk *bulk = NULL;
    pthread_t helpers[SEAL_THREADS_MAX];
    size_t begun = 0;
    int r = bulk_new(&bulk);
    /* with fewer threads than there are processors it only takes longer */
    while (r == 0 && begun + 1 < s->threads && pthread_create(&helpers[begun], NULL, helper, s) == 0)
        begun++;
    if (r == 0) {
        seal_fill(s, bulk);
        take_turns(s, bulk);
    } else {
        pipeline_fail(&s->pipeline, r, TRANSFER_NO_FILE);
    }
    for (size_t i = 0; i < begun; i++)
        pthread_join(helpers[i], NULL);
    s->transfer->failed_file = s->pipeline.failed_file;
    return s->pipeline.err;
}

static int run(struct seal *s)
{
    struct transfer *t = s->transfer;
    int r = begin(s);
    if (r == 0)
        r = run_stages(s);
    t->sealed.bytes = s->bytes;
    if (r == 0)
        r = digest_end(s->sealed, t->sealed.digest);
    if (r == 0)
        r = output_sync(t->outputs[0]);
    return r != 0 ? r : seal_check(s);
}

/* Processors that this process may use, at most so many. */
static size_t thread_count(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > SEAL_THREADS_MAX ? SEAL_THREADS_MAX : (size_t)count;
}

int seal_run(struct transfer *t)
{
    autofree struct seal *s = calloc(1, sizeof *s);
    autofree uint64_t *begins = calloc(t->job->count, sizeof *begins);
    autodigest struct digest *plain = NULL;
    autodigest struct digest *sealed = NULL;
    int r = s && begins ? digest_new(&plain) : -ENOMEM;
    if (r == 0)
        r = digest_new(&sealed);
    if (r != 0)
        return r;
    s->transfer = t;
    s->begins = begins;
    s->plain = plain;
    s->sealed = sealed;
    s->threads = t->threads > 0 && t->threads <= SEAL_THREADS_MAX ? t->threads : thread_count();
    r = pipeline_init(&s->pipeline);
    if (r != 0)
        return r;
    r = run(s);
    pipeline_free(&s->pipeline);
    age_stream_wipe(&s->stream);
    buf_free(&s->header);
    return r;
}

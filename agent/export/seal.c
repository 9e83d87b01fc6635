/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seal.c owns an export: archive, encryption, the digest of the result. Three threads: one reads,
 * hashes and archives, one seals, one hashes and writes what was sealed. It must never write a byte
 * of plaintext, and never finish a stream whose content is not what the permit names. */
#include <errno.h>
#include <pthread.h>
#include <sekisho/err.h>
#include <sodium.h>
#include <string.h>
#include "base/clock.h"
#include "export/output.h"
#include "export/pipeline.h"
#include "export/source.h"
#include "export/tar.h"

struct seal {
    struct transfer *transfer;
    struct pipeline pipeline;
    struct age_stream stream;
    struct buf header;
    struct output output;  /* the write stage's own */
    struct batch *filling; /* the fill stage's own */
    uint64_t chunks;       /* chunks before the batch that is being filled */
};

/* Take the batch to fill next. */
static int next_batch(struct seal *s)
{
    s->filling = pipeline_take(&s->pipeline, STAGE_FILL);
    if (!s->filling)
        return pipeline_error(&s->pipeline);
    s->filling->first_chunk = s->chunks;
    s->filling->plain_len = 0;
    s->filling->last = false;
    return 0;
}

/* A full batch is passed on only when more bytes come: the last one must not be empty. */
static int pass_full_batch(struct seal *s)
{
    s->chunks += PIPELINE_CHUNKS;
    pipeline_pass(&s->pipeline, STAGE_FILL);
    return next_batch(s);
}

static int fill(void *context, const void *data, size_t len)
{
    struct seal *s = context;
    const uint8_t *from = data;
    while (len > 0) {
        if (s->filling->plain_len == PIPELINE_PLAIN) {
            int r = pass_full_batch(s);
            if (r != 0)
                return r;
        }
        struct batch *b = s->filling;
        size_t chunk = b->plain_len / AGE_CHUNK_LEN, within = b->plain_len % AGE_CHUNK_LEN;
        size_t step = AGE_CHUNK_LEN - within < len ? AGE_CHUNK_LEN - within : len;
        memcpy(b->data + chunk * PIPELINE_STRIDE + within, from, step);
        b->plain_len += step;
        from += step;
        len -= step;
    }
    return 0;
}

/* The first member says what all the others are; it comes from the permit. */
static int add_digests(const struct job *job, struct tar *tar)
{
    autobuf struct buf lines = {0};
    struct timespec now = {.tv_sec = clock_wall_s()};
    for (size_t i = 0; i < job->count; i++)
        tar_digest_line(&lines, job->files[i].digest, job->files[i].name);
    int r = lines.err;
    if (r == 0)
        r = tar_member(tar, job->digests_name, lines.len, now);
    return r != 0 ? r : tar_data(tar, lines.data, lines.len);
}

static int add_file(struct seal *s, size_t i, struct tar *tar, struct digest *digest, char *step)
{
    struct transfer *t = s->transfer;
    const struct job_file *file = &t->job->files[i];
    struct source source;
    int r = source_begin(&source, t->sources[i], digest);
    if (r == 0 && (uint64_t)source.before.st_size != file->bytes)
        r = SK_ERR_DIGEST;
    if (r == 0)
        r = tar_member(tar, file->name, file->bytes, source.before.st_mtim);
    while (r == 0) {
        ssize_t n = source_read(&source, step, TRANSFER_STEP);
        if (n <= 0) {
            r = (int)n;
            break;
        }
        r = tar_data(tar, step, (size_t)n);
        atomic_fetch_add_explicit(&t->work, (unsigned long long)n, memory_order_relaxed);
    }
    return r != 0 ? r : source_end(&source, file, &t->results[i]);
}

static int fill_all(struct seal *s, int *ret_file)
{
    const struct job *job = s->transfer->job;
    autodigest struct digest *digest = NULL;
    autotar struct tar *tar = NULL;
    autofree char *step = malloc(TRANSFER_STEP);
    int r = step ? digest_new(&digest) : -ENOMEM;
    if (r == 0)
        r = next_batch(s);
    if (r == 0)
        r = tar_new(fill, s, &tar);
    if (r == 0)
        r = add_digests(job, tar);
    for (size_t i = 0; i < job->count && r == 0; i++) {
        r = add_file(s, i, tar, digest, step);
        if (r != 0)
            *ret_file = (int)i;
    }
    return r != 0 ? r : tar_end(tar);
}

static void *fill_thread(void *context)
{
    struct seal *s = context;
    int file = TRANSFER_NO_FILE;
    int r = fill_all(s, &file);
    if (r != 0) {
        pipeline_fail(&s->pipeline, r, file);
        return NULL;
    }
    s->filling->last = true;
    pipeline_pass(&s->pipeline, STAGE_FILL);
    return NULL;
}

static int seal_batch(const struct seal *s, struct batch *b)
{
    size_t chunks = (b->plain_len + AGE_CHUNK_LEN - 1) / AGE_CHUNK_LEN;
    int r = 0;
    for (size_t i = 0; i < chunks && r == 0; i++) {
        bool last = b->last && i + 1 == chunks;
        size_t left = b->plain_len - i * AGE_CHUNK_LEN;
        uint8_t *chunk = b->data + i * PIPELINE_STRIDE;
        r = age_seal_chunk(&s->stream, b->first_chunk + i, last, chunk,
                           left < AGE_CHUNK_LEN ? left : AGE_CHUNK_LEN, chunk);
    }
    b->sealed_len = b->plain_len + chunks * AGE_TAG_LEN;
    return r;
}

static void *seal_thread(void *context)
{
    struct seal *s = context;
    struct batch *b;
    while ((b = pipeline_take(&s->pipeline, STAGE_SEAL))) {
        bool last = b->last;
        int r = seal_batch(s, b);
        if (r != 0) {
            pipeline_fail(&s->pipeline, r, TRANSFER_NO_FILE);
            break;
        }
        pipeline_pass(&s->pipeline, STAGE_SEAL);
        if (last)
            break;
    }
    return NULL;
}

static int write_on(struct seal *s, struct digest *digest, const void *data, size_t len)
{
    int r = output_write(&s->output, data, len);
    return r != 0 ? r : digest_add(digest, data, len);
}

/* The write stage runs in the caller's thread. A failure stops the others. */
static int write_all(struct seal *s)
{
    autodigest struct digest *digest = NULL;
    int r = digest_new(&digest);
    output_begin(&s->output, s->transfer->outputs[0]);
    if (r == 0)
        r = write_on(s, digest, s->header.data, s->header.len);
    for (bool last = false; r == 0 && !last;) {
        struct batch *b = pipeline_take(&s->pipeline, STAGE_WRITE);
        if (!b)
            return pipeline_error(&s->pipeline);
        last = b->last;
        r = write_on(s, digest, b->data, b->sealed_len);
        if (r == 0)
            pipeline_pass(&s->pipeline, STAGE_WRITE);
    }
    output_end(&s->output);
    s->transfer->sealed.bytes = s->output.bytes;
    if (r == 0)
        r = digest_end(digest, s->transfer->sealed.digest);
    if (r != 0)
        pipeline_fail(&s->pipeline, r, TRANSFER_NO_FILE);
    return r;
}

static int run_stages(struct seal *s)
{
    pthread_t filler, sealer;
    int r = -pthread_create(&filler, NULL, fill_thread, s);
    if (r != 0)
        return r;
    r = -pthread_create(&sealer, NULL, seal_thread, s);
    if (r != 0)
        pipeline_fail(&s->pipeline, r, TRANSFER_NO_FILE);
    bool sealing = r == 0;
    if (sealing)
        r = write_all(s);
    pthread_join(filler, NULL);
    if (sealing)
        pthread_join(sealer, NULL);
    return r;
}

int seal_run(struct transfer *t)
{
    autofree struct seal *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->transfer = t;
    int r = age_write_header(t->job->recipients, t->job->recipient_count, &s->header, &s->stream);
    if (r == 0)
        r = pipeline_init(&s->pipeline);
    if (r == 0) {
        r = run_stages(s);
        t->failed_file = s->pipeline.failed_file;
        pipeline_free(&s->pipeline);
    }
    age_stream_wipe(&s->stream);
    buf_free(&s->header);
    if (r == 0)
        r = output_sync(&s->output);
    return r != 0 ? r : output_check(&s->output, t);
}

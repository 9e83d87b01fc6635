/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seal_fill.c owns the first stage of an export: it reads each file to where it is sealed later,
 * with the archive's own bytes around it. It must never read a byte twice, nor end the archive of a
 * file that changed meanwhile. */
#include <errno.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/clock.h"
#include "export/seal.h"
#include "export/source.h"
#include "export/tar.h"

struct filling {
    struct seal *seal;
    struct bulk *bulk;
    struct turn turn;
    struct batch *batch; /* that is being filled */
    uint64_t chunks;     /* chunks before it */
    size_t files;        /* whose content has begun */
};

/* Take the batch to fill next. Until there is one this thread does what else there is to do. */
static int next_batch(struct filling *f)
{
    struct pipeline *p = &f->seal->pipeline;
    for (;;) {
        if (!pipeline_next(p, true, &f->turn))
            return pipeline_error(p);
        if (f->turn.stage == STAGE_FILL)
            break;
        seal_do(f->seal, &f->turn, f->bulk);
    }
    f->batch = f->turn.batch;
    f->batch->first_chunk = f->chunks;
    f->batch->plain_len = 0;
    f->batch->last = false;
    return 0;
}

static void pass_batch(struct filling *f)
{
    f->batch->files = f->files;
    f->chunks += PIPELINE_CHUNKS;
    pipeline_pass(&f->seal->pipeline, &f->turn);
}

/* Where the archive's next bytes go, and how many. A full batch is passed on only when more bytes
 * come: the last one must not be empty. */
static int next_room(struct filling *f, uint8_t **ret, size_t *ret_len)
{
    if (f->batch->plain_len == PIPELINE_PLAIN) {
        pass_batch(f);
        int r = next_batch(f);
        if (r != 0)
            return r;
    }
    size_t chunk = f->batch->plain_len / AGE_CHUNK_LEN,
           within = f->batch->plain_len % AGE_CHUNK_LEN;
    *ret = f->batch->data + chunk * PIPELINE_STRIDE + within;
    *ret_len = AGE_CHUNK_LEN - within;
    return 0;
}

/* The archive hands its bytes on at once, so a file's content comes from where it was read to:
 * there is nothing to copy then. */
static int put(void *context, const void *data, size_t len)
{
    struct filling *f = context;
    for (const uint8_t *from = data; len > 0;) {
        uint8_t *room;
        size_t step;
        int r = next_room(f, &room, &step);
        if (r != 0)
            return r;
        if (step > len)
            step = len;
        if (from != room)
            memmove(room, from, step);
        f->batch->plain_len += step;
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

static int add_content(struct filling *f, struct source *source, struct tar *tar)
{
    for (;;) {
        uint8_t *room;
        size_t len;
        int r = next_room(f, &room, &len);
        if (r != 0)
            return r;
        ssize_t n = source_read(source, room, len);
        if (n <= 0)
            return (int)n;
        r = tar_data(tar, room, (size_t)n);
        if (r != 0)
            return r;
        atomic_fetch_add_explicit(&f->seal->transfer->work, (unsigned long long)n,
                                  memory_order_relaxed);
    }
}

static int add_file(struct filling *f, size_t i, struct tar *tar)
{
    const struct job_file *file = &f->seal->transfer->job->files[i];
    struct source source;
    int r = source_begin(&source, f->seal->transfer->sources[i], NULL);
    if (r == 0 && (uint64_t)source.before.st_size != file->bytes)
        r = SK_ERR_DIGEST;
    if (r == 0)
        r = tar_member(tar, file->name, file->bytes, source.before.st_mtim);
    if (r != 0)
        return r;
    f->seal->begins[i] = f->chunks * AGE_CHUNK_LEN + f->batch->plain_len;
    f->files = i + 1;
    r = add_content(f, &source, tar);
    return r != 0 ? r : source_unchanged(&source);
}

static int fill_all(struct filling *f, int *ret_file)
{
    const struct job *job = f->seal->transfer->job;
    autotar struct tar *tar = NULL;
    int r = next_batch(f);
    if (r == 0)
        r = tar_new(put, f, &tar);
    if (r == 0)
        r = add_digests(job, tar);
    for (size_t i = 0; i < job->count && r == 0; i++) {
        r = add_file(f, i, tar);
        if (r != 0)
            *ret_file = (int)i;
    }
    return r != 0 ? r : tar_end(tar);
}

void seal_fill(struct seal *s, struct bulk *bulk)
{
    struct filling f = {.seal = s, .bulk = bulk};
    int file = TRANSFER_NO_FILE;
    int r = fill_all(&f, &file);
    if (r != 0) {
        pipeline_fail(&s->pipeline, r, file);
        return;
    }
    f.batch->last = true;
    pass_batch(&f);
}

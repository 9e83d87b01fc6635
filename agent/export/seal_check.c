/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seal_check.c owns the proof of what was written: each chunk is read past the page cache and has
 * to bear its tag, which only the holder of this stream's key can make, and only for this place in
 * it. So neither a failing nor a lying medium can hand back other bytes. It begins when all is
 * written, not before: a medium that is smaller than it says overwrites what came first. It must
 * never take memory of its own but the batches'. */
#include <errno.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/str.h"
#include "export/output.h"
#include "export/seal.h"

struct check {
    struct seal *seal;
    struct readback from;
    uint64_t chunks;    /* of the whole stream */
    atomic_ullong next; /* chunk that nobody has begun with */
    atomic_int err;     /* the first failure */
};

struct checker {
    struct check *check;
    uint8_t *data; /* PIPELINE_MEMORY bytes */
    pthread_t thread;
};

/* Bytes from..to of the file, which lie at *ret_at. */
static int read_range(struct checker *c, uint64_t from, uint64_t to, const uint8_t **ret_at)
{
    uint64_t begin = from - from % READBACK_ALIGNMENT;
    size_t len = (size_t)(to - begin);
    ssize_t n = readback_read(&c->check->from, c->data, len, PIPELINE_MEMORY, begin);
    if (n < 0)
        return (int)n;
    if ((size_t)n < len)
        return SK_ERR_DIGEST;
    *ret_at = c->data + (from - begin);
    return 0;
}

static int check_header(struct checker *c)
{
    const struct buf *header = &c->check->seal->header;
    const uint8_t *at = NULL;
    int r = read_range(c, 0, header->len, &at);
    return r != 0 ? r : memcmp(at, header->data, header->len) == 0 ? 0 : SK_ERR_DIGEST;
}

static int check_chunks(struct checker *c, struct bulk *bulk, uint64_t first)
{
    const struct seal *s = c->check->seal;
    uint64_t from = s->header.len + first * PIPELINE_STRIDE;
    size_t len = s->bytes - from < PIPELINE_BATCH ? (size_t)(s->bytes - from) : PIPELINE_BATCH;
    const uint8_t *at = NULL;
    int r = read_range(c, from, from + len, &at);
    for (uint64_t i = first; r == 0 && len > 0; i++) {
        size_t step = len < PIPELINE_STRIDE ? len : PIPELINE_STRIDE;
        if (age_check_chunk(&s->stream, bulk, i, i + 1 == c->check->chunks, at, step) != 0)
            r = SK_ERR_DIGEST;
        at += step;
        len -= step;
        atomic_fetch_add_explicit(&s->transfer->work, (unsigned long long)step,
                                  memory_order_relaxed);
    }
    return r;
}

static void fail(struct check *check, int err)
{
    int none = 0;
    atomic_compare_exchange_strong(&check->err, &none, err);
}

static void *check_some(void *checker)
{
    struct checker *c = checker;
    struct check *check = c->check;
    autobulk struct bulk *bulk = NULL;
    int r = bulk_new(&bulk);
    while (r == 0 && atomic_load(&check->err) == 0) {
        uint64_t first = atomic_fetch_add(&check->next, PIPELINE_CHUNKS);
        if (first >= check->chunks)
            break;
        r = check_chunks(c, bulk, first);
    }
    if (r != 0)
        fail(check, r);
    return NULL;
}

static int check_all(struct check *check, struct checker *checkers, size_t count)
{
    int r = check_header(&checkers[0]);
    size_t begun = 1;
    while (r == 0 && begun < count &&
           pthread_create(&checkers[begun].thread, NULL, check_some, &checkers[begun]) == 0)
        begun++;
    if (r != 0)
        fail(check, r);
    check_some(&checkers[0]);
    for (size_t i = 1; i < begun; i++)
        pthread_join(checkers[i].thread, NULL);
    return atomic_load(&check->err);
}

int seal_check(struct seal *s)
{
    int fd = s->transfer->outputs[0];
    struct check check = {
        .seal = s, .chunks = (s->bytes - s->header.len + PIPELINE_STRIDE - 1) / PIPELINE_STRIDE};
    struct checker checkers[SEAL_THREADS_MAX];
    for (size_t i = 0; i < array_count(checkers); i++)
        checkers[i] = (struct checker){.check = &check, .data = s->pipeline.batches[i].data};
    readback_begin(&check.from, fd);
    int r = check_all(&check, checkers, s->threads);
    readback_end(&check.from);
    return r != 0 ? r : output_check_size(fd, s->bytes);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* open.c owns the opening of one file that was sealed to an area's key, into that area. It must
 * never write a byte that was not authenticated, nor take a file whose end is missing for a whole
 * one. */
#include <errno.h>
#include <sekisho/err.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "base/clean.h"
#include "crypto/age.h"
#include "export/output.h"
#include "export/source.h"

#define SEALED_CHUNK ((size_t)AGE_CHUNK_LEN + AGE_TAG_LEN)
#define BUFFER       ((size_t)AGE_HEADER_MAX + 2 * SEALED_CHUNK) /* a header, and a chunk looked ahead \
                                                                  */

struct opening {
    struct transfer *transfer;
    struct source source;
    struct output *output;
    struct digest *plain; /* of what is written */
    struct age_stream stream;
    uint8_t *data;  /* BUFFER bytes; what is sealed, from `at` on */
    uint8_t *chunk; /* AGE_CHUNK_LEN bytes of plaintext */
    size_t at, len; /* bytes */
    bool ended;     /* the source has no more */
    uint64_t written;
};

/* Have as much as there is room for behind what is there already. */
static int fill(struct opening *o)
{
    memmove(o->data, o->data + o->at, o->len);
    o->at = 0;
    while (!o->ended && o->len < BUFFER) {
        ssize_t n = source_read(&o->source, o->data + o->len, BUFFER - o->len);
        if (n < 0)
            return (int)n;
        o->ended = n == 0;
        o->len += (size_t)n;
        atomic_fetch_add_explicit(&o->transfer->work, (unsigned long long)n, memory_order_relaxed);
    }
    return 0;
}

static int open_header(struct opening *o)
{
    size_t header = 0;
    int r = fill(o);
    if (r == 0)
        r = age_read_header(o->data, o->len, &o->transfer->job->identity, 1, NULL, &header,
                            &o->stream);
    if (r != 0)
        return r;
    o->at += header;
    o->len -= header;
    return 0;
}

static int put(struct opening *o, size_t len)
{
    int r = digest_add(o->plain, o->chunk, len);
    if (r == 0)
        r = output_write(o->output, o->chunk, len);
    o->written += len;
    return r;
}

/* The last chunk is the one behind which nothing comes. */
static int open_chunks(struct opening *o)
{
    for (uint64_t index = 0;; index++) {
        int r = o->len <= SEALED_CHUNK ? fill(o) : 0;
        bool last = o->ended && o->len <= SEALED_CHUNK;
        size_t len = last ? o->len : SEALED_CHUNK;
        if (r == 0 && (len < AGE_TAG_LEN || age_open_chunk(&o->stream, index, last, o->data + o->at,
                                                           len, o->chunk) != 0))
            r = SK_ERR_TAMPERED; /* changed, or its end is missing */
        if (r == 0)
            r = put(o, len - AGE_TAG_LEN);
        if (r != 0 || last)
            return r;
        o->at += len;
        o->len -= len;
    }
}

static int run(struct opening *o)
{
    struct transfer *t = o->transfer;
    int r = open_header(o);
    if (r == 0)
        r = open_chunks(o);
    if (r == 0)
        r = output_end(o->output);
    if (r == 0)
        r = source_end(&o->source, &t->job->files[0], &t->sealed);
    t->results[0].bytes = o->written;
    if (r == 0)
        r = digest_end(o->plain, t->results[0].digest);
    if (r == 0)
        r = output_sync(o->output->fd);
    return r == 0 ? output_check(o->output, t) : r;
}

int open_run(struct transfer *t)
{
    autodigest struct digest *digest = NULL;
    autodigest struct digest *plain = NULL;
    autobulk struct bulk *bulk = NULL;
    autofree uint8_t *data = malloc(BUFFER);
    autofree uint8_t *chunk = malloc(AGE_CHUNK_LEN);
    struct output output;
    int r = data && chunk ? digest_new(&digest) : -ENOMEM;
    if (r == 0)
        r = digest_new(&plain);
    if (r == 0)
        r = bulk_new(&bulk);
    struct opening o = {
        .transfer = t, .output = &output, .plain = plain, .data = data, .chunk = chunk};
    if (r == 0)
        r = source_begin(&o.source, t->sources[0], digest);
    if (r == 0)
        r = output_begin(&output, t->outputs[0], bulk);
    if (r == 0)
        r = run(&o);
    if (r != 0)
        t->failed_file = 0;
    age_stream_wipe(&o.stream);
    if (chunk)
        sodium_memzero(chunk, AGE_CHUNK_LEN);
    return r;
}

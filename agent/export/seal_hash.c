/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seal_hash.c owns the digest of each file as it lies in the batches, which is what is sealed then. It must never let a
 * batch on that ends a file whose digest is not the permit's. */
#include "base/digest.h"
#include "export/seal.h"
#include "export/source.h"

static int end_file(struct seal *s)
{
    const struct job_file *file = &s->transfer->job->files[s->hashed];
    struct transfer_result *result = &s->transfer->results[s->hashed];
    int r = source_digest(s->plain, file, result->digest);
    if (r != 0)
        return r;
    result->bytes = file->bytes;
    s->hashed++;
    return 0;
}

/* What of the files lies in one chunk of b. */
static int hash_chunk(struct seal *s, const struct batch *b, size_t chunk)
{
    uint64_t begin = (b->first_chunk + chunk) * AGE_CHUNK_LEN;
    size_t left = b->plain_len - chunk * AGE_CHUNK_LEN;
    uint64_t end = begin + (left < AGE_CHUNK_LEN ? left : AGE_CHUNK_LEN);
    bool ends = true;
    int r = 0;
    while (r == 0 && ends && s->hashed < b->files) {
        uint64_t from = s->begins[s->hashed], to = from + s->transfer->job->files[s->hashed].bytes;
        ends = to <= end;
        if (from < begin)
            from = begin;
        if (!ends)
            to = end;
        if (from < to)
            r = digest_add(s->plain, b->data + chunk * PIPELINE_STRIDE + (from - begin), (size_t)(to - from));
        if (r == 0 && ends)
            r = end_file(s);
    }
    return r;
}

int seal_hash(struct seal *s, const struct batch *filled)
{
    int r = 0;
    for (size_t i = 0; i * AGE_CHUNK_LEN < filled->plain_len && r == 0; i++)
        r = hash_chunk(s, filled, i);
    return r;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* copy.c owns plain copies: freezing, receiving, copying to a permitted place. It must never call a
 * file copied before it was read back. */
#include <errno.h>
#include <sekisho/err.h>
#include "export/output.h"
#include "export/readback.h"
#include "export/source.h"

struct copy {
    struct transfer *transfer;
    struct output *outputs; /* one for each file */
    struct digest *digest;
    struct bulk *bulk;
    char *step; /* TRANSFER_STEP bytes */
};

static int copy_file(struct copy *c, size_t i)
{
    struct transfer *t = c->transfer;
    struct source source;
    int r = source_begin(&source, t->sources[i], c->digest);
    if (r == 0)
        r = output_begin(&c->outputs[i], t->outputs[i], c->bulk);
    while (r == 0) {
        ssize_t n = source_read(&source, c->step, TRANSFER_STEP);
        if (n <= 0) {
            r = (int)n;
            break;
        }
        r = output_write(&c->outputs[i], c->step, (size_t)n);
        atomic_fetch_add_explicit(&t->work, (unsigned long long)n, memory_order_relaxed);
    }
    if (r == 0)
        r = output_end(&c->outputs[i]);
    return r != 0 ? r : source_end(&source, &t->job->files[i], &t->results[i]);
}

static int sync_file(struct copy *c, size_t i)
{
    return output_sync(c->outputs[i].fd);
}

static int check_file(struct copy *c, size_t i)
{
    return output_check(&c->outputs[i], c->transfer);
}

/* All are written before the first is waited for, so that the medium may order its work. */
int copy_run(struct transfer *t)
{
    static int (*const passes[])(struct copy *, size_t) = {copy_file, sync_file, check_file};
    autodigest struct digest *digest = NULL;
    autobulk struct bulk *bulk = NULL;
    autofree char *step = aligned_alloc(READBACK_ALIGNMENT, TRANSFER_STEP);
    autofree struct output *outputs = calloc(t->job->count, sizeof *outputs);
    int r = step && outputs ? digest_new(&digest) : -ENOMEM;
    if (r == 0)
        r = bulk_new(&bulk);
    struct copy copy = {
        .transfer = t, .outputs = outputs, .digest = digest, .bulk = bulk, .step = step};
    for (size_t pass = 0; pass < array_count(passes) && r == 0; pass++)
        for (size_t i = 0; i < t->job->count && r == 0; i++) {
            r = passes[pass](&copy, i);
            if (r != 0)
                t->failed_file = (int)i;
        }
    return r;
}

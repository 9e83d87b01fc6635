/* SPDX-License-Identifier: GPL-3.0-or-later */
/* copy.c owns plain copies: freezing, receiving, copying to a permitted place. It must never call a
 * file copied before it was read back. */
#include <errno.h>
#include <sekisho/err.h>
#include "base/fdio.h"
#include "export/readback.h"
#include "export/source.h"

/* Copy one file, hashing what is written. */
static int copy_file(struct transfer *t, size_t i, struct digest *digest, char *step)
{
    struct source source;
    int r = source_begin(&source, t->sources[i], digest);
    while (r == 0) {
        uint64_t at = source.at;
        ssize_t n = source_read(&source, step, TRANSFER_STEP);
        if (n <= 0) {
            r = (int)n;
            break;
        }
        r = fd_pwrite_full(t->outputs[i], step, (size_t)n, at);
        atomic_fetch_add_explicit(&t->work, (unsigned long long)n, memory_order_relaxed);
    }
    return r != 0 ? r : source_end(&source, &t->job->files[i], &t->results[i]);
}

/* All are written before the first is waited for, so that the medium may order its work. */
int copy_run(struct transfer *t)
{
    autodigest struct digest *digest = NULL;
    autofree char *step = malloc(TRANSFER_STEP);
    int r = step ? digest_new(&digest) : -ENOMEM;
    size_t at = 0;
    for (at = 0; at < t->job->count && r == 0; at++)
        r = copy_file(t, at, digest, step);
    if (r == 0)
        for (at = 0; at < t->job->count && r == 0; at++)
            r = readback_sync(t->outputs[at]);
    if (r == 0)
        for (at = 0; at < t->job->count && r == 0; at++)
            r = readback_check(t, t->outputs[at], &t->results[at]);
    if (r != 0 && at > 0)
        t->failed_file = (int)(at - 1);
    return r;
}

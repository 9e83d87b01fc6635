/* SPDX-License-Identifier: GPL-3.0-or-later */
/* transfer.c owns what both ways of a transfer begin with. It must never touch content. */
#include "export/transfer.h"
#include <errno.h>
#include <sekisho/err.h>
#include <sys/stat.h>

int transfer_prepare(struct transfer *t)
{
    struct stat st;
    size_t outputs = t->job->mode == JOB_MODE_SEAL ? 1 : t->job->count;
    uint64_t total = 0;
    t->failed_file = TRANSFER_NO_FILE;
    for (size_t i = 0; i < t->job->count; i++) {
        int r = fstat(t->sources[i], &st) != 0 ? -errno : S_ISREG(st.st_mode) ? 0 : SK_ERR_STATE;
        if (r != 0) {
            t->failed_file = (int)i;
            return r;
        }
        total += (uint64_t)st.st_size;
    }
    for (size_t i = 0; i < outputs; i++) {
        if (fstat(t->outputs[i], &st) != 0)
            return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size != 0) {
            t->failed_file = t->job->mode == JOB_MODE_SEAL ? TRANSFER_NO_FILE : (int)i;
            return SK_ERR_STATE;
        }
    }
    t->total = total;
    return 0;
}

uint64_t transfer_progress(struct transfer *t)
{
    uint64_t half = atomic_load_explicit(&t->work, memory_order_relaxed) / 2;
    return half < t->total ? half : t->total;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* retire.c owns the queue of segments to be archived or emptied, and the thread that does it. It must
 * never let an appender wait. The work itself is in retire_segment.c. */
#include "ledger/retire.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/eventfd.h>
#include "ledger/retire_segment.h"
#include "proof/reader.h"

struct retire {
    char *folder;
    int dir, event;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool started, stop, working;
    struct retire_job queue[RETIRE_QUEUE_MAX];
    size_t first, count;
    struct retire_result results[RETIRE_QUEUE_MAX];
    size_t result_first, result_count;
};

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);
    return len > end_len && strcmp(name + len - end_len, end) == 0;
}

/* Unfinished files, and archives whose plain segment is still there, go; other archives are protected. */
static int clean(int dir)
{
    autoclose int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = again < 0 ? NULL : fdopendir(again);
    if (!list)
        return -errno;
    (void)steal_fd(&again);
    const struct dirent *d;
    bool changed = false;
    while ((d = readdir(list)) != NULL) {
        char plain[SEGMENT_NAME_CAP];
        bool ours = strncmp(d->d_name, "segment-", 8) == 0 && strlen(d->d_name) < sizeof plain;
        bool goes = ours && ends_with(d->d_name, RETIRE_NEW);
        if (ours && ends_with(d->d_name, ".zst")) {
            snprintf(plain, sizeof plain, "%.*s", (int)strlen(d->d_name) - 4, d->d_name);
            goes = faccessat(dir, plain, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
            retire_protect(dir, d->d_name, !goes);
        }
        if (goes && unlinkat(dir, d->d_name, 0) == 0)
            changed = true;
    }
    closedir(list);
    return changed && fsync(dir) != 0 ? -errno : 0;
}

int retire_open(const char *folder, struct retire **ret)
{
    struct retire *r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    r->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    r->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->folder = strdup(folder);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->wake, NULL);
    int e = r->dir < 0 || r->event < 0 ? -errno : !r->folder ? -ENOMEM : clean(r->dir);
    if (e != 0)
        retire_close(&r);
    else
        *ret = r;
    return e;
}

void retire_close(struct retire **r)
{
    struct retire *q = *r;
    if (!q)
        return;
    if (q->started) {
        pthread_mutex_lock(&q->lock);
        q->stop = true;
        pthread_cond_signal(&q->wake);
        pthread_mutex_unlock(&q->lock);
        pthread_join(q->thread, NULL);
    }
    pthread_cond_destroy(&q->wake);
    pthread_mutex_destroy(&q->lock);
    clean_close(&q->dir);
    clean_close(&q->event);
    free(q->folder);
    free(q);
    *r = NULL;
}

int retire_range(const struct retire *r, uint32_t segment, uint64_t *ret_from, uint64_t *ret_to)
{
    uint64_t from, next;
    int e = ledger_segment_first(r->folder, segment, &from);
    for (uint32_t i = segment + 1; e == 0 && i < LEDGER_SEGMENTS_MAX; i++) {
        e = ledger_segment_first(r->folder, i, &next);
        if (e == 0) {
            *ret_from = from;
            *ret_to = next - 1;
            return 0;
        }
        e = e == SK_ERR_NOT_FOUND ? 0 : e;
    }
    return e == 0 || e == -ENOENT || e == SK_ERR_NOT_FOUND ? SK_ERR_STATE : e;
}

/* One segment after the other; the lock is held but for the work itself. */
static void *work(void *context)
{
    struct retire *r = context;
    pthread_mutex_lock(&r->lock);
    while (!r->stop) {
        if (r->count == 0 || r->result_count == RETIRE_QUEUE_MAX) {
            pthread_cond_wait(&r->wake, &r->lock);
            continue;
        }
        struct retire_result done = {.job = r->queue[r->first]};
        r->first = (r->first + 1) % RETIRE_QUEUE_MAX;
        r->count--;
        r->working = true;
        pthread_mutex_unlock(&r->lock);
        done.code = done.job.remove ? retire_remove(r->folder, r->dir, &done)
                                    : retire_archive(r->folder, r->dir, &done);
        pthread_mutex_lock(&r->lock);
        r->working = false;
        r->results[(r->result_first + r->result_count++) % RETIRE_QUEUE_MAX] = done;
        (void)!write(r->event, &(uint64_t){1}, sizeof(uint64_t));
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

int retire_add(struct retire *r, const struct retire_job *job)
{
    int e = 0;
    pthread_mutex_lock(&r->lock);
    if (!r->started) {
        e = -pthread_create(&r->thread, NULL, work, r);
        r->started = e == 0;
    }
    if (e == 0 && r->count == RETIRE_QUEUE_MAX)
        e = SK_ERR_LIMIT;
    if (e == 0) {
        r->queue[(r->first + r->count++) % RETIRE_QUEUE_MAX] = *job;
        pthread_cond_signal(&r->wake);
    }
    pthread_mutex_unlock(&r->lock);
    return e;
}

int retire_fd(const struct retire *r)
{
    return r->event;
}

bool retire_take(struct retire *r, struct retire_result *ret)
{
    uint64_t count;
    (void)!read(r->event, &count, sizeof count);
    pthread_mutex_lock(&r->lock);
    bool there = r->result_count > 0;
    if (there) {
        *ret = r->results[r->result_first];
        r->result_first = (r->result_first + 1) % RETIRE_QUEUE_MAX;
        r->result_count--;
        pthread_cond_signal(&r->wake);
    }
    pthread_mutex_unlock(&r->lock);
    return there;
}

size_t retire_waiting(struct retire *r)
{
    pthread_mutex_lock(&r->lock);
    size_t n = r->count + r->working + r->result_count;
    pthread_mutex_unlock(&r->lock);
    return n;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve.c owns the exporter's conversation: job in, answers out, nothing after the asker has gone.
 * It must never open a path; all it works on came as descriptors. */
#include "export/serve.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/proto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/phrase.h"
#include "export/answer.h"
#include "export/transfer.h"
#include "wire/wire.h"

#define PROGRESS_MS 100 /* milliseconds between two progress messages */

/* Descriptors as they come: the answer socket, sources, outputs. */
struct descriptors {
    int *all;
    size_t count;
    size_t wanted;
};

static void descriptors_close(struct descriptors *d)
{
    for (size_t i = 0; i < d->count; i++)
        close(d->all[i]);
    free(d->all);
}

/* All of a message's descriptors from this one on. */
static int take_descriptors(struct descriptors *d, struct wire_message *m, size_t from)
{
    if (m->fd_count - from > d->wanted - d->count)
        return SK_ERR_FORMAT;
    for (size_t i = from; i < m->fd_count; i++)
        d->all[d->count++] = steal_fd(&m->fds[i]);
    return 0;
}

static int receive_more(int sock, struct descriptors *d)
{
    while (d->count < d->wanted) {
        autowire struct wire_message more = {0};
        int r = wire_receive(sock, &more, SK_ANSWER_MS);
        if (r == 0 && (more.type != SK_MSG_MORE_FDS || more.fd_count == 0))
            r = SK_ERR_FORMAT;
        if (r == 0)
            r = take_descriptors(d, &more, 0);
        if (r != 0)
            return r;
    }
    return 0;
}

/* The whole job. The answer socket is d->all[0] as soon as d->count is not 0. */
static int receive_job(int sock, struct job *job, struct descriptors *d)
{
    autowire struct wire_message first = {0};
    int r = wire_receive(sock, &first, SK_ANSWER_MS);
    if (r == 0 && (first.type != SK_MSG_JOB || first.fd_count == 0))
        r = SK_ERR_FORMAT;
    if (r != 0)
        return r;
    int parsed = job_parse(first.payload.data, first.payload.len, job);
    d->wanted = parsed == 0 ? job_descriptors(job) : 1;
    d->all = calloc(d->wanted, sizeof *d->all);
    if (!d->all)
        return -ENOMEM;
    d->all[d->count++] = steal_fd(&first.fds[0]);
    if (parsed != 0)
        return parsed;
    r = take_descriptors(d, &first, 1);
    return r != 0 ? r : receive_more(sock, d);
}

struct running {
    struct transfer transfer;
    int ended; /* eventfd */
    int result;
};

static void *transfer_thread(void *context)
{
    struct running *run = context;
    struct transfer *t = &run->transfer;
    static int (*const runs[])(struct transfer *) = {
        [JOB_MODE_COPY] = copy_run, [JOB_MODE_SEAL] = seal_run, [JOB_MODE_OPEN] = open_run};
    run->result = runs[t->job->mode](t);
    eventfd_write(run->ended, 1);
    return NULL;
}

/* Nobody will rename what is written now, so there is nothing to tidy up: the kernel stops the
 * threads wherever they are, even in a write to a medium that no longer answers. */
static _Noreturn void abandon(void)
{
    _exit(EXIT_FAILURE);
}

/* Until the transfer has ended: tell how far it is, and notice when the asker has gone. */
static void watch_over(struct running *run, int answer)
{
    struct pollfd waits[2] = {{.fd = run->ended, .events = POLLIN},
                              {.fd = answer, .events = POLLIN | POLLRDHUP}};
    uint64_t told = 0;
    while (!(waits[0].revents & POLLIN)) {
        int n = poll(waits, array_count(waits), PROGRESS_MS);
        if (n < 0 && errno != EINTR)
            abandon();
        /* nothing is ever sent to us on this socket: whatever happens there is its end */
        if (n > 0 && waits[1].revents != 0)
            abandon();
        uint64_t done = transfer_progress(&run->transfer);
        if (n == 0 && done != told) {
            if (answer_progress(answer, done, run->transfer.total) != 0)
                abandon();
            told = done;
        }
    }
}

static int run_transfer(const struct job *job, const struct descriptors *d, int *ret_file)
{
    autofree struct transfer_result *results = calloc(job->count, sizeof *results);
    autoclose int ended = eventfd(0, EFD_CLOEXEC);
    struct running run = {
        .transfer = {.job = job, .sources = d->all + 1, .outputs = d->all + 1 + job->count,
                     .results = results, .failed_file = TRANSFER_NO_FILE},
        .ended = ended,
    };
    pthread_t worker;
    if (!results || ended < 0)
        return -ENOMEM;
    int r = transfer_prepare(&run.transfer);
    if (r == 0)
        r = -pthread_create(&worker, NULL, transfer_thread, &run);
    if (r == 0) {
        watch_over(&run, d->all[0]);
        pthread_join(worker, NULL);
        r = run.result;
    }
    *ret_file = run.transfer.failed_file;
    return r != 0 ? r : answer_done(d->all[0], &run.transfer);
}

int serve(int *sock)
{
    autojob struct job job = {0};
    struct descriptors d = {0};
    int file = TRANSFER_NO_FILE;
    const char *what = PHRASE("the job could not be taken");
    int r = receive_job(*sock, &job, &d);
    if (r == 0) {
        close(steal_fd(sock));
        what = PHRASE("the transfer failed");
        r = run_transfer(&job, &d, &file);
    }
    if (r != 0 && d.count > 0 && answer_error(d.all[0], r, what, file) != 0)
        r = SK_ERR_CLOSED;
    descriptors_close(&d);
    return r;
}

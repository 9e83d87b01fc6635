/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dispatch_later.c owns the answers that come later: what processes of this one's own have to say, or don't. It must never
 * use a job or an erasure after it told of its end: who is told may be gone, and what is theirs with them. */
#include <sekisho/erasure.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "device/dispatch.h"

json_t *dispatch_target(const struct erase_target *t)
{
    autobuf struct buf device = {0}, uuid = {0};
    autojson json_t *statements = json_array();
    for (unsigned i = 0; statements && i < SK_STATEMENT_COUNT; i++)
        if (t->statements & (1u << i))
            json_array_append_new(statements, json_string(sk_statement_name(i)));
    return json_pack("{ss s[] sI sI sb ss ss sO}", "device", fault_shown(&device, t->device), "files", "bytes",
                     (json_int_t)t->bytes, "size", (json_int_t)t->size, "keys", t->luks ? 1 : 0, "uuid",
                     fault_shown(&uuid, t->uuid), "class", sk_erasure_class_name(sk_erasure_class(t->statements)),
                     "statements", statements);
}

static void drop_job(struct device *d, struct job *job)
{
    struct job **at = dispatch_job(d, job->case_id);
    autojob struct job *dropped = *at;
    *at = dropped->next;
}

/* Answered; job is gone, or has begun. */
static void answer_job(struct device *d, struct job *job, int r, json_t *files, size_t left, const struct fault *f)
{
    uint64_t peer = job->peer;
    bool began = files && r == 0;
    if (!began)
        drop_job(d, job);
    if (began)
        (void)server_send(d->server, peer, SK_MSG_JOB_STARTED, json_pack("{sO}", "files", files), -1);
    else if (r == 0)
        (void)server_send(d->server, peer, SK_MSG_OK,
                          left ? json_pack("{sI}", "left", (json_int_t)left) : json_object(), -1);
    else
        server_refuse(d->server, peer, r, f->why);
}

static void job_ready(void *context, int fd)
{
    struct device *d = context;
    struct job *job = d->jobs;
    struct fault f = {0};
    size_t left = 0;
    while (job && job->child.sock != fd)
        job = job->next;
    if (!job)
        return;
    bool begins = job->setup, asked = job->asked_ns != 0;
    autojson json_t *files = begins ? json_array() : NULL;
    int r = job_heard(job, files, &left, &f);
    if (r == JOB_WAITS)
        return;
    if (asked)
        answer_job(d, job, r, files, left, &f);
    else
        drop_job(d, job); /* its process died: who ends the case is told that there is none */
}

static void answer_erasing(struct device *d, struct erasing *e, int r, const struct fault *f)
{
    struct fault ignored = {0};
    uint64_t owner = e->owner;
    json_t *found = r == 0 ? dispatch_target(&e->target) : NULL;
    bool ends = r != 0 || e->plan;
    if (ends)
        (void)dispatch_end_erasing(d, dispatch_erasing(d, e->target.id), false, &ignored);
    if (r != 0)
        server_refuse(d->server, owner, r, f->why);
    else if (server_send(d->server, owner, SK_MSG_JOB_STARTED, found, -1) && !ends)
        (void)!erasing_go(e); /* one that died is told of by its socket */
}

static void erasing_ready(void *context, int fd)
{
    struct device *d = context;
    struct fault f = {0};
    struct erasing *e = d->erasings;
    while (e && (!e->looks || e->child.sock != fd))
        e = e->next;
    if (!e)
        return;
    int r = erasing_heard(e, &f);
    if (r != ERASING_WAITS)
        answer_erasing(d, e, r, &f);
}

static void medium_ready_call(void *context, int fd)
{
    struct device *d = context;
    medium_ready(&d->media, d->server, fd);
}

static void destination_ready_call(void *context, int fd)
{
    struct device *d = context;
    destination_ready(&d->asks, d->server, fd);
}

void dispatch_gather(const struct device *d)
{
    for (const struct job *j = d->jobs; j; j = j->next)
        server_watch(d->server, j->child.sock, job_ready);
    for (const struct erasing *e = d->erasings; e; e = e->next)
        if (e->looks)
            server_watch(d->server, e->child.sock, erasing_ready);
    destination_gather(&d->asks, d->server, destination_ready_call);
    medium_gather(&d->media, d->server, medium_ready_call);
}

static int sooner(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

int dispatch_turn(struct device *d)
{
    int due = -1;
    for (struct job *j = d->jobs, *next; j; j = next) {
        struct fault f = {0};
        next = j->next;
        int left = job_left_ms(j);
        if (left == 0)
            answer_job(d, j, job_silent(j, &f), NULL, 0, &f);
        due = sooner(due, left);
    }
    for (struct erasing *e = d->erasings, *next; e; e = next) {
        struct fault f = {0};
        next = e->next;
        int left = erasing_left_ms(e);
        if (left == 0)
            answer_erasing(d, e, erasing_silent(e, &f), &f);
        due = sooner(due, left);
    }
    return sooner(sooner(due, destination_turn(&d->asks, d->server)), medium_turn(&d->media, d->server));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job_outside.c owns the part of a job that storage outside of areas is asked for: a process of the job's own opens the
 * destination, makes the outputs, and at the end gives them their names or removes them. It must never hold anything of
 * an area there, nor wait for it in the process that serves. */
#include <errno.h>
#include <string.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/str.h"
#include "device/job_setup.h"
#include "record/record.h"
#include "wire/wire.h"

#define SEND_MS   10000  /* between the two processes */
#define START_MS  30000  /* how long storage may be silent when a job begins */
#define FINISH_MS 300000 /* and when it ends: thousands of names may be written for good */

/* Between two processes of one program, so as it lies in memory. */
struct answer {
    int result;
    struct fault fault;
    size_t left; /* names that could not be removed */
};

/* --- in the job's own process ----------------------------------------------------------------- */

static int send_outputs(const struct job_setup *s, int sock)
{
    for (size_t at = 0; at < s->output_count;) {
        size_t left = s->output_count - at, batch = left < SK_MESSAGE_FDS_MAX ? left : SK_MESSAGE_FDS_MAX;
        int r = wire_send(sock, SK_MSG_MORE_FDS, "", 0, s->outputs + at, batch, SEND_MS);
        if (r != 0)
            return r;
        at += batch;
    }
    return 0;
}

static void end(struct job *j, int sock)
{
    struct answer a = {0};
    struct request_finish how = {0};
    autowire struct wire_message m = {0};
    autojson json_t *body = NULL;
    int r = wire_receive(sock, &m, -1);
    if (r == 0)
        r = record_parse(m.payload.data, m.payload.len, SK_MESSAGE_MAX, &body);
    if (r == 0)
        r = request_finish(body, &how, &a.fault);
    if (r == 0 && how.commit)
        r = job_commit(j, &how, &a.fault);
    a.result = r;
    a.left = r == 0 && how.commit ? 0 : job_abort(j);
    (void)!wire_send(sock, SK_MSG_OK, &a, sizeof a, NULL, 0, SEND_MS);
}

static void run(void *context, int sock)
{
    struct job_setup *s = context;
    struct answer a = {0};
    s->f = &a.fault;
    a.result = job_prepare_outside(s);
    if (a.result == 0)
        a.result = send_outputs(s, sock);
    if (a.result != 0)
        job_abort(s->job);
    int r = wire_send(sock, SK_MSG_OK, &a, sizeof a, NULL, 0, SEND_MS);
    for (size_t i = 0; i < s->output_count; i++)
        close(s->outputs[i]);
    if (r == 0 && a.result == 0)
        end(s->job, sock);
    else if (a.result == 0)
        job_abort(s->job);
}

/* --- in the process that serves --------------------------------------------------------------- */

int job_outside(struct job_setup *s)
{
    const struct medium *m = medium_find(s->media, s->want.destination.medium);
    const int keep[] = {m ? m->found.private_fd : -1, m ? m->closer.process_fd : -1};
    const struct request_destination *to = &s->want.destination;
    if (!m && asprintf(&s->job->destination, "%s%s%s", to->path, *to->folder ? "/" : "", to->folder) < 0)
        return fault_errno(s->f, ENOMEM, "the job can't be started");
    s->job->asked_ns = clock_boot_ns();
    return child_start(&s->job->child, keep, array_count(keep), run, s, s->f);
}

static int take_outputs(struct job_setup *s, struct wire_message *m)
{
    if (!s->outputs)
        s->outputs = calloc(s->want.count, sizeof *s->outputs);
    if (!s->outputs || m->fd_count > s->want.count - s->output_count)
        return fault_set(s->f, s->outputs ? SK_ERR_FORMAT : -ENOMEM, "the job can't be started");
    for (size_t i = 0; i < m->fd_count; i++)
        s->outputs[s->output_count++] = steal_fd(&m->fds[i]);
    s->job->asked_ns = clock_boot_ns(); /* a sign of life */
    return JOB_WAITS;
}

static int begin(struct job *j, json_t *files)
{
    if (!j->setup->area->covered)
        return fault_set(j->setup->f, SK_ERR_STATE, "the area %s is not covered by sekishod now", j->area);
    int r = job_hand_over(j->setup, files);
    job_setup_free(&j->setup);
    return r;
}

int job_heard(struct job *j, json_t *files, size_t *ret_left, struct fault *f)
{
    struct answer a;
    autowire struct wire_message m = {.strange = true};
    int r = wire_receive(j->child.sock, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return JOB_WAITS;
    if (j->setup)
        j->setup->f = f;
    if (r == 0 && j->setup && m.type == SK_MSG_MORE_FDS)
        return take_outputs(j->setup, &m);
    if (r != 0 || m.payload.len != sizeof a)
        return fault_set(f, j->committing ? SK_ERR_CLOSED : SK_ERR_STATE, "the process of the case %s ended", j->case_id);
    j->asked_ns = 0;
    memcpy(&a, m.payload.data, sizeof a);
    *ret_left = a.left;
    if (a.result != 0) {
        *f = a.fault;
        return f->code ? f->code : fault_set(f, a.result, "the process of the case %s ended", j->case_id);
    }
    if (j->pulled)
        return fault_set(f, SK_ERR_NOT_FOUND, "the medium %s was pulled out", j->medium);
    return j->setup ? begin(j, files) : 0;
}

int job_finish(struct job *j, const json_t *body, struct fault *f)
{
    if (j->setup || j->asked_ns != 0)
        return fault_set(f, SK_ERR_STATE, "the case %s is being worked on", j->case_id);
    autojson json_t *told = json_copy((json_t *)(uintptr_t)body); /* which it only reads */
    j->pulled = record_flag(body, "commit") && *j->medium && !medium_holds(j->media, j->medium, j->sequence);
    if (j->pulled)
        json_object_set_new(told, "commit", json_false());
    autofree char *text = told ? json_dumps(told, JSON_COMPACT) : NULL;
    j->asked_ns = clock_boot_ns();
    int r = text ? wire_send(j->child.sock, SK_MSG_JOB_FINISH, text, strlen(text), NULL, 0, SEND_MS) : -ENOMEM;
    j->committing = r == 0 && record_flag(told, "commit");
    /* SK_ERR_STATE: it was not told, so nothing got its name */
    return r == 0 ? 0 : fault_set(f, SK_ERR_STATE, "the process of the case %s ended", j->case_id);
}

int job_left_ms(const struct job *j)
{
    if (j->asked_ns == 0)
        return -1;
    uint64_t gone = (clock_boot_ns() - j->asked_ns) / 1000000, limit = j->setup ? START_MS : FINISH_MS;
    return gone < limit ? (int)(limit - gone) : 0;
}

int job_silent(struct job *j, struct fault *f)
{
    autobuf struct buf shown = {0};
    child_end(&j->child, 0);
    return fault_set(f, -ETIMEDOUT, "the storage of %s does not answer", fault_shown(&shown, j->destination ? j->destination : j->medium));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job.c owns what takes its time: questions to the device process that move content. Each job has a
 * connection of its own, so that its loss ends this job and no other. It must never block the loop,
 * and never end without its kind's `committed` or `failed`, which close the record.
 *
 *   job_start → ASKED → (JOB_STARTED) RUNNING → (JOB_DONE: done) FINISHING → (OK) committed
 *                  └──────── error, loss, stall: job_fail ────────┘→ FINISHING → failed
 * In place of the exporter an erasure and a look at a medium's files have a process of device's.
 * An area's or a medium's job has no exporter: its answer in ASKED is the end. The medium's goes to sekisho-plug. */
#include <string.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "control/control.h"

static const struct job_actions *const actions[JOB_KIND_COUNT] = {
    [JOB_FREEZE] = &job_freeze,
    [JOB_RECEIVE] = &job_receive,
    [JOB_EXPORT] = &job_export,
    [JOB_AREA] = &job_area,
    [JOB_ERASE] = &job_erase,
    [JOB_MEDIUM] = &job_medium,
    [JOB_FILES] = &job_files,
};

/* Does its first answer end it? */
static bool is_short(enum job_kind kind)
{
    return kind == JOB_AREA || kind == JOB_MEDIUM;
}

static uint16_t last_answer(enum job_kind kind)
{
    return kind == JOB_MEDIUM ? SK_MSG_PLUG_APPROVED : SK_MSG_OK;
}

static struct job **free_place(struct control *c)
{
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++)
        if (!c->jobs[i])
            return &c->jobs[i];
    return NULL;
}

bool job_of(const struct control *c, const char *id)
{
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++)
        if (c->jobs[i] && strcmp(c->jobs[i]->id, id) == 0)
            return true;
    return false;
}

bool job_is_finishing(const struct control *c, const char *id)
{
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++)
        if (c->jobs[i] && c->jobs[i]->step == JOB_FINISHING && strcmp(c->jobs[i]->id, id) == 0)
            return true;
    return false;
}

static size_t jobs_of(const struct control *c, const char *login)
{
    size_t count = 0;
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++)
        if (c->jobs[i] && strcmp(c->jobs[i]->login, login) == 0)
            count++;
    return count;
}

static void job_free(struct job *j)
{
    if (j->device_fd >= 0)
        close(j->device_fd);
    if (j->answer_fd >= 0)
        close(j->answer_fd);
    json_decref(j->person);
    json_decref(j->about);
    json_decref(j->answer);
    json_decref(j->started);
    json_decref(j->detail);
    buf_free(&j->why);
    free(j);
}

static struct job *job_new(struct ask *a, enum job_kind kind, const char *id, json_t *about)
{
    struct job *j = calloc(1, sizeof *j);
    if (!j) {
        json_decref(about);
        return NULL;
    }
    *j = (struct job){.kind = kind, .device_fd = -1, .answer_fd = -1, .peer_id = a->peer->id,
                      .heard_ns = clock_boot_ns(), .person = ask_person(a), .about = about,
                      .reason = -1};
    snprintf(j->id, sizeof j->id, "%s", id);
    memcpy(j->login, a->login, sizeof j->login);
    return j;
}

/* Connect, and send the question with the answer socket's other end first among the descriptors. */
static int send_question(struct job *j, uint16_t type, const json_t *question, const int *fds,
                         size_t fd_count)
{
    int sent[SK_MESSAGE_FDS_MAX], pair[2];
    size_t count = 0;
    if (fd_count >= SK_MESSAGE_FDS_MAX)
        return SK_ERR_LIMIT;
    j->device_fd = wire_connect_within(sk_path(j->kind == JOB_MEDIUM ? SK_PATH_PLUG_SOCKET : SK_PATH_DEVICE_SOCKET),
                                       LINK_QUICK_MS);
    if (j->device_fd < 0)
        return j->device_fd;
    autoclose int theirs = -1;
    if (!is_short(j->kind)) {
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
            return -errno;
        j->answer_fd = pair[0];
        theirs = pair[1];
        sent[count++] = theirs;
    }
    if (fd_count > 0)
        memcpy(sent + count, fds, fd_count * sizeof *fds);
    return link_send(j->device_fd, type, question, sent, count + fd_count, SK_ANSWER_MS);
}

int job_start(struct ask *a, enum job_kind kind, uint16_t type, const json_t *question,
              const int *fds, size_t fd_count, const char *id, json_t *about)
{
    struct job **place = free_place(a->control);
    if (!place || !about || !question) {
        json_decref(about);
        return ask_fail(a, place ? -ENOMEM : SK_ERR_LIMIT, "too many transfers at a time");
    }
    if (!is_short(kind) && jobs_of(a->control, a->login) >= CONTROL_JOBS_OF_USER) {
        json_decref(about);
        return ask_fail(a, SK_ERR_LIMIT, "%s has %d transfers running: wait until one has ended",
                        a->login, CONTROL_JOBS_OF_USER);
    }
    autobuf struct buf hangs = {0};
    int r = link_hangs(&a->control->device, &hangs);
    if (r != 0) {
        json_decref(about);
        return ask_fail(a, r, "%s", hangs.data ? hangs.data : "");
    }
    struct job *j = job_new(a, kind, id, about);
    if (!j)
        return ask_fail(a, -ENOMEM, "out of memory");
    r = send_question(j, type, question, fds, fd_count);
    if (r != 0) {
        job_free(j);
        return ask_fail(a, r, kind == JOB_MEDIUM ? N_("sekisho-plug can't be reached: %s")
                                                 : N_("sekisho-device can't be reached: %s"), PHRASE_ERROR(r));
    }
    *place = j;
    return ASK_LATER;
}

static void job_end(struct control *c, struct job *j)
{
    const struct job_actions *act = actions[j->kind];
    bool ok = j->commit && j->code == 0;
    if (ok && act->committed)
        act->committed(c, j);
    if (!ok && act->failed)
        act->failed(c, j);
    struct peer *p = peer_by_id(c, j->peer_id);
    autojson json_t *empty = json_object();
    if (p && j->code != 0)
        peer_error(c, p, j->code, j->reason, j->why.len > 0 ? j->why.data : PHRASE_ERROR(j->code),
                   j->detail);
    else if (p)
        peer_answer(c, p, j->answer ? j->answer : empty);
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++)
        if (c->jobs[i] == j)
            c->jobs[i] = NULL;
    job_free(j);
}

static void set_failure(struct job *j, int code, int reason, const char *why)
{
    if (j->code != 0)
        return; /* the first is the one that counts */
    j->code = code;
    j->reason = reason;
    buf_reset(&j->why);
    buf_puts(&j->why, why);
}

/* Ask for the end; without an answer socket or a device process there is nothing left to ask. */
static void finish(struct control *c, struct job *j, bool commit, const struct job_papers *papers)
{
    autojson json_t *question = papers
        ? json_pack("{sssbssssss}", "case", j->id, "commit", commit ? 1 : 0, "manifest", papers->manifest,
                    "signature", papers->signature, "cover", papers->cover)
        : json_pack("{sssb}", "case", j->id, "commit", commit ? 1 : 0);
    j->commit = commit;
    j->step = JOB_FINISHING;
    j->heard_ns = clock_boot_ns();
    if (j->answer_fd >= 0)
        close(j->answer_fd);
    j->answer_fd = -1;
    int r = !question ? -ENOMEM
                      : link_send(j->device_fd, SK_MSG_JOB_FINISH, question, NULL, 0, SK_ANSWER_MS);
    if (r != 0) {
        set_failure(j, r, -1, PHRASE("the device process was lost before the end"));
        job_end(c, j);
    }
}

void job_commit(struct control *c, struct job *j, const struct job_papers *papers)
{
    finish(c, j, true, papers);
}

void job_fail(struct control *c, struct job *j, int code, int reason, const char *why)
{
    bool begun = j->step == JOB_RUNNING;
    set_failure(j, code, reason, why);
    if (begun)
        finish(c, j, false, NULL);
    else
        job_end(c, j);
}

/* An ERROR of the device process or the exporter becomes the job's failure. */
static void fail_by(struct control *c, struct job *j, const json_t *error)
{
    autobuf struct buf why = {0};
    int code = link_error(error, &why);
    int reason = link_reason(record_text(error, "reason"));
    if (code == SK_ERR_DIGEST)
        reason = SK_REASON_CONTENT_CHANGED;
    int64_t index = json_is_integer(json_object_get(error, "file")) ? record_number(error, "file")
                                                                    : -1;
    const json_t *file = index < 0 ? NULL
                                   : json_array_get(json_object_get(j->about, "files"),
                                                    (size_t)index);
    if (file)
        buf_printf(&why, " (%s)", record_text(file, "name"));
    job_fail(c, j, code, reason == SK_REASON_COUNT ? -1 : reason, why.data ? why.data : "");
}

static void on_device(struct control *c, struct job *j, const struct wire_message *m)
{
    autojson json_t *body = NULL;
    if (link_parse(m, &body) != 0) {
        job_fail(c, j, SK_ERR_FORMAT, -1, PHRASE("sekisho-device answered out of order"));
    } else if (m->type == SK_MSG_ERROR) {
        fail_by(c, j, body);
    } else if (j->step == JOB_ASKED && m->type == SK_MSG_JOB_STARTED && !is_short(j->kind)) {
        j->step = JOB_RUNNING;
        j->started = json_incref(body);
    } else if (j->step == JOB_ASKED && is_short(j->kind) && m->type == last_answer(j->kind)) {
        j->commit = true;
        actions[j->kind]->done(c, j, body);
        job_end(c, j);
    } else if (j->step == JOB_FINISHING && m->type == SK_MSG_OK) {
        job_end(c, j);
    } else {
        job_fail(c, j, SK_ERR_FORMAT, -1, PHRASE("sekisho-device answered out of order"));
    }
}

static void on_exporter(struct control *c, struct job *j, const struct wire_message *m)
{
    autojson json_t *body = NULL;
    if (link_parse(m, &body) != 0) {
        job_fail(c, j, SK_ERR_FORMAT, -1, PHRASE("the exporter answered out of order"));
    } else if (m->type == SK_MSG_JOB_PROGRESS) {
        static const char *const what[JOB_KIND_COUNT] = {"freeze", "receive", "export", "area",
                                                       "erase", "medium", "files"};
        struct peer *p = peer_by_id(c, j->peer_id);
        if (actions[j->kind]->heard)
            actions[j->kind]->heard(j, body);
        json_object_set_new(body, "what", json_string(what[j->kind]));
        if (p)
            peer_progress(c, p, body);
    } else if (m->type == SK_MSG_JOB_DONE) {
        actions[j->kind]->done(c, j, body);
    } else if (m->type == SK_MSG_ERROR) {
        fail_by(c, j, body);
    } else {
        job_fail(c, j, SK_ERR_FORMAT, -1, PHRASE("the exporter answered out of order"));
    }
}

void job_ready(struct control *c, struct job *j, short device_events, short answer_events)
{
    autowire struct wire_message m = {0};
    bool from_device = device_events != 0;
    if (!from_device && answer_events == 0)
        return;
    int r = wire_receive(from_device ? j->device_fd : j->answer_fd, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    j->heard_ns = clock_boot_ns();
    if (r != 0)
        job_fail(c, j, r, -1,
                 from_device ? PHRASE("the device process ended in between")
                             : PHRASE("the exporter ended without an answer"));
    else if (from_device)
        on_device(c, j, &m);
    else
        on_exporter(c, j, &m);
}

void jobs_left(struct control *c, uint64_t peer_id)
{
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++) {
        struct job *j = c->jobs[i];
        if (j && (j->kind == JOB_ERASE || j->kind == JOB_FILES) && j->peer_id == peer_id && j->step != JOB_FINISHING)
            job_fail(c, j, SK_ERR_CLOSED, -1, PHRASE("who asked stopped it"));
    }
}

void job_end_of(struct control *c, const char *id, int reason, const char *why)
{
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++)
        if (c->jobs[i] && c->jobs[i]->step != JOB_FINISHING && strcmp(c->jobs[i]->id, id) == 0)
            job_fail(c, c->jobs[i], SK_ERR_REFUSED, reason, why);
}

void jobs_stalled(struct control *c)
{
    uint64_t now = clock_boot_ns();
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++) {
        struct job *j = c->jobs[i];
        /* an area is made as long as it takes; files are opened at once or never */
        bool begins = j && j->step == JOB_ASKED && !is_short(j->kind);
        if (j && now - j->heard_ns > (begins ? CONTROL_BEGIN_NS : CONTROL_STALL_NS))
            job_fail(c, j, SK_ERR_TIMEOUT, -1,
                     begins ? PHRASE("sekisho-device does not answer: it hangs or was stopped")
                            : PHRASE("the transfer said nothing for too long"));
    }
}

void jobs_abort(struct control *c)
{
    for (size_t i = 0; i < CONTROL_JOBS_MAX; i++) {
        struct job *j = c->jobs[i];
        if (!j)
            continue;
        set_failure(j, SK_ERR_CLOSED, -1, PHRASE("the agent is stopping"));
        if (j->step != JOB_FINISHING)
            j->commit = false; /* one that was told to commit may have done so */
        job_end(c, j);
    }
}

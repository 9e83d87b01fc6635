/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room_job.c owns the starts of rooms: each has a connection of its own to sekisho-room, so that a
 * command that runs for hours holds up nobody. It must never block the loop, and never let a room
 * begin whose record is not durable, nor leave a start that failed without its own.
 *
 *   room_job_start → placing → (OK: recorded) asked → (ROOM_STARTED) started
 *                      └── refused              └── error, loss, no answer: failed
 *   started → answered at once, or with (ROOM_ENDED) */
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/phrase.h"
#include "control/control.h"

struct room_job {
    int fd;
    uint64_t peer_id;
    uint64_t since_ns; /* boot clock of the question */
    bool placing, started, wait;
    char area[SK_ID_MAX + 1], room[SK_ID_MAX + 1];
    char login[CONTROL_LOGIN_CAP];
    json_t *person, *question, *more; /* more: for the record of the start */
    int terminal; /* -1 = none */
    uid_t uid;
};

static void job_free(struct room_job *j)
{
    if (j->fd >= 0)
        close(j->fd);
    if (j->terminal >= 0)
        close(j->terminal);
    json_decref(j->person);
    json_decref(j->question);
    json_decref(j->more);
    free(j);
}

static void forget(struct control *c, struct room_job *j)
{
    for (size_t i = 0; i < CONTROL_ROOM_JOBS_MAX; i++)
        if (c->room_jobs[i] == j)
            c->room_jobs[i] = NULL;
    job_free(j);
}

static void record_failure(struct control *c, const struct room_job *j, const char *why)
{
    ledger_close_act(c, room_record(c, "failed", j->room, j->area, json_incref(j->person), why,
                                    NULL));
}

/* Unknown: it may have started before the connection was lost; what there is, rooms_judge finds. */
static void fail(struct control *c, struct room_job *j, int code, int reason, bool unknown,
                 const char *why)
{
    struct peer *p = peer_by_id(c, j->peer_id);
    if (!j->started && !j->placing && !unknown)
        record_failure(c, j, why);
    if (p)
        peer_error(c, p, code, reason, why, NULL);
    forget(c, j);
}

static void finish(struct control *c, struct room_job *j, int status)
{
    struct peer *p = peer_by_id(c, j->peer_id);
    autojson json_t *answer = json_pack("{sssi}", "room", j->room, "status", status);
    if (p && answer)
        peer_answer(c, p, answer);
    forget(c, j);
}

static struct room_job *new_job(struct ask *a, json_t *question, json_t *more, bool wait)
{
    struct room_job *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    *j = (struct room_job){.fd = -1, .peer_id = a->peer->id, .since_ns = clock_boot_ns(),
                           .placing = true, .wait = wait, .person = ask_person(a),
                           .question = json_incref(question), .more = json_incref(more),
                           .terminal = -1, .uid = a->peer->who.uid};
    snprintf(j->area, sizeof j->area, "%s", record_text(question, "area"));
    snprintf(j->login, sizeof j->login, "%s", record_text(question, "login"));
    if (a->fd_count > 0)
        j->terminal = steal_fd(&a->fds[0]);
    return j;
}

int room_job_start(struct ask *a, json_t *question, json_t *more, bool wait)
{
    struct control *c = a->control;
    autobuf struct buf hangs = {0}, unheard = {0};
    size_t place = 0;
    while (place < CONTROL_ROOM_JOBS_MAX && c->room_jobs[place])
        place++;
    if (place == CONTROL_ROOM_JOBS_MAX)
        return ask_fail(a, SK_ERR_LIMIT, "too many commands in rooms are waited for");
    int r = link_hangs(&c->room, &hangs);
    if (r != 0)
        return ask_fail(a, r, "%s", hangs.data ? hangs.data : "");
    autojson json_t *where = json_pack("{sssssIsI}", "area", record_text(question, "area"), "login",
                                       record_text(question, "login"), "uid",
                                       (json_int_t)record_number(question, "uid"), "pid",
                                       (json_int_t)record_number(question, "pid"));
    struct room_job *j = where ? new_job(a, question, more, wait) : NULL;
    if (!j)
        return ask_fail(a, -ENOMEM, "out of memory");
    j->fd = wire_connect_within(sk_path(SK_PATH_ROOM_SOCKET), LINK_QUICK_MS);
    r = j->fd < 0 ? j->fd : link_send(j->fd, SK_MSG_ROOM_PLACE, where, NULL, 0, LINK_QUICK_MS);
    if (r != 0) {
        job_free(j);
        return ask_fail(a, r, "sekisho-room can't be reached: %s", PHRASE_ERROR(r));
    }
    c->room_jobs[place] = j;
    /* there its end will be told, however soon it comes; without, rooms_judge finds it gone */
    (void)!link_open(&c->room, &unheard);
    return ASK_LATER;
}

static void refuse_remote(struct control *c, struct room_job *j)
{
    const char *why = sk_reason_phrase(SK_REASON_REMOTE);
    (void)!refusal_record(c, j->uid, "", json_incref(j->person), SK_OP_ROOM_START, SK_REASON_REMOTE, "", "",
                   why);
    fail(c, j, SK_ERR_REFUSED, SK_REASON_REMOTE, false, why);
}

/* No record, no room. */
static int record_start(struct control *c, const struct room_job *j, const char *room, struct buf *why)
{
    return ledger_append(c, room_record(c, "started", room, j->area, json_incref(j->person), "", j->more),
                         false, NULL, why);
}

/* Which room it is and where the asker sits is known: the record, then the start. */
static void on_placed(struct control *c, struct room_job *j, const json_t *body)
{
    autobuf struct buf why = {0};
    bool remote = record_flag(body, "remote");
    if (remote && !record_flag(j->question, "remote")) {
        refuse_remote(c, j);
        return;
    }
    snprintf(j->room, sizeof j->room, "%s", record_text(body, "room"));
    int r = json_object_set_new(j->more, "remote", json_boolean(remote));
    if (r == 0 && record_flag(body, "first"))
        r = json_object_set_new(j->question, "room", json_string(j->room));
    r = r == 0 ? record_start(c, j, j->room, &why) : -ENOMEM;
    if (r != 0) {
        fail(c, j, r, -1, false, why.data ? why.data : PHRASE_ERROR(r));
        return;
    }
    j->placing = false;
    r = link_send(j->fd, SK_MSG_ROOM_START, j->question, &j->terminal, j->terminal >= 0 ? 1 : 0,
                  LINK_QUICK_MS);
    if (r != 0)
        fail(c, j, r, -1, false, PHRASE("sekisho-room can't be reached"));
}

int room_job_fd(const struct room_job *j)
{
    return j->fd;
}

static void on_started(struct control *c, struct room_job *j, const json_t *body)
{
    struct peer *p = peer_by_id(c, j->peer_id);
    autojson json_t *progress = json_pack("{sssbss}", "room", record_text(body, "room"), "first",
                                          record_flag(body, "first") ? 1 : 0, "lacks",
                                          record_text(body, "lacks"));
    autobuf struct buf why = {0};
    j->started = true;
    snprintf(j->room, sizeof j->room, "%s", record_text(body, "room"));
    /* the room that it was recorded for ended in between, and with it what the ledger says of it */
    if (!fold_room(c->fold, j->area, j->login) && record_start(c, j, j->room, &why) != 0)
        log_warn("room %s has no record of its start: %s", j->room, why.data ? why.data : "");
    fold_room_named(c->fold, j->area, j->login, j->room);
    if (p && progress)
        peer_progress(c, p, progress);
    if (!j->wait)
        finish(c, j, 0);
    else if (!p)
        forget(c, j); /* the command goes on, nobody asks how it ends */
}

static void on_message(struct control *c, struct room_job *j, const struct wire_message *m)
{
    autojson json_t *body = NULL;
    if (rooms_stray(c, m))
        return; /* when it is this room that is gone, the end of its command follows */
    if (link_parse(m, &body) != 0) {
        fail(c, j, SK_ERR_FORMAT, -1, true, PHRASE("sekisho-room answered out of order"));
    } else if (m->type == SK_MSG_ERROR) {
        autobuf struct buf why = {0};
        int code = link_error(body, &why);
        int reason = link_reason(record_text(body, "reason"));
        fail(c, j, code, reason == SK_REASON_COUNT ? -1 : reason, false, why.data ? why.data : "");
    } else if (m->type == SK_MSG_OK && j->placing) {
        on_placed(c, j, body);
    } else if (m->type == SK_MSG_ROOM_STARTED && !j->placing && !j->started) {
        on_started(c, j, body);
    } else if (m->type == SK_MSG_ROOM_ENDED && j->started) {
        finish(c, j, record_number(body, "status") != 0);
    } else {
        fail(c, j, SK_ERR_FORMAT, -1, true, PHRASE("sekisho-room answered out of order"));
    }
}

void room_job_ready(struct control *c, struct room_job *j)
{
    autowire struct wire_message m = {0};
    int r = wire_receive(j->fd, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    if (r == 0)
        on_message(c, j, &m);
    else
        fail(c, j, r, -1, true,
             j->started ? PHRASE("sekisho-room ended in between; the room and the command go on")
                        : PHRASE("sekisho-room ended before the room was there"));
}

void room_jobs_forget(struct control *c, uint64_t peer_id)
{
    for (size_t i = 0; i < CONTROL_ROOM_JOBS_MAX; i++) {
        struct room_job *j = c->room_jobs[i];
        if (j && j->peer_id == peer_id && (j->started || j->placing))
            forget(c, j); /* one that was recorded is waited for, because of its record */
    }
}

void room_jobs_stalled(struct control *c)
{
    uint64_t now = clock_boot_ns();
    for (size_t i = 0; i < CONTROL_ROOM_JOBS_MAX; i++) {
        struct room_job *j = c->room_jobs[i];
        if (j && !j->started && now - j->since_ns > CONTROL_ROOM_START_NS)
            fail(c, j, SK_ERR_TIMEOUT, -1, true,
                 PHRASE("sekisho-room does not answer: it hangs or was stopped"));
    }
}

void room_jobs_abort(struct control *c)
{
    for (size_t i = 0; i < CONTROL_ROOM_JOBS_MAX; i++)
        if (c->room_jobs[i])
            fail(c, c->room_jobs[i], SK_ERR_CLOSED, -1, true, PHRASE("the agent is stopping"));
}

bool room_job_starts(const struct control *c, const char *area, const char *login)
{
    for (size_t i = 0; i < CONTROL_ROOM_JOBS_MAX; i++) {
        const struct room_job *j = c->room_jobs[i];
        if (j && !j->started && strcmp(j->area, area) == 0 && strcmp(j->login, login) == 0)
            return true;
    }
    return false;
}

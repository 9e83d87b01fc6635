/* SPDX-License-Identifier: GPL-3.0-or-later */
/* erasing.c owns the processes that erase. It must never remove a name while one still runs, nor ask storage outside
 * of areas anything: its process does. */
#include "device/erasing.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <sekisho/erasure.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "device/medium_writers.h"
#include "record/record.h"
#include "wire/wire.h"

#define TELL_NS  100000000ull /* between two words about how far it is */
#define END_MS   10000        /* how long a process that said it is done with an area may take to end */
#define ANSWER_MS 3000        /* until storage outside of areas answers: a disk that slept may have to wake */
#define LOOK_MS  60000        /* and then: it is written to the disk, and all processes are looked through */
#define SEND_MS  1000         /* between the two processes */

struct progress {
    int sock;
    uint64_t told_ns;
};

static void send_json(int sock, uint16_t type, const json_t *body)
{
    autofree char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    /* whoever does not listen ends this process soon */
    if (text)
        (void)!wire_send(sock, type, text, strlen(text), NULL, 0, SK_ANSWER_MS);
}

static void tell(void *context, uint64_t done, uint64_t total)
{
    struct progress *p = context;
    uint64_t now = clock_boot_ns();
    if (now - p->told_ns < TELL_NS && done < total)
        return;
    p->told_ns = now;
    autojson json_t *body = json_pack("{s:I, s:I}", "bytes", (json_int_t)done, "total",
                                      (json_int_t)total);
    send_json(p->sock, SK_MSG_JOB_PROGRESS, body);
}

static json_t *statements_json(uint32_t statements)
{
    json_t *list = json_array();
    for (unsigned i = 0; list && i < SK_STATEMENT_COUNT; i++)
        if ((statements & (1u << i)) &&
            json_array_append_new(list, json_string(sk_statement_name(i))) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static void tell_end(int sock, int r, const struct erase_result *done, const struct fault *f)
{
    autojson json_t *statements = statements_json(done->statements);
    autojson json_t *body =
        r == 0 ? json_pack("{s:I, s:s, s:s, s:s, s:O}", "bytes", (json_int_t)done->bytes, "sha256",
                           done->sha256, "seed", done->seed, "class",
                           sk_erasure_class_name(sk_erasure_class(done->statements)), "statements",
                           statements)
               : json_pack("{s:s, s:s, s:i}", "code", sk_errname(r), "why", f->why, "file", -1);
    send_json(sock, r == 0 ? SK_MSG_JOB_DONE : SK_MSG_ERROR, body);
}

/* What one process does. */
struct work {
    const struct request_erase *want; /* outside: what is to be looked at first */
    struct area_table *areas;
    int medium_fd; /* -1 = it is on no registered medium */
    int closer;    /* which closes that one to writers still (medium_writers.h), -1 = none */
    struct erase_target target;
    int answer;
};

static void erase_and_tell(struct work *w)
{
    struct erase_result done = {0};
    struct fault f = {0};
    struct progress p = {.sock = w->answer};
    int r = erase_run(&w->target, tell, &p, &done, &f);
    tell_end(w->answer, r, &done, &f);
}

static void run(void *context, int sock)
{
    (void)sock;
    erase_and_tell(context);
}

static int launch(struct work *w, void (*what)(void *context, int sock), struct erasing **ret, struct fault *f)
{
    const int keep[] = {w->answer, w->target.fd, w->target.parent_fd, w->medium_fd, w->closer};
    struct erasing *e = calloc(1, sizeof *e);
    if (!e)
        return fault_errno(f, ENOMEM, "the erasure can't begin");
    e->child = (struct child)CHILD_NONE;
    int r = child_start(&e->child, keep, array_count(keep), what, w, f);
    if (r != 0) {
        free(e);
        return r;
    }
    e->target = w->target;
    *ret = e;
    return 0;
}

int erasing_start(struct erase_target *t, int sock, struct erasing **ret, struct fault *f)
{
    struct work w = {.target = *t, .medium_fd = -1, .closer = -1, .answer = sock};
    int r = launch(&w, run, ret, f);
    if (r == 0)
        t->fd = t->parent_fd = -1;
    return r;
}

/* --- outside of areas ------------------------------------------------------------------------- */

/* Between two processes of one program, so as it lies in memory. */
struct found {
    int result;
    struct fault fault;
    struct erase_target target;
};

/* A word in between: the storage answers, the rest may take its time. */
static void say(void *context)
{
    (void)!wire_send(*(const int *)context, SK_MSG_JOB_PROGRESS, "", 0, NULL, 0, SEND_MS);
}

static void run_outside(void *context, int sock)
{
    struct work *w = context;
    struct found found = {.target = ERASE_TARGET_NONE};
    if (w->medium_fd >= 0)
        found.result = medium_writers_begin(w->medium_fd, w->closer, &found.fault);
    if (found.result == 0)
        found.result = erase_look(w->areas, w->medium_fd, w->want, say, &sock, &w->target, &found.fault);
    if (found.result == 0 && !w->want->plan)
        found.result = erase_prepare(w->areas, &w->target, &found.fault);
    found.target = w->target;
    found.target.fd = found.target.parent_fd = -1;
    autowire struct wire_message go = {0};
    if (wire_send(sock, SK_MSG_JOB_STARTED, &found, sizeof found, NULL, 0, SEND_MS) != 0 || found.result != 0 ||
        w->want->plan || wire_receive(sock, &go, -1) != 0)
        return;
    erase_and_tell(w);
}

int erasing_outside(struct area_table *areas, int medium_fd, int closer, const struct request_erase *want, int sock, struct erasing **ret,
                    struct fault *f)
{
    struct work w = {.want = want, .areas = areas, .medium_fd = medium_fd, .closer = closer, .target = ERASE_TARGET_NONE, .answer = sock};
    w.target.object = want->object;
    memcpy(w.target.id, want->case_id, sizeof w.target.id);
    int r = launch(&w, run_outside, ret, f);
    if (r == 0)
        (*ret)->looks = true;
    return r;
}

int erasing_heard(struct erasing *e, struct fault *f)
{
    autowire struct wire_message m = {0};
    struct found found;
    int r = wire_receive(e->child.sock, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return ERASING_WAITS;
    if (r == 0 && m.type == SK_MSG_JOB_PROGRESS) {
        e->answers = true;
        e->heard_ns = clock_boot_ns();
        return ERASING_WAITS;
    }
    if (r != 0 || m.payload.len != sizeof found)
        return fault_set(f, r != 0 ? r : SK_ERR_FORMAT, "the process that erases ended");
    memcpy(&found, m.payload.data, sizeof found);
    if (found.result != 0)
        *f = found.fault;
    else
        e->target = found.target;
    e->looks = false;
    return found.result;
}

int erasing_left_ms(const struct erasing *e)
{
    if (!e->looks)
        return -1;
    uint64_t gone = (clock_boot_ns() - e->heard_ns) / 1000000, limit = e->answers ? LOOK_MS : ANSWER_MS;
    return gone < limit ? (int)(limit - gone) : 0;
}

int erasing_silent(const struct erasing *e, struct fault *f)
{
    autobuf struct buf shown = {0};
    return fault_set(f, -ETIMEDOUT, "the storage of %s does not answer", fault_shown(&shown, e->path));
}

int erasing_go(const struct erasing *e)
{
    return wire_send(e->child.sock, SK_MSG_OK, "", 0, NULL, 0, SEND_MS);
}

int erasing_end(struct erasing **e_in, bool commit, struct fault *f)
{
    struct erasing *e = *e_in;
    int r = 0;
    bool inside = e->target.object == REQUEST_OBJECT_AREA || e->target.area[0];
    *e_in = NULL;
    if (!commit)
        (void)syscall(SYS_pidfd_send_signal, e->child.process_fd, SIGKILL, NULL, 0);
    /* one that visits storage outside, which may never answer, is not waited for */
    if (inside && fd_wait(e->child.process_fd, POLLIN, END_MS) != 1)
        r = fault_set(f, SK_ERR_STATE, "the erasure does not end: the storage does not answer");
    if (r == 0 && commit)
        r = erase_finish(&e->target, f);
    child_end(&e->child, 0);
    erase_clear(&e->target);
    free(e);
    return r;
}

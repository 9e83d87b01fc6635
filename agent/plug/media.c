/* SPDX-License-Identifier: GPL-3.0-or-later */
/* media.c owns the connection to sekisho-device. It must never wait for an answer: the next keyboard is not to wait
 * for a stick. */
#include "plug/media.h"
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/str.h"
#include "plug/plug.h"
#include "record/record.h"
#include "serve/neighbour.h"
#include "wire/wire.h"

#define CONNECT_MS 500          /* milliseconds until the connection is there, or a question is taken */
#define ANSWER_NS  60000000000u /* an answer that takes longer does not come */
#define WAITING_MAX 256         /* questions at a time; of its end each disk's is taken beyond that */

struct question {
    STAILQ_ENTRY(question) all;
    enum media_ask what;
    char number[PLUG_NUMBER_CAP];
    json_t *body;
    uint64_t asked_ns; /* 0 = not sent */
    bool over;         /* that disk is gone, another may have its number: nobody is to hear the answer */
};

struct media_line {
    media_answered *answered;
    void *context;
    int sock; /* -1 = not connected */
    STAILQ_HEAD(question_queue, question) queue; /* in the order of their answers: the first only has been sent */
    size_t count;
};

int media_line_new(media_answered *answered, void *context, struct media_line **ret)
{
    struct media_line *l = calloc(1, sizeof *l);
    if (!l)
        return -ENOMEM;
    l->answered = answered;
    l->context = context;
    l->sock = -1;
    STAILQ_INIT(&l->queue);
    *ret = l;
    return 0;
}

static void free_question(struct media_line *l, struct question *q)
{
    l->count--;
    json_decref(q->body);
    free(q);
}

static void drop_first(struct media_line *l)
{
    struct question *q = STAILQ_FIRST(&l->queue);
    STAILQ_REMOVE_HEAD(&l->queue, all);
    free_question(l, q);
}

void media_line_free(struct media_line **at)
{
    struct media_line *l = steal_ptr(at);
    if (!l)
        return;
    while (!STAILQ_EMPTY(&l->queue))
        drop_first(l);
    if (l->sock >= 0)
        close(l->sock);
    free(l);
}

/* What was asked about this disk before is over, what was not sent yet need not be. */
static void forget_disk(struct media_line *l, const char *number)
{
    struct question *q = STAILQ_FIRST(&l->queue);
    while (q) {
        struct question *after = STAILQ_NEXT(q, all);
        bool its = str_eq(q->number, number);
        q->over = q->over || its;
        if (its && q->asked_ns == 0) {
            STAILQ_REMOVE(&l->queue, q, question, all);
            free_question(l, q);
        }
        q = after;
    }
}

bool media_ask(struct media_line *l, enum media_ask what, const char *number, json_t *body)
{
    if (what == MEDIA_CLOSE)
        forget_disk(l, number);
    bool room = l->count < WAITING_MAX || what == MEDIA_CLOSE;
    struct question *q = body && room ? calloc(1, sizeof *q) : NULL;
    if (!q) {
        json_decref(body);
        return false;
    }
    *q = (struct question){.what = what, .body = body};
    snprintf(q->number, sizeof q->number, "%s", number);
    STAILQ_INSERT_TAIL(&l->queue, q, all);
    l->count++;
    return true;
}

/* The first question is over. */
static void answer(struct media_line *l, const json_t *body, const char *why)
{
    const struct question *q = STAILQ_FIRST(&l->queue);
    enum media_ask what = q->what;
    char number[sizeof q->number];
    bool over = q->over;
    memcpy(number, q->number, sizeof number);
    drop_first(l);
    if (!over)
        l->answered(l->context, what, number, body, why);
}

static void disconnect(struct media_line *l)
{
    if (l->sock >= 0)
        close(l->sock);
    l->sock = -1;
    for (struct question *q = STAILQ_FIRST(&l->queue); q; q = STAILQ_NEXT(q, all))
        q->asked_ns = 0;
}

int media_fd(const struct media_line *l)
{
    return l->sock;
}

static uint16_t type_of(enum media_ask what)
{
    static const uint16_t types[] = {[MEDIA_LOOK] = SK_MSG_MEDIUM_LOOK, [MEDIA_MARK] = SK_MSG_MEDIUM_MARK,
                                     [MEDIA_OPEN] = SK_MSG_MEDIUM_OPEN, [MEDIA_CLOSE] = SK_MSG_MEDIUM_CLOSE};
    return types[what];
}

static int connect_line(struct media_line *l)
{
    if (l->sock < 0)
        l->sock = wire_connect_within(sk_path(SK_PATH_DEVICE_SOCKET), CONNECT_MS);
    return l->sock < 0 ? SK_ERR_CLOSED : 0;
}

/* The first question, if it has not been sent. */
static int send_first(struct media_line *l)
{
    autobuf struct buf payload = {0};
    struct question *q = STAILQ_FIRST(&l->queue);
    if (!q || q->asked_ns != 0)
        return 0;
    int r = connect_line(l);
    if (r == 0)
        r = record_write(q->body, &payload);
    if (r == 0)
        r = wire_send(l->sock, type_of(q->what), payload.data, payload.len, NULL, 0, CONNECT_MS);
    if (r == 0)
        q->asked_ns = clock_boot_ns();
    else
        disconnect(l);
    return r;
}

void media_ready(struct media_line *l)
{
    autowire struct wire_message m = {0};
    autojson json_t *body = NULL;
    autobuf struct buf why = {0};
    const struct question *q = STAILQ_FIRST(&l->queue);
    int r = wire_receive(l->sock, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    if (r == 0 && (!q || q->asked_ns == 0))
        r = SK_ERR_FORMAT; /* nothing comes that was not asked for */
    if (r == 0 && m.type != SK_MSG_ERROR)
        r = record_parse(m.payload.data, m.payload.len, WIRE_INLINE_MAX, &body);
    if (r != 0) {
        disconnect(l);
        return;
    }
    if (m.type == SK_MSG_ERROR)
        answer(l, NULL, neighbour_why(&m, &why));
    else
        answer(l, body, "");
    (void)!send_first(l);
}

bool media_turn(struct media_line *l)
{
    const struct question *q = STAILQ_FIRST(&l->queue);
    if (q && q->asked_ns != 0 && clock_boot_ns() - q->asked_ns > ANSWER_NS) {
        disconnect(l);
        answer(l, NULL, PHRASE("sekisho-device does not answer"));
    }
    return send_first(l) != 0 || !STAILQ_EMPTY(&l->queue);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exchange.c owns the sockets of questions that wait for their answer. It must never make the
 * window wait, nor call back for a question that was cancelled. */
#include "prompt/exchange.h"
#include <glib-unix.h>
#include <sekisho/err.h>
#include <sekisho/ops.h>
#include "base/str.h"
#include "client/language.h"
#include "client/refusal.h"
#include "client/screen.h"
#include "client/talk.h"
#include "record/record.h"

struct exchange {
    struct exchange **slot;
    int sock;     /* -1 = the agent was not reached */
    int failure;  /* then: why */
    guint source; /* of the main loop: the socket, or the idle call that tells the failure */
    guint timer;  /* 0 = none */
    exchange_step *step;
    exchange_end *end;
    void *context;
};

static void exchange_free(struct exchange *e)
{
    if (e->source)
        g_source_remove(e->source);
    if (e->timer)
        g_source_remove(e->timer);
    if (e->sock >= 0)
        close(e->sock);
    free(e);
}

void exchange_cancel(struct exchange **slot)
{
    if (*slot)
        exchange_free(steal_ptr(slot));
}

/* Tell how it ended. What is called may start the next one in the same slot. */
static void finish(struct exchange *e, const struct reply *reply)
{
    exchange_end *end = e->end;
    void *context = e->context;
    *e->slot = NULL;
    exchange_free(e);
    end(context, reply);
}

struct words {
    struct buf what, advice;
};

static void put(void *to, enum refusal_part part, const char *text)
{
    struct words *w = to;
    struct buf *b = part == REFUSAL_WHAT ? &w->what : &w->advice;
    buf_puts(b, b->len ? "\n" : "");
    screen_safe(b, text);
}

static void finish_refused(struct exchange *e, const json_t *error)
{
    struct words w = {0};
    refusal_tell(error, put, &w);
    finish(e, &(struct reply){.what = w.what.data ? w.what.data : "",
                              .advice = w.advice.data ? w.advice.data : ""});
    buf_free(&w.what);
    buf_free(&w.advice);
}

static void finish_lost(struct exchange *e, int code, bool asked)
{
    autobuf struct buf what = {0};
    buf_printf(&what, "%s: %s",
               asked ? _("The agent ended before it answered") : _("The agent can't be reached"),
               language_strerror(code));
    finish(e, &(struct reply){
                  .what = what.data ? what.data : "",
                  .advice =
                      asked ? _("What came of it is shown here as soon as the agent is back.") : "",
                  .lost = true});
}

static gboolean on_message(gint fd, GIOCondition condition, gpointer data)
{
    struct exchange *e = data;
    autojson json_t *content = NULL;
    enum talk_step step = TALK_PROGRESS;
    (void)condition;
    int r = talk_next(fd, 0, &content, &step);
    if (r == SK_ERR_TIMEOUT)
        return G_SOURCE_CONTINUE;
    if (r == 0 && step == TALK_PROGRESS) {
        if (e->step)
            e->step(e->context, content);
        return G_SOURCE_CONTINUE;
    }
    e->source = 0; /* removed by what is returned */
    if (r != 0)
        finish_lost(e, r, true);
    else if (step == TALK_REFUSED)
        finish_refused(e, content);
    else
        finish(e, &(struct reply){.answer = content, .what = "", .advice = ""});
    return G_SOURCE_REMOVE;
}

static gboolean on_late(gpointer data)
{
    struct exchange *e = data;
    e->timer = 0;
    finish_lost(e, SK_ERR_TIMEOUT, true);
    return G_SOURCE_REMOVE;
}

static gboolean on_failure(gpointer data)
{
    struct exchange *e = data;
    e->source = 0;
    finish_lost(e, e->failure, false);
    return G_SOURCE_REMOVE;
}

void exchange_start(struct exchange **slot, const char *op, json_t *request, exchange_step *step,
                    exchange_end *end, void *context)
{
    autojson json_t *question = request ? request : json_object();
    struct exchange *e = g_new0(struct exchange, 1);
    int limit_ms = str_eq(op, SK_OP_WATCH) ? -1 : talk_limit_ms(op);
    exchange_cancel(slot);
    *e = (struct exchange){.slot = slot, .sock = -1, .step = step, .end = end, .context = context};
    *slot = e;
    e->failure = question ? talk_begin(op, question, NULL, 0, &e->sock) : -ENOMEM;
    if (e->failure != 0) {
        e->source = g_idle_add(on_failure, e);
        return;
    }
    e->source = g_unix_fd_add(e->sock, G_IO_IN | G_IO_HUP | G_IO_ERR, on_message, e);
    if (limit_ms > 0)
        e->timer = g_timeout_add((guint)limit_ms, on_late, e);
}

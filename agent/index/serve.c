/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve.c owns what index.sock answers and what the loop does besides. It must never tell a finding
 * to anybody but control, nor one that is not on the disk when the disk takes it. */
#include "index/serve.h"
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include <string.h>
#include "base/log.h"
#include "base/phrase.h"
#include "base/str.h"

/* Who waits for a finding above `after`. */
struct waiter {
    uint64_t peer; /* 0 = nobody */
    uint64_t after;
};

struct desk {
    struct index *index;
    struct server *server;
    struct waiter waiters[SK_PEERS_MAX];
};

static struct desk *desk_of(const struct server_call *c)
{
    return c->context;
}

static int take_volume(struct server_call *c, enum volume_kind kind, const char *key)
{
    static const struct {
        const char *name;
        enum volume_events events;
        size_t fds;
    } kinds[] = {{"names", VOLUME_NAMES, 2}, {"opens", VOLUME_OPENS, 2}, {"none", VOLUME_NONE, 1}};
    autobuf struct buf id = {0};
    const char *events = record_text(c->body, "events");
    if (record_take_name(record_member(c->body, key), &id) != 0 || id.len == 0 ||
        (kind == VOLUME_AREA && (id.len > SK_ID_MAX || strchr(id.data, '/'))))
        return fault_set(&c->fault, SK_ERR_FORMAT, "no name, or one of a wrong form");
    for (size_t i = 0; i < array_count(kinds); i++) {
        if (!str_eq(events, kinds[i].name) || c->message->fd_count != kinds[i].fds)
            continue;
        int top = steal_fd(&c->message->fds[kinds[i].fds - 1]);
        int group = kinds[i].fds == 2 ? steal_fd(&c->message->fds[0]) : -1;
        return keep_open(desk_of(c)->index, kind, kinds[i].events, id.data, group, top);
    }
    return fault_set(&c->fault, SK_ERR_FORMAT, "descriptors and \"events\" do not fit");
}

static int area_call(struct server_call *c)
{
    return take_volume(c, VOLUME_AREA, "area");
}

static int place_call(struct server_call *c)
{
    return take_volume(c, VOLUME_PLACE, "path");
}

static int drop_call(struct server_call *c)
{
    const json_t *area = record_member(c->body, "area");
    autobuf struct buf id = {0};
    int r = record_take_name(area ? area : record_member(c->body, "path"), &id);
    if (r != 0)
        return r;
    struct volume *v = keep_find(desk_of(c)->index, area ? VOLUME_AREA : VOLUME_PLACE, id.data);
    if (v)
        keep_close(desk_of(c)->index, v);
    return 0; /* one that is not there is dropped already */
}

static struct waiter *waiter_of(struct desk *d, uint64_t peer)
{
    for (size_t i = 0; i < SK_PEERS_MAX; i++)
        if (d->waiters[i].peer == peer)
            return &d->waiters[i];
    return NULL;
}

static int next_call(struct server_call *c)
{
    struct desk *d = desk_of(c);
    int64_t after = record_number(c->body, "after");
    if (after < 0)
        return SK_ERR_FORMAT;
    keep_forget_found(d->index, (uint64_t)after);
    struct waiter *w = waiter_of(d, c->peer);
    if (!w)
        w = waiter_of(d, 0);
    if (!w)
        return SK_ERR_LIMIT;
    *w = (struct waiter){.peer = c->peer, .after = (uint64_t)after};
    return SERVER_LATER;
}

static void peer_gone(void *context, uint64_t peer)
{
    struct waiter *w = waiter_of(context, peer);
    if (w)
        w->peer = 0;
}

/* Files of a volume that were touched and not decided on; counting stops where it says enough. */
static json_int_t behind(const struct index *x, const struct volume *v)
{
    const struct file_list *const lists[] = {&x->touched, &x->large, &x->hollow};
    json_int_t count = x->reading.file && x->reading.file->volume == v;
    for (size_t i = 0; i < array_count(lists); i++) {
        const struct file *f;
        for (f = TAILQ_FIRST(lists[i]); f; f = TAILQ_NEXT(f, queued))
            count += f->volume == v;
    }
    return count + (v->scan.running ? 1 : 0);
}

static json_t *volume_status(const struct index *x, const struct volume *v)
{
    static const char *const events[] = {[VOLUME_NAMES] = "names", [VOLUME_OPENS] = "opens",
                                         [VOLUME_NONE] = "none"};
    autobuf struct buf id = {0}, why = {0};
    str_escape(&id, v->id, strlen(v->id));
    if (v->full)
        buf_puts(&why, PHRASE("not all files could be kept"));
    else if (v->state.fd < 0 || v->state.error)
        phrase_put(&why, "what is known can't be written: %s",
                   v->state.error ? PHRASE_ERROR(v->state.error) : PHRASE("no file"));
    buf_puts(&why, "");
    if (id.err || why.err)
        return NULL;
    return json_pack("{sssIsIssss}", v->kind == VOLUME_AREA ? "area" : "path", id.data, "files",
                     (json_int_t)v->file_count, "behind", behind(x, v), "events",
                     events[v->events], "why", why.data);
}

static int status_call(struct server_call *c)
{
    const struct desk *d = desk_of(c);
    json_t *areas = json_array(), *places = json_array();
    const struct volume *v;
    for (v = TAILQ_FIRST(&d->index->volumes); v; v = TAILQ_NEXT(v, all))
        json_array_append_new(v->kind == VOLUME_AREA ? areas : places,
                              volume_status(d->index, v));
    return server_put_status(c, json_pack("{sosIso}", "areas", areas, "waiting",
                                          (json_int_t)d->index->found_count, "places", places));
}

static const struct server_message messages[] = {
    {SK_MSG_INDEX_AREA, SK_MSG_OK, SERVER_ROOT, 2, WIRE_INLINE_MAX, area_call},
    {SK_MSG_INDEX_PLACE, SK_MSG_OK, SERVER_ROOT, 2, WIRE_INLINE_MAX, place_call},
    {SK_MSG_INDEX_DROP, SK_MSG_OK, SERVER_ROOT, 0, WIRE_INLINE_MAX, drop_call},
    {SK_MSG_INDEX_NEXT, SK_MSG_INDEX_FOUND, SERVER_CONTROL, 0, WIRE_INLINE_MAX, next_call},
    {SK_MSG_STATUS, SK_MSG_OK, SERVER_BOTH, 0, WIRE_INLINE_MAX, status_call},
};

static void tell_found(struct desk *d)
{
    struct found *f = TAILQ_FIRST(&d->index->found);
    for (size_t i = 0; f && i < SK_PEERS_MAX; i++) {
        struct waiter *w = &d->waiters[i];
        if (!w->peer)
            continue;
        while (f && f->n <= w->after)
            f = TAILQ_NEXT(f, all);
        if (!f)
            return;
        /* told and then forgotten by a crash, it would be found and told again */
        (void)keep_flush(d->index, true);
        uint64_t peer = w->peer;
        w->peer = 0;
        (void)server_send(d->server, peer, SK_MSG_INDEX_FOUND, found_json(f), -1);
    }
}

static void group_ready(void *context, int fd)
{
    struct desk *d = context;
    struct volume *v = TAILQ_FIRST(&d->index->volumes);
    while (v && v->group_fd != fd)
        v = TAILQ_NEXT(v, all);
    if (v)
        track_read(d->index, v);
}

static void gather(struct server *s, void *context)
{
    struct desk *d = context;
    struct volume *v;
    for (v = TAILQ_FIRST(&d->index->volumes); v; v = TAILQ_NEXT(v, all))
        server_watch(s, v->group_fd, group_ready);
}

static int sooner(int a, int b)
{
    return a < 0 ? b : b < 0 || a < b ? a : b;
}

static int turn(void *context)
{
    struct desk *d = context;
    int wait_ms = sooner(scan_step(d->index), settle_step(d->index));
    (void)keep_flush(d->index, false);
    tell_found(d);
    return wait_ms;
}

static struct desk the_desk;
static const struct server_config config = {
    .name = "index", .socket = SK_PATH_INDEX_SOCKET, .messages = messages,
    .message_count = array_count(messages), .context = &the_desk, .turn = turn, .gather = gather,
    .gone = peer_gone,
};

int serve_open(struct server **ret)
{
    int r = server_new(&config, &the_desk.server);
    if (r == 0)
        r = server_listen(the_desk.server);
    if (r == 0)
        *ret = the_desk.server;
    return r;
}

int serve_run(struct index *x)
{
    the_desk.index = x;
    return server_run(the_desk.server);
}

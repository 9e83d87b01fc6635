/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve.c owns index.sock and the loop. It must never take a volume from anybody but root, tell a
 * finding to anybody but control, nor tell one that is not on the disk when the disk takes it. */
#include "index/serve.h"
#include <poll.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "record/record.h"

#define PEERS_MAX 16

struct peer {
    int fd;          /* -1 = free place */
    struct wire_peer who;
    bool waits;      /* for a finding above `after` */
    uint64_t after;
};

struct loop {
    struct serve *s;
    struct peer peers[PEERS_MAX];
};

struct call {
    struct loop *l;
    struct peer *peer;
    struct wire_message *m;
    json_t *body;
    json_t *answer;  /* NULL: the answer comes later */
    const char *why; /* of a refusal */
};

static int take_volume(struct call *c, enum volume_kind kind, const char *key)
{
    static const struct {
        const char *name;
        enum volume_events events;
        size_t fds;
    } kinds[] = {{"names", VOLUME_NAMES, 2}, {"opens", VOLUME_OPENS, 2}, {"none", VOLUME_NONE, 1}};
    autobuf struct buf id = {0};
    const char *given = record_text(c->body, key), *events = record_text(c->body, "events");
    if (str_unescape(&id, given, strlen(given)) != 0 || id.len == 0 || id.err != 0 ||
        strlen(id.data) != id.len || id.len > SK_FILE_NAME_MAX ||
        (kind == VOLUME_AREA && (id.len > SK_ID_MAX || strchr(id.data, '/')))) {
        c->why = "no name, or one of a wrong form";
        return SK_ERR_FORMAT;
    }
    for (size_t i = 0; i < array_count(kinds); i++) {
        if (!str_eq(events, kinds[i].name) || c->m->fd_count != kinds[i].fds)
            continue;
        int top = steal_fd(&c->m->fds[kinds[i].fds - 1]);
        int group = kinds[i].fds == 2 ? steal_fd(&c->m->fds[0]) : -1;
        return keep_open(c->l->s->index, kind, kinds[i].events, id.data, group, top);
    }
    c->why = "descriptors and \"events\" do not fit";
    return SK_ERR_FORMAT;
}

static int area_call(struct call *c)
{
    return take_volume(c, VOLUME_AREA, "area");
}

static int place_call(struct call *c)
{
    return take_volume(c, VOLUME_PLACE, "path");
}

static int drop_call(struct call *c)
{
    const char *area = record_text(c->body, "area"), *path = record_text(c->body, "path");
    autobuf struct buf id = {0};
    enum volume_kind kind = *area ? VOLUME_AREA : VOLUME_PLACE;
    if (*area)
        buf_puts(&id, area);
    else if (str_unescape(&id, path, strlen(path)) != 0)
        return SK_ERR_FORMAT;
    struct volume *v = id.data ? keep_find(c->l->s->index, kind, id.data) : NULL;
    if (v)
        keep_close(c->l->s->index, v);
    return 0; /* one that is not there is dropped already */
}

static int next_call(struct call *c)
{
    int64_t after = record_number(c->body, "after");
    if (after < 0)
        return SK_ERR_FORMAT;
    keep_forget_found(c->l->s->index, (uint64_t)after);
    c->peer->waits = true;
    c->peer->after = (uint64_t)after;
    json_decref(c->answer);
    c->answer = NULL;
    return 0;
}

/* Files of a volume that were touched and not decided on; counting stops where it says enough. */
static json_int_t behind(const struct index *x, const struct volume *v)
{
    const struct file_list *const lists[] = {&x->touched, &x->large};
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
        buf_puts(&why, "not all files could be kept");
    else if (v->state.fd < 0 || v->state.error)
        buf_printf(&why, "what is known can't be written: %s",
                   v->state.error ? sk_strerror(v->state.error) : "no file");
    buf_puts(&why, "");
    if (id.err || why.err)
        return NULL;
    return json_pack("{sssIsIssss}", v->kind == VOLUME_AREA ? "area" : "path", id.data, "files",
                     (json_int_t)v->file_count, "behind", behind(x, v), "events",
                     events[v->events], "why", why.data);
}

static int status_call(struct call *c)
{
    const struct serve *s = c->l->s;
    json_t *areas = json_array(), *places = json_array();
    const struct volume *v;
    for (v = TAILQ_FIRST(&s->index->volumes); v; v = TAILQ_NEXT(v, all))
        json_array_append_new(v->kind == VOLUME_AREA ? areas : places,
                              volume_status(s->index, v));
    autojson json_t *all =
        json_pack("{sIsisosIso}", "uptime-ns", (json_int_t)(clock_boot_ns() - s->started_ns), "pid",
                  (int)getpid(), "areas", areas, "waiting", (json_int_t)s->index->found_count,
                  "places", places);
    return all ? json_object_update(c->answer, all) : -ENOMEM;
}

static const struct {
    uint16_t type;
    bool root; /* of root only; else of control only, or of both */
    bool both;
    int (*run)(struct call *c);
} calls[] = {
    {SK_MSG_INDEX_AREA, true, false, area_call}, {SK_MSG_INDEX_PLACE, true, false, place_call},
    {SK_MSG_INDEX_DROP, true, false, drop_call}, {SK_MSG_INDEX_NEXT, false, false, next_call},
    {SK_MSG_STATUS, false, true, status_call},
};

static int run_call(struct call *c)
{
    for (size_t i = 0; i < array_count(calls); i++) {
        if (calls[i].type != c->m->type)
            continue;
        if (!calls[i].both && calls[i].root != (c->peer->who.uid == 0)) {
            c->why = "not for this peer";
            return SK_ERR_PEER;
        }
        int r = record_parse(c->m->payload.data, c->m->payload.len, WIRE_INLINE_MAX, &c->body);
        return r != 0 ? r : calls[i].run(c);
    }
    return SK_ERR_UNSUPPORTED;
}

static void drop_peer(struct peer *p)
{
    close(p->fd);
    *p = (struct peer){.fd = -1};
}

static void answer(struct peer *p, uint16_t type, const json_t *payload)
{
    autofree char *text = payload ? json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    /* whoever does not take its answer is not waited for */
    if (!text || wire_send(p->fd, type, text, strlen(text), NULL, 0, 0) != 0)
        drop_peer(p);
}

static void serve_peer(struct loop *l, struct peer *p)
{
    autowire struct wire_message m = {0};
    int r = wire_receive(p->fd, &m, 0);
    if (r == SK_ERR_TIMEOUT)
        return;
    if (r != 0) {
        drop_peer(p);
        return;
    }
    struct call c = {.l = l, .peer = p, .m = &m, .answer = json_object()};
    p->waits = false;
    r = run_call(&c);
    json_decref(c.body);
    autojson json_t *good = c.answer;
    if (r != 0) {
        autojson json_t *error = json_pack("{ssss}", "code", sk_errname(r), "why",
                                           c.why ? c.why : sk_strerror(r));
        answer(p, SK_MSG_ERROR, error);
    } else if (good) {
        answer(p, SK_MSG_OK, good);
    }
}

static void accept_peer(struct loop *l)
{
    struct wire_peer who;
    autoclose int fd = wire_accept(l->s->listener);
    if (fd < 0 || wire_peer(fd, &who) != 0)
        return;
    if (who.uid != 0 && who.uid != l->s->control) {
        log_warn("process %d of uid %u may not ask here", (int)who.pid, who.uid);
        return;
    }
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (l->peers[i].fd < 0) {
            l->peers[i] = (struct peer){.fd = steal_fd(&fd), .who = who};
            return;
        }
    log_warn("more than %d connections: one is refused", PEERS_MAX);
}

static void tell_found(struct loop *l)
{
    struct found *f = TAILQ_FIRST(&l->s->index->found);
    for (size_t i = 0; f && i < PEERS_MAX; i++) {
        struct peer *p = &l->peers[i];
        if (p->fd < 0 || !p->waits)
            continue;
        while (f && f->n <= p->after)
            f = TAILQ_NEXT(f, all);
        if (!f)
            return;
        /* told and then forgotten by a crash, it would be found and told again */
        (void)keep_flush(l->s->index, true);
        autojson json_t *body = found_json(f);
        p->waits = false;
        answer(p, SK_MSG_INDEX_FOUND, body);
    }
}

enum { POLL_SIGNALS, POLL_LISTENER, POLL_PEERS };

struct watched {
    struct pollfd poll[POLL_PEERS + PEERS_MAX + INDEX_VOLUMES_MAX];
    struct peer *peers[POLL_PEERS + PEERS_MAX];
    struct volume *volumes[INDEX_VOLUMES_MAX];
    size_t peer_count, count;
};

static void collect(struct loop *l, struct watched *w)
{
    w->poll[POLL_SIGNALS] = (struct pollfd){.fd = l->s->signals, .events = POLLIN};
    w->poll[POLL_LISTENER] = (struct pollfd){.fd = l->s->listener, .events = POLLIN};
    w->count = POLL_PEERS;
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (l->peers[i].fd >= 0) {
            w->peers[w->count] = &l->peers[i];
            w->poll[w->count++] = (struct pollfd){.fd = l->peers[i].fd, .events = POLLIN};
        }
    w->peer_count = w->count;
    struct volume *v;
    for (v = TAILQ_FIRST(&l->s->index->volumes); v; v = TAILQ_NEXT(v, all))
        if (v->group_fd >= 0) {
            w->volumes[w->count - w->peer_count] = v;
            w->poll[w->count++] = (struct pollfd){.fd = v->group_fd, .events = POLLIN};
        }
}

/* Events first: a peer's message may take a volume away. */
static void serve_ready(struct loop *l, const struct watched *w)
{
    for (size_t i = w->peer_count; i < w->count; i++)
        if (w->poll[i].revents)
            track_read(l->s->index, w->volumes[i - w->peer_count]);
    for (size_t i = POLL_PEERS; i < w->peer_count; i++)
        if (w->poll[i].revents)
            serve_peer(l, w->peers[i]);
    if (w->poll[POLL_LISTENER].revents)
        accept_peer(l);
}

static int sooner(int a, int b)
{
    return a < 0 ? b : b < 0 || a < b ? a : b;
}

int serve_run(struct serve *s)
{
    struct loop l = {.s = s};
    static struct watched w;
    int wait = 0;
    for (size_t i = 0; i < PEERS_MAX; i++)
        l.peers[i].fd = -1;
    for (;;) {
        collect(&l, &w);
        int n = poll(w.poll, w.count, wait);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0 && w.poll[POLL_SIGNALS].revents)
            break;
        if (n > 0)
            serve_ready(&l, &w);
        wait = sooner(scan_step(s->index), settle_step(s->index));
        (void)keep_flush(s->index, false);
        tell_found(&l);
    }
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (l.peers[i].fd >= 0)
            drop_peer(&l.peers[i]);
    return 0;
}

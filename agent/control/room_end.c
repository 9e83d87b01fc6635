/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room_end.c owns the ends of rooms: each is asked for on a connection of its own to sekisho-room, which
 * answers when nothing of the rooms is left, so that one that does not want to end holds up nobody. It
 * must never take an end for done that sekisho-room has not told.
 *
 *   room_end_start → (ROOM_GONE: recorded, rooms.c) → OK: the asker is answered, or asks again */
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/phrase.h"
#include "control/control.h"

struct room_end {
    int fd;
    uint64_t peer_id;  /* 0 = nobody waits */
    uint64_t since_ns; /* boot clock */
    json_t *then;      /* what the peer asked, to be asked again; NULL = it is answered */
};

static void forget(struct control *c, struct room_end *e)
{
    for (size_t i = 0; i < CONTROL_ROOM_ENDS_MAX; i++)
        if (c->room_ends[i] == e)
            c->room_ends[i] = NULL;
    close(e->fd);
    json_decref(e->then);
    free(e);
}

static void fail(struct control *c, struct room_end *e, int code, const char *why)
{
    struct peer *p = e->peer_id ? peer_by_id(c, e->peer_id) : NULL;
    log_warn("rooms are not ended: %s", why);
    /* who wanted more than the end hears of what is in the way from that */
    if (p && e->then)
        ask_again(c, p, e->then);
    else if (p)
        peer_error(c, p, code, -1, why, NULL);
    forget(c, e);
}

static void finish(struct control *c, struct room_end *e)
{
    struct peer *p = e->peer_id ? peer_by_id(c, e->peer_id) : NULL;
    autojson json_t *nothing = json_object();
    if (p && e->then)
        ask_again(c, p, e->then);
    else if (p && nothing)
        peer_answer(c, p, nothing);
    forget(c, e);
}

int room_end_start(struct control *c, const json_t *which, const char *why, uint64_t peer_id,
                   json_t *then, struct buf *what)
{
    autojson json_t *question = json_deep_copy(which);
    size_t place = 0;
    while (place < CONTROL_ROOM_ENDS_MAX && c->room_ends[place])
        place++;
    if (place == CONTROL_ROOM_ENDS_MAX) {
        buf_puts(what, PHRASE("too many ends of rooms are waited for"));
        return SK_ERR_LIMIT;
    }
    int r = link_hangs(&c->room, what);
    if (r != 0)
        return r;
    struct room_end *e = calloc(1, sizeof *e);
    if (!e || !question || json_object_set_new(question, "why", json_string(why)) != 0) {
        free(e);
        return -ENOMEM;
    }
    *e = (struct room_end){.fd = wire_connect_within(sk_path(SK_PATH_ROOM_SOCKET), LINK_QUICK_MS),
                           .peer_id = peer_id, .since_ns = clock_boot_ns(),
                           .then = then ? json_incref(then) : NULL};
    r = e->fd < 0 ? e->fd
                  : link_send(e->fd, SK_MSG_ROOM_END, question, NULL, 0, LINK_QUICK_MS);
    if (r != 0) {
        phrase_put(what, "sekisho-room can't be reached: %s", PHRASE_ERROR(r));
        if (e->fd >= 0)
            close(e->fd);
        json_decref(e->then);
        free(e);
        return r;
    }
    c->room_ends[place] = e;
    return 0;
}

int room_end_fd(const struct room_end *e)
{
    return e->fd;
}

void room_end_ready(struct control *c, struct room_end *e)
{
    autowire struct wire_message m = {0};
    autojson json_t *body = NULL;
    int r = wire_receive(e->fd, &m, 0);
    if (r == SK_ERR_TIMEOUT || (r == 0 && rooms_stray(c, &m)))
        return;
    if (r != 0) {
        fail(c, e, r, PHRASE("sekisho-room ended in between"));
    } else if (m.type == SK_MSG_OK) {
        finish(c, e);
    } else if (m.type == SK_MSG_ERROR && link_parse(&m, &body) == 0) {
        autobuf struct buf why = {0};
        int code = link_error(body, &why);
        fail(c, e, code, why.data ? why.data : "");
    } else {
        fail(c, e, SK_ERR_FORMAT, PHRASE("sekisho-room answered out of order"));
    }
}

void room_ends_stalled(struct control *c)
{
    uint64_t now = clock_boot_ns();
    for (size_t i = 0; i < CONTROL_ROOM_ENDS_MAX; i++)
        if (c->room_ends[i] && now - c->room_ends[i]->since_ns > CONTROL_ROOM_END_NS)
            fail(c, c->room_ends[i], SK_ERR_TIMEOUT,
                 PHRASE("sekisho-room does not answer: it hangs or was stopped"));
}

void room_ends_abort(struct control *c)
{
    for (size_t i = 0; i < CONTROL_ROOM_ENDS_MAX; i++)
        if (c->room_ends[i]) {
            c->room_ends[i]->peer_id = 0;
            forget(c, c->room_ends[i]);
        }
}

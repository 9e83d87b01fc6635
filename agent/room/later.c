/* SPDX-License-Identifier: GPL-3.0-or-later */
/* later.c owns questions that wait for a room's end. It must never tell of an end while something of the
 * room is left. */
#include "room/later.h"
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/str.h"

bool later_means(const struct request_end *want, const struct room *r)
{
    return (!want->room[0] || str_eq(want->room, r->id)) &&
           (!want->area[0] || str_eq(want->area, r->area)) &&
           (!want->login[0] || str_eq(want->login, r->login));
}

int later_start(struct laters *l, uint64_t peer, struct wire_message *message)
{
    for (size_t i = 0; i < LATERS_MAX; i++)
        if (l->starts[i].peer == 0) {
            l->starts[i] = (struct later_start){.peer = peer, .message = *message};
            *message = (struct wire_message){0};
            return 0;
        }
    return SK_ERR_LIMIT;
}

int later_end(struct laters *l, const struct later_end *end)
{
    for (size_t i = 0; i < LATERS_MAX; i++)
        if (l->ends[i].peer == 0) {
            l->ends[i] = *end;
            return 0;
        }
    return SK_ERR_LIMIT;
}

void laters_forget(struct laters *l, uint64_t peer)
{
    for (size_t i = 0; i < LATERS_MAX; i++) {
        if (l->starts[i].peer == peer) {
            wire_message_clear(&l->starts[i].message);
            l->starts[i] = (struct later_start){0};
        }
        if (l->ends[i].peer == peer)
            l->ends[i] = (struct later_end){0};
    }
}

static bool is_over(const struct later_end *e, const struct room_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct room *r = t->rooms[i];
        if (later_means(&e->want, r) && r->leaving_ns != 0 && r->leaving_ns <= e->asked_ns)
            return false;
    }
    return true;
}

void laters_answer(struct laters *l, struct server *s, const struct room_table *t)
{
    for (size_t i = 0; i < LATERS_MAX; i++) {
        struct later_end e = l->ends[i];
        if (e.peer == 0 || !is_over(&e, t))
            continue;
        l->ends[i] = (struct later_end){0};
        (void)server_send(s, e.peer, SK_MSG_OK, json_pack("{s:I}", "ended", (json_int_t)e.ended), -1);
    }
    for (size_t i = 0; i < LATERS_MAX; i++) {
        struct later_start start = l->starts[i];
        l->starts[i] = (struct later_start){0};
        if (start.peer != 0)
            server_answer(s, start.peer, &start.message);
        wire_message_clear(&start.message);
    }
}

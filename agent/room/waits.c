/* SPDX-License-Identifier: GPL-3.0-or-later */
/* waits.c owns who is told of a command's end. It must never tell more of it than one bit, nor
 * anybody but who asked for its start. */
#include "room/waits.h"
#include <unistd.h>
#include <sekisho/proto.h>
#include "room/command.h"

void waits_init(struct waits *w)
{
    for (size_t i = 0; i < WAITS_MAX; i++)
        w->at[i].sock = -1;
}

static struct wait *free_place(const struct waits *w)
{
    for (size_t i = 0; i < WAITS_MAX; i++)
        if (w->at[i].sock < 0)
            return (struct wait *)(uintptr_t)&w->at[i];
    return NULL;
}

bool waits_full(const struct waits *w)
{
    return !free_place(w);
}

void waits_add(struct waits *w, uint64_t peer, int sock)
{
    *free_place(w) = (struct wait){.sock = sock, .peer = peer};
}

static void end(struct wait *w)
{
    close(w->sock);
    w->sock = -1;
}

void waits_forget(struct waits *w, uint64_t peer)
{
    for (size_t i = 0; i < WAITS_MAX; i++)
        if (w->at[i].sock >= 0 && w->at[i].peer == peer)
            end(&w->at[i]);
}

void waits_watch(const struct waits *w, struct server *s, void (*ready)(void *context, int fd))
{
    for (size_t i = 0; i < WAITS_MAX; i++)
        server_watch(s, w->at[i].sock, ready);
}

void waits_tell(struct waits *w, struct server *s, int sock)
{
    for (size_t i = 0; i < WAITS_MAX; i++) {
        struct wait *one = &w->at[i];
        int status;
        if (one->sock < 0 || (sock >= 0 && one->sock != sock) || !command_ended(one->sock, &status))
            continue;
        uint64_t peer = one->peer;
        end(one);
        (void)server_send(s, peer, SK_MSG_ROOM_ENDED, json_pack("{s:i}", "status", status != 0), -1);
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* indexlink.c owns what device says to sekisho-index. It must never let an index that is dead or hangs
 * hold up device for long, nor hand over the same group twice. */
#include "device/indexlink.h"
#include <errno.h>
#include <string.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/str.h"
#include "device/notify.h"
#include "record/record.h"
#include "serve/neighbour.h"

#define ANSWER_MS    3000
#define MS           1000000ull /* nanoseconds */
#define AWAY_MS      500ull     /* until the next try when it is not there */
#define HANGS_MS     10000ull   /* and when it does not answer */

bool indexlink_ready(struct indexlink *l)
{
    struct wire_peer who;
    if (l->sock >= 0)
        return true;
    if (clock_boot_ns() < l->not_before_ns)
        return false;
    int sock = wire_connect_within(sk_path(SK_PATH_INDEX_SOCKET), ANSWER_MS);
    if (sock < 0) {
        l->not_before_ns = clock_boot_ns() + (sock == SK_ERR_TIMEOUT ? HANGS_MS : AWAY_MS) * MS;
        return false;
    }
    l->sock = sock;
    l->number++;
    l->pid = wire_peer(sock, &who) == 0 ? who.pid : 0;
    return true;
}

void indexlink_close(struct indexlink *l)
{
    if (l->sock >= 0)
        close(l->sock);
    l->sock = -1;
    l->pid = 0;
    memset(l->place_there, 0, sizeof l->place_there);
}

bool indexlink_lost(struct indexlink *l)
{
    if (l->sock >= 0 && !neighbour_lost(l->sock))
        return false;
    indexlink_close(l);
    return true;
}

static bool call(struct indexlink *l, uint16_t type, const json_t *body, const int *fds,
                 size_t count)
{
    autowire struct wire_message answer = {0};
    autofree char *text = body ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (!text || !indexlink_ready(l))
        return false;
    int r = wire_call(l->sock, type, text, strlen(text), fds, count, &answer, ANSWER_MS);
    if (r == 0)
        return answer.type == SK_MSG_OK;
    indexlink_close(l);
    l->not_before_ns = clock_boot_ns() + (r == SK_ERR_TIMEOUT ? HANGS_MS : AWAY_MS) * MS;
    return false;
}

static bool hand_over(struct indexlink *l, uint16_t type, const char *key, const char *name,
                      int top_fd)
{
    struct notify n;
    autobuf struct buf shown = {0};
    if (!indexlink_ready(l))
        return false;
    /* a new group each time: one that index had before ended with it */
    notify_make(top_fd, &n);
    autoclose int group = n.group_fd;
    str_escape(&shown, name, strlen(name));
    autojson json_t *body =
        shown.err ? NULL : json_pack("{ssss}", key, shown.data, "events", n.events);
    const int fds[] = {group, top_fd};
    return group >= 0 ? call(l, type, body, fds, 2) : call(l, type, body, &top_fd, 1);
}

bool indexlink_add_area(struct indexlink *l, const char *area, int top_fd)
{
    return hand_over(l, SK_MSG_INDEX_AREA, "area", area, top_fd);
}

void indexlink_drop_area(struct indexlink *l, const char *area)
{
    /* connects if need be: it may have the area from a process before this one */
    autojson json_t *body = json_pack("{ss}", "area", area);
    (void)call(l, SK_MSG_INDEX_DROP, body, NULL, 0);
}

static void drop_place(struct indexlink *l, size_t i)
{
    autobuf struct buf shown = {0};
    str_escape(&shown, l->places[i], strlen(l->places[i]));
    autojson json_t *body = shown.err ? NULL : json_pack("{ss}", "path", shown.data);
    if (l->place_there[i] && l->sock >= 0)
        (void)call(l, SK_MSG_INDEX_DROP, body, NULL, 0);
    free(l->places[i]);
    l->place_count--;
    for (; i < l->place_count; i++) {
        l->places[i] = l->places[i + 1];
        l->place_there[i] = l->place_there[i + 1];
    }
}

static bool listed(const char *path, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(path, paths[i]))
            return true;
    return false;
}

int indexlink_places(struct indexlink *l, const char *const *paths, size_t count)
{
    for (size_t i = l->place_count; i > 0; i--)
        if (!listed(l->places[i - 1], paths, count))
            drop_place(l, i - 1);
    for (size_t i = 0; i < count && l->place_count < SK_PLACES_MAX; i++) {
        const char *const *have = (const char *const *)l->places;
        if (listed(paths[i], have, l->place_count))
            continue;
        char *path = strdup(paths[i]);
        if (!path)
            return -ENOMEM;
        l->place_there[l->place_count] = false;
        l->places[l->place_count++] = path;
    }
    return 0;
}

bool indexlink_add_places(struct indexlink *l)
{
    bool all = true;
    for (size_t i = 0; i < l->place_count; i++) {
        struct fault f = {0};
        if (l->place_there[i])
            continue;
        autoclose int top = notify_place(l->places[i], &f);
        /* one that does not exist is tried again when the list comes anew */
        if (top >= 0)
            l->place_there[i] = hand_over(l, SK_MSG_INDEX_PLACE, "path", l->places[i], top);
        all = all && (top < 0 || l->place_there[i]);
    }
    return all;
}

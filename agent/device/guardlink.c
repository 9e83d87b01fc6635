/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guardlink.c owns what device says to sekishod. It must never report an area as marked without
 * sekishod's OK to exactly that. */
#include "device/guardlink.h"
#include <errno.h>
#include <string.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include "base/phrase.h"
#include "serve/neighbour.h"

int guardlink_connect(struct guardlink *g, struct fault *f)
{
    if (g->sock >= 0)
        return 0;
    int sock = wire_connect(sk_path(SK_PATH_GUARD_SOCKET));
    if (sock < 0)
        return fault_set(f, SK_ERR_CLOSED,
                         "sekishod does not answer (%s); without it no area is attached",
                         PHRASE_ERROR(sock));
    g->sock = sock;
    return 0;
}

void guardlink_close(struct guardlink *g)
{
    if (g->sock >= 0)
        close(g->sock);
    g->sock = -1;
}

bool guardlink_lost(struct guardlink *g)
{
    if (g->sock >= 0 && !neighbour_lost(g->sock))
        return false;
    guardlink_close(g);
    return true;
}

static int refused(const struct wire_message *answer, struct fault *f)
{
    autobuf struct buf shown = {0};
    return fault_set(f, SK_ERR_STATE, "sekishod does not cover the area: %s",
                     neighbour_why(answer, &shown));
}

static int call(struct guardlink *g, uint16_t type, const struct buf *payload, const int *fd,
                struct fault *f)
{
    autowire struct wire_message answer = {0};
    int r = payload->err;
    if (r != 0)
        return fault_errno(f, -r, "no memory for a message");
    for (int i = 0; i < 2; i++) {
        r = guardlink_connect(g, f);
        if (r != 0)
            return r;
        r = wire_call(g->sock, type, payload->data, payload->len, fd, fd ? 1 : 0, &answer,
                      SK_ANSWER_MS);
        if (r == 0)
            return answer.type == SK_MSG_OK ? 0 : refused(&answer, f);
        guardlink_close(g);
        if (r != SK_ERR_CLOSED)
            break;
    }
    return fault_set(f, r, "sekishod does not answer: %s", PHRASE_ERROR(r));
}

int guardlink_add(struct guardlink *g, const char *area, const char *mount, int top_fd,
                  struct fault *f)
{
    autobuf struct buf payload = {0};
    buf_put_str(&payload, area, strlen(area));
    buf_put_str(&payload, mount, strlen(mount));
    return call(g, SK_MSG_GUARD_AREA_ADD, &payload, &top_fd, f);
}

int guardlink_drop(struct guardlink *g, const char *area, bool shut, struct fault *f)
{
    autobuf struct buf payload = {0};
    buf_put_str(&payload, area, strlen(area));
    buf_put_u8(&payload, shut);
    return call(g, SK_MSG_GUARD_AREA_DROP, &payload, NULL, f);
}

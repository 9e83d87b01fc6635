/* SPDX-License-Identifier: GPL-3.0-or-later */
/* links.c owns the connections to sekishod and device. It must never tell sekishod of a room that is
 * not in the table, nor hold an area's mount longer than its caller. */
#include "room/links.h"
#include <poll.h>
#include <string.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include "base/fdio.h"
#include "base/phrase.h"
#include "base/str.h"
#include "record/record.h"
#include "room/logins.h"
#include "serve/neighbour.h"

#define ANSWER_MAX ((size_t)64 * 1024) /* bytes */

void guardlink_close(struct guardlink *g)
{
    if (g->sock >= 0)
        close(g->sock);
    g->sock = -1;
}

bool guardlink_lost(struct guardlink *g)
{
    if (g->sock < 0 || !neighbour_lost(g->sock))
        return false;
    guardlink_close(g);
    return true;
}

static int refused(const struct wire_message *answer, const char *who, struct fault *f)
{
    autobuf struct buf shown = {0};
    return fault_set(f, SK_ERR_STATE, "%s refuses: %s", who, neighbour_why(answer, &shown));
}

static int connect_to(enum sk_path path, const char *who, struct fault *f)
{
    int sock = wire_connect(sk_path(path));
    return sock >= 0 ? sock
                     : fault_set(f, SK_ERR_CLOSED, "%s does not answer: %s", who, PHRASE_ERROR(sock));
}

static int tell_once(struct guardlink *g, const struct buf *payload, const int *fds, size_t count,
                     struct wire_message *answer, struct fault *f)
{
    if (g->sock < 0) {
        g->sock = connect_to(SK_PATH_GUARD_SOCKET, "sekishod", f);
        if (g->sock < 0)
            return f->code;
    }
    int r = wire_call(g->sock, SK_MSG_GUARD_ROOMS, payload->data, payload->len, fds, count, answer,
                      SK_ANSWER_MS);
    if (r != 0)
        guardlink_close(g);
    return r;
}

int guardlink_tell(struct guardlink *g, const struct room_table *t, struct fault *f)
{
    autobuf struct buf payload = {0};
    int fds[SK_ROOMS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < t->count; i++)
        count += !t->rooms[i]->gone;
    buf_put_u32(&payload, (uint32_t)count);
    count = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct room *r = t->rooms[i];
        if (r->gone)
            continue;
        buf_put_str(&payload, r->area, strlen(r->area));
        buf_put_u32(&payload, r->uid);
        buf_put_u32(&payload, logins_uid_inside(r->uid));
        fds[count++] = r->namespace_fd;
    }
    if (payload.err)
        return fault_errno(f, -payload.err, "no memory for a message");
    autowire struct wire_message answer = {0};
    int r = tell_once(g, &payload, fds, count, &answer, f);
    /* a sekishod that was replaced since: once more */
    if (r == SK_ERR_CLOSED && f->code == 0)
        r = tell_once(g, &payload, fds, count, &answer, f);
    if (r != 0)
        return fault_set(f, r, "sekishod does not answer: %s", PHRASE_ERROR(r));
    return answer.type == SK_MSG_OK ? 0 : refused(&answer, "sekishod", f);
}

static int take_mount_path(const struct wire_message *answer, char mount[static SK_FILE_NAME_MAX + 1])
{
    autojson json_t *body = NULL;
    autobuf struct buf raw = {0};
    if (record_parse(answer->payload.data, answer->payload.len, ANSWER_MAX, &body) != 0)
        return SK_ERR_FORMAT;
    if (record_take_name(record_member(body, "mount"), &raw) != 0 || !request_is_absolute(raw.data))
        return SK_ERR_FORMAT;
    memcpy(mount, raw.data, raw.len + 1);
    return 0;
}

int devicelink_mount(const char *area, char mount[static SK_FILE_NAME_MAX + 1], struct fault *f)
{
    autojson json_t *body = json_pack("{s:s}", "area", area);
    autofree char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    autowire struct wire_message answer = {0};
    if (!text)
        return fault_errno(f, ENOMEM, "no memory for a message");
    autoclose int sock = connect_to(SK_PATH_DEVICE_SOCKET, "sekisho-device", f);
    if (sock < 0)
        return f->code;
    int r = wire_call(sock, SK_MSG_AREA_MOUNT, text, strlen(text), NULL, 0, &answer, SK_ANSWER_MS);
    if (r != 0)
        return fault_set(f, r, "sekisho-device does not answer: %s", PHRASE_ERROR(r));
    if (answer.type != SK_MSG_OK)
        return refused(&answer, "sekisho-device", f);
    if (answer.fd_count != 1 || take_mount_path(&answer, mount) != 0)
        return fault_set(f, SK_ERR_FORMAT, "sekisho-device's answer is not understood");
    return steal_fd(&answer.fds[0]);
}

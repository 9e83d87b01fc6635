/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard_status.c owns both directions of sekishod's status. It must never act on it. */
#include "wire/guard_status.h"
#include <errno.h>
#include <sekisho/err.h>
#include <string.h>

void guard_status_encode(const struct guard_status *s, struct buf *out)
{
    buf_put_u64(out, s->uptime_ns);
    buf_put_u64(out, s->worker_uptime_ns);
    buf_put_u32(out, s->worker_restarts);
    buf_put_u64(out, s->answered);
    buf_put_u64(out, s->allowed);
    buf_put_u64(out, s->refused);
    buf_put_u64(out, s->ring_lost);
    buf_put_u32(out, s->policy_version);
    buf_put(out, s->policy_digest, sizeof s->policy_digest);
    buf_put_u8(out, s->ledger_connected);
    buf_put_u8(out, s->connector_active);
    buf_put_u32(out, (uint32_t)s->keeper_pid);
    buf_put_u32(out, (uint32_t)s->watch_pid);
    buf_put_u32(out, (uint32_t)s->holder_pid);
    buf_put_u32(out, (uint32_t)s->marks);
    buf_put_u32(out, s->room_count);
    buf_put_u32(out, s->area_count);
    for (uint32_t i = 0; i < s->area_count; i++) {
        buf_put_str(out, s->areas[i].id, strlen(s->areas[i].id));
        buf_put_u8(out, s->areas[i].marked);
    }
}

static int parse_areas(struct cursor *c, struct guard_status *s)
{
    s->area_count = cursor_u32(c);
    if (s->area_count > array_count(s->areas))
        return SK_ERR_LIMIT;
    for (uint32_t i = 0; i < s->area_count; i++) {
        size_t len;
        const char *id = cursor_str(c, SK_ID_MAX, &len);
        memcpy(s->areas[i].id, id, len);
        s->areas[i].marked = cursor_u8(c) != 0;
    }
    return cursor_done(c);
}

int guard_status_parse(const void *data, size_t len, struct guard_status *ret)
{
    struct cursor c;
    autofree struct guard_status *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    cursor_init(&c, data, len);
    s->uptime_ns = cursor_u64(&c);
    s->worker_uptime_ns = cursor_u64(&c);
    s->worker_restarts = cursor_u32(&c);
    s->answered = cursor_u64(&c);
    s->allowed = cursor_u64(&c);
    s->refused = cursor_u64(&c);
    s->ring_lost = cursor_u64(&c);
    s->policy_version = cursor_u32(&c);
    const void *digest = cursor_bytes(&c, sizeof s->policy_digest);
    if (digest)
        memcpy(s->policy_digest, digest, sizeof s->policy_digest);
    s->ledger_connected = cursor_u8(&c) != 0;
    s->connector_active = cursor_u8(&c) != 0;
    s->keeper_pid = (int32_t)cursor_u32(&c);
    s->watch_pid = (int32_t)cursor_u32(&c);
    s->holder_pid = (int32_t)cursor_u32(&c);
    s->marks = (int32_t)cursor_u32(&c);
    s->room_count = cursor_u32(&c);
    int r = parse_areas(&c, s);
    if (r == 0)
        *ret = *s;
    return r;
}

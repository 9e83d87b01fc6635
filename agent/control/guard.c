/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard.c owns control's side of guard.sock. It must never tell the guard anything but the policy in
 * force, which the guard verifies for itself. */
#include <string.h>
#include "base/fdio.h"
#include "base/log.h"
#include "control/control.h"

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
    s->area_count = cursor_u32(&c);
    if (s->area_count > array_count(s->areas))
        return c.err ? c.err : SK_ERR_LIMIT;
    for (uint32_t i = 0; i < s->area_count; i++) {
        size_t id_len;
        const char *id = cursor_str(&c, SK_ID_MAX, &id_len);
        memcpy(s->areas[i].id, id, id_len);
        s->areas[i].marked = cursor_u8(&c) != 0;
    }
    int r = cursor_done(&c);
    if (r == 0)
        *ret = *s;
    return r;
}

int guard_status(struct control *c, struct guard_status *ret, struct buf *why)
{
    autowire struct wire_message m = {0};
    int r = link_call(&c->guard, SK_MSG_GUARD_STATUS, NULL, 0, NULL, 0, SK_MSG_GUARD_STATUS_IS, &m,
                      NULL, why);
    if (r != 0)
        return r;
    r = guard_status_parse(m.payload.data ? m.payload.data : "", m.payload.len, ret);
    if (r != 0) {
        buf_puts(why, "sekishod gave a status that can't be read");
        link_close(&c->guard);
        return r;
    }
    c->guard_known = true;
    memcpy(c->guard_digest, ret->policy_digest, sizeof c->guard_digest);
    return 0;
}

int guard_push(struct control *c, struct buf *why)
{
    static const uint8_t no_flags = 0;
    autowire struct wire_message m = {0};
    if (!c->rules.owned)
        return 0;
    autoclose int text = fd_memory_sealed("policy", c->rules.bytes.data, c->rules.bytes.len);
    autoclose int signature =
        fd_memory_sealed("policy-signature", c->rules.signature.data, c->rules.signature.len);
    if (text < 0 || signature < 0)
        return text < 0 ? text : signature;
    const int fds[] = {text, signature};
    return link_call(&c->guard, SK_MSG_GUARD_POLICY, &no_flags, sizeof no_flags, fds, 2, SK_MSG_OK,
                     &m, NULL, why);
}

void guard_watch(struct control *c)
{
    autobuf struct buf why = {0};
    struct guard_status *status = malloc(sizeof *status);
    if (!status)
        return;
    if (guard_status(c, status, &why) == 0 && c->rules.owned &&
        memcmp(status->policy_digest, c->rules.policy->digest, sizeof status->policy_digest) != 0 &&
        guard_push(c, &why) != 0)
        log_warn("the guard did not take the policy: %s", why.data ? why.data : "");
    free(status);
}

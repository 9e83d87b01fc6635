/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard.c owns control's side of guard.sock. It must never tell the guard anything but the policy in
 * force, which the guard verifies for itself. */
#include <string.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/phrase.h"
#include "control/control.h"

#define CLOCK_BEHIND_S 2 /* seconds that the clock may be behind the ledger before the guard is told */

int guard_status(struct control *c, struct guard_status *ret, struct buf *why)
{
    autowire struct wire_message m = {0};
    int r = link_call(&c->guard, SK_MSG_GUARD_STATUS, NULL, 0, NULL, 0, SK_MSG_GUARD_STATUS_IS, &m,
                      NULL, why);
    if (r != 0)
        return r;
    r = guard_status_parse(m.payload.data, m.payload.len, ret);
    if (r != 0) {
        buf_puts(why, PHRASE("sekishod gave a status that can't be read"));
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

/* The guard sees the wall clock itself; what it can't know is that the ledger has seen a later one, or that
 * what it saw itself came from a clock that was set ahead and has been corrected since. */
static void tell_time(struct control *c, struct buf *why)
{
    autobuf struct buf payload = {0};
    autowire struct wire_message m = {0};
    int64_t now = control_now(c);
    bool exact = c->folded && c->fold->time.corrected;
    if (!c->folded || (!exact && now <= clock_wall_s() + CLOCK_BEHIND_S))
        return;
    buf_put_u64(&payload, (uint64_t)now);
    buf_put_u8(&payload, exact);
    if (payload.err || link_call(&c->guard, SK_MSG_GUARD_TIME, payload.data, payload.len, NULL, 0,
                                 SK_MSG_OK, &m, NULL, why) != 0)
        log_warn("the guard does not take the time: %s", why->data ? why->data : "");
}

void guard_watch(struct control *c)
{
    autobuf struct buf why = {0};
    struct guard_status *status = malloc(sizeof *status);
    if (!status)
        return;
    bool there = guard_status(c, status, &why) == 0;
    if (there)
        tell_time(c, &why);
    if (there && c->rules.owned &&
        memcmp(status->policy_digest, c->rules.policy->digest, sizeof status->policy_digest) != 0 &&
        guard_push(c, &why) != 0)
        log_warn("the guard did not take the policy: %s", why.data ? why.data : "");
    free(status);
}

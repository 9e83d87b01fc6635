/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard.c owns the starter's two questions to sekishod. It must never take the lock for longer than
 * the question lasts, and never send sekishod anything but GUARD_STATUS. */
#include "start/guard.h"
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <sys/file.h>
#include "wire/wire.h"

#define COUNTERS       4  /* answered, allowed, refused, ring_lost */
#define POLICY_DIGEST  32 /* bytes */

bool guard_lock_held(void)
{
    autoclose int fd = open(sk_path(SK_PATH_LOCK), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    /* shared is enough to learn of an exclusive lock, and two askers don't disturb each other */
    return flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

int guard_ask(struct guard_state *ret, int timeout_ms)
{
    autoclose int sock = wire_connect(sk_path(SK_PATH_GUARD_SOCKET));
    if (sock < 0)
        return sock;
    autowire struct wire_message answer = {0};
    int r = wire_call(sock, SK_MSG_GUARD_STATUS, NULL, 0, NULL, 0, &answer, timeout_ms);
    if (r != 0)
        return r;
    if (answer.type != SK_MSG_GUARD_STATUS_IS)
        return SK_ERR_FORMAT;
    struct cursor c;
    cursor_init(&c, answer.payload.data, answer.payload.len);
    cursor_u64(&c); /* uptime */
    cursor_u64(&c); /* worker's uptime */
    cursor_u32(&c); /* worker's restarts */
    for (int i = 0; i < COUNTERS; i++)
        cursor_u64(&c);
    cursor_u32(&c); /* policy version */
    cursor_bytes(&c, POLICY_DIGEST);
    cursor_u8(&c); /* ledger connected */
    cursor_u8(&c); /* connector active */
    pid_t keeper = (pid_t)cursor_u32(&c);
    cursor_u32(&c); /* watch */
    cursor_u32(&c); /* holder */
    uint32_t areas = cursor_u32(&c);
    if (c.err || keeper <= 1)
        return SK_ERR_FORMAT;
    *ret = (struct guard_state){.keeper = keeper, .areas = areas};
    return 0;
}

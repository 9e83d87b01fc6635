/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard.c owns the starter's two questions to sekishod. It must never take the lock for longer than
 * the question lasts, and never send sekishod anything but GUARD_STATUS. */
#include "start/guard.h"
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <sys/file.h>
#include "wire/guard_status.h"
#include "wire/wire.h"

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
    autofree struct guard_status *s = malloc(sizeof *s);
    if (!s)
        return -ENOMEM;
    r = guard_status_parse(answer.payload.data, answer.payload.len, s);
    if (r != 0)
        return r;
    if (s->keeper_pid <= 1)
        return SK_ERR_FORMAT;
    /* what can't be told counts as one */
    uint32_t marks = s->marks < 0 ? 1 : (uint32_t)s->marks;
    *ret = (struct guard_state){.keeper = s->keeper_pid,
                                .areas = marks > s->area_count ? marks : s->area_count};
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* teller.c owns the child that starts programs: mail programs are set-id, so it can't have no_new_privs, and
 * therefore reads nothing that anybody outside has written. It must never take more from the other side than a
 * struct of numbers whose values it has checked, and never start what the signed policy does not name. */
#include "notify/teller.h"
#include <poll.h>
#include <sekisho/err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "policy/installed.h"
#include "sandbox/sandbox.h"

#define ANSWER_MS (2 * TELL_LIMIT_MS) /* milliseconds until the child is given up */

struct answer {
    int code; /* 0, or why nobody was told: SK_ERR_*, -errno */
    struct tell_result result;
};

static int tell(const struct notice *n, struct tell_result *ret)
{
    struct policy *policy = NULL;
    int r = notice_valid(n) ? policy_installed(&policy) : SK_ERR_FORMAT;
    if (r == 0)
        r = tell_all(n, &policy->incident, TELL_LIMIT_MS, ret);
    policy_free(&policy);
    return r;
}

static _Noreturn void serve(int sock)
{
    struct notice n;
    struct answer a = {0};
    int r = sandbox_shed(SANDBOX_TELLER);
    if (r != 0) {
        log_error("can't start: %s", sk_strerror(r));
        _exit(EXIT_FAILURE);
    }
    if (recv(sock, &n, sizeof n, 0) != (ssize_t)sizeof n)
        _exit(EXIT_SUCCESS); /* there was nothing to be told */
    a.code = tell(&n, &a.result);
    if (send(sock, &a, sizeof a, MSG_NOSIGNAL) != (ssize_t)sizeof a)
        log_warn("nobody hears who was told");
    _exit(EXIT_SUCCESS);
}

int teller_start(int other, int *ret_sock)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        close(other);
        serve(ends[1]);
    }
    int saved = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -saved;
    }
    *ret_sock = ends[0];
    return 0;
}

int teller_tell(int sock, const struct notice *n, struct tell_result *ret)
{
    struct answer a;
    struct pollfd p = {.fd = sock, .events = POLLIN};
    if (send(sock, n, sizeof *n, MSG_NOSIGNAL) != (ssize_t)sizeof *n)
        return -errno;
    uint64_t end = clock_boot_ns() + ANSWER_MS * 1000000ull;
    for (uint64_t now; (now = clock_boot_ns()) < end;) {
        int ready = poll(&p, 1, (int)((end - now) / 1000000) + 1);
        if (ready < 0 && errno != EINTR)
            return -errno;
        if (ready <= 0)
            continue;
        if (recv(sock, &a, sizeof a, 0) != (ssize_t)sizeof a)
            return SK_ERR_STATE;
        a.result.why[sizeof a.result.why - 1] = '\0';
        *ret = a.result;
        return a.code;
    }
    return SK_ERR_TIMEOUT;
}

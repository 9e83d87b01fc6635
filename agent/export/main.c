/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sekisho-export: one transfer and the end. Started with a connected socket of sekisho-device as
 * descriptor 3; main.c owns the way into the sandbox. It must never read from that socket before
 * the sandbox stands. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include "base/digest.h"
#include "base/log.h"
#include "base/str.h"
#include "crypto/bulk.h"
#include "export/serve.h"
#include "sandbox/sandbox.h"
#include "wire/wire.h"

#define SOCKET_FD  3       /* as the starter passes it */
#define SOCKET_MAX 1048576 /* largest number that --socket-fd takes */

#if defined(__SANITIZE_ADDRESS__)
/* The leak checker looks into the folder in /proc of the process that it is part of, from a process
 * of its own. While there are rooms /proc shows no process of another login, and the exporter,
 * which can't be dumped, counts as another's. Read by the run-time before main. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif

static int parse_options(int argc, char **argv, int *ret_sock)
{
    static const struct option options[] = {{"socket-fd", required_argument, NULL, 's'}, {0}};
    uint64_t number = SOCKET_FD;
    int c;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (c != 's' || str_to_u64(optarg, SOCKET_MAX, &number) != 0)
            return SK_ERR_FORMAT;
    if (optind != argc)
        return SK_ERR_FORMAT;
    *ret_sock = (int)number;
    return 0;
}

/* What libraries set up on first use, from files that the sandbox hides: random numbers, the
 * processor's instructions, the character set that names are written in. */
static int warm_up(void)
{
    uint8_t digest[DIGEST_LEN];
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return SK_ERR_UNSUPPORTED;
    if (sodium_init() < 0)
        return SK_ERR_CRYPTO;
    int r = digest_of("", 0, digest);
    return r != 0 ? r : bulk_prepare();
}

/* The largest case needs two descriptors for each file. */
static int raise_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return -errno;
    rlim_t wanted = SERVE_DESCRIPTORS_MAX;
    if (limit.rlim_cur >= wanted)
        return 0;
    limit.rlim_cur =
        limit.rlim_max == RLIM_INFINITY || limit.rlim_max > wanted ? wanted : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : -errno;
}

/* Only root's device process may hand over a job. */
static int check_peer(int sock)
{
    struct wire_peer peer;
    int r = wire_peer(sock, &peer);
    return r != 0 ? r : peer.uid == 0 ? 0 : SK_ERR_PEER;
}

static int enter(void)
{
    struct sandbox *sandbox = NULL;
    int r = sandbox_prepare(SANDBOX_EXPORT, &sandbox);
    return r != 0 ? r : sandbox_enter(&sandbox, 0);
}

int main(int argc, char **argv)
{
    int sock = SOCKET_FD;
    log_open("sekisho-export", LOG_LEVEL_INFO);
    if (parse_options(argc, argv, &sock) != 0) {
        fprintf(stderr, "usage: sekisho-export [--socket-fd N]\n");
        return 2;
    }
    /* a full file is an error to answer, not a signal to die of */
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    int r = check_peer(sock);
    if (r == 0)
        r = warm_up();
    if (r == 0)
        r = raise_limits();
    if (r == 0)
        r = enter();
    if (r != 0) {
        log_error("can't start: %s", sk_strerror(r));
        return EXIT_FAILURE;
    }
    r = serve(&sock);
    if (r != 0)
        log_warn("transfer failed: %s", sk_strerror(r));
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

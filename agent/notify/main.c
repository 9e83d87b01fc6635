/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sekisho-notify: one notice and the end. Started by root with a connected socket of sekisho-control as
 * descriptor 3; main.c owns the way from there to an answer. It must never read from that socket as root, nor
 * start a program: its child does (teller.h). */
#include <getopt.h>
#include <pwd.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include "base/log.h"
#include "base/phrase.h"
#include "notify/notice.h"
#include "notify/teller.h"
#include "record/record.h"
#include "sandbox/sandbox.h"
#include "wire/wire.h"

#define SOCKET_FD   3     /* as the starter passes it */
#define QUESTION_MS 5000  /* milliseconds for the notice to come */
#define NOTICE_MAX  4096  /* bytes */

static int choose(int argc, char **argv)
{
    static const struct option options[] = {{"instance", required_argument, NULL, 'i'}, {0}};
    const char *instance = NULL;
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o != 'i')
            return SK_ERR_FORMAT;
        instance = optarg;
    }
    return optind == argc ? sk_paths_choose(instance) : SK_ERR_FORMAT;
}

/* Only sekisho-control says what is to be told. */
static int check_peer(int sock)
{
    struct wire_peer peer;
    const struct passwd *control = getpwnam(SK_USER_CONTROL);
    int r = wire_peer(sock, &peer);
    return r != 0 ? r : control && peer.uid == control->pw_uid ? 0 : SK_ERR_PEER;
}

static json_t *numbers(const uint8_t *set)
{
    json_t *list = json_array();
    for (int i = 1; list && i <= SK_NOTICES_MAX; i++)
        if (set[i])
            json_array_append_new(list, json_integer(i));
    return list;
}

static int answer(int sock, uint16_t type, json_t *given)
{
    autojson json_t *payload = given;
    autofree char *text = payload ? json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    return text ? wire_send(sock, type, text, strlen(text), NULL, 0, QUESTION_MS) : -ENOMEM;
}

static int refuse(int sock, int code, const char *what)
{
    (void)!answer(sock, SK_MSG_ERROR, json_pack("{ssss}", "code", sk_errname(code), "why", what));
    return code;
}

static int serve(int sock, int teller)
{
    autowire struct wire_message m = {0};
    autojson json_t *message = NULL;
    struct notice n;
    struct tell_result result = {0};
    int r = wire_receive(sock, &m, QUESTION_MS);
    if (r != 0)
        return r;
    if (m.type != SK_MSG_NOTICE ||
        record_parse(m.payload.data ? m.payload.data : "", m.payload.len, NOTICE_MAX, &message) != 0 ||
        notice_read(message, &n) != 0)
        return refuse(sock, SK_ERR_FORMAT, PHRASE("this is not a notice"));
    r = teller_tell(teller, &n, &result);
    if (r != 0)
        return refuse(sock, r, r == SK_ERR_STATE || r == SK_ERR_TIMEOUT
                                   ? PHRASE("the programs could not be waited for")
                                   : PHRASE("the policy can't be read"));
    return answer(sock, SK_MSG_NOTICED, json_pack("{sososs}", "sent", numbers(result.sent), "failed",
                                                  numbers(result.failed), "why", result.why));
}

int main(int argc, char **argv)
{
    autoclose int teller = -1;
    log_open("sekisho-notify", LOG_LEVEL_INFO);
    if (choose(argc, argv) != 0) {
        fprintf(stderr, "usage: sekisho-notify [--instance DIR]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    json_object_seed(0); /* reads random numbers from a file, which the sandbox would not let it */
    int r = sodium_init() < 0 ? SK_ERR_CRYPTO : check_peer(SOCKET_FD);
    if (r == 0)
        r = teller_start(SOCKET_FD, &teller);
    if (r == 0)
        r = sandbox_shed(SANDBOX_NOTIFY);
    if (r != 0) {
        log_error("can't start: %s", sk_strerror(r));
        return EXIT_FAILURE;
    }
    r = serve(SOCKET_FD, teller);
    if (r != 0)
        log_warn("nobody was told: %s", sk_strerror(r));
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

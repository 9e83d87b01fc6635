/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-client.c owns one question to control.sock, for tests: prints the answer's JSON.
 *
 *   control-client [--at SOCKET] [--progress N] [--repeat N] INSTANCE JSON [FILE…]
 *                  exit 0: ANSWER, 1: ERROR, 2: no answer. --progress: prints N messages of progress
 *                  (and the answer, if it comes before), then goes. --repeat: asks N times on one connection, prints
 *                  the last answer
 *   control-client INSTANCE --bytes HEX      send a payload that is no question
 * A FILE "pty:" is the slave of a new pseudo-terminal. */
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <string.h>
#include "base/str.h"
#include "plain.h"
#include "wire/wire.h"

#define ANSWER_MS 120000 /* milliseconds: as long as anything may take on a loaded machine */

static int open_file(const char *name)
{
    if (strcmp(name, "pty:") != 0)
        return open(name, O_RDONLY | O_CLOEXEC);
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return -1;
    return open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* Ask again and again; what comes back is thrown away. */
static int ask_often(int sock, const char *text, long times)
{
    int r = 0;
    while (r == 0 && times-- > 0) {
        autowire struct wire_message m = {.type = SK_MSG_PROGRESS};
        r = wire_send(sock, SK_MSG_ASK, text, strlen(text), NULL, 0, ANSWER_MS);
        while (r == 0 && m.type == SK_MSG_PROGRESS) {
            wire_message_clear(&m);
            r = wire_receive(sock, &m, ANSWER_MS);
        }
    }
    return r;
}

static int ask(int sock, const char *text, const int *fds, size_t count, long progress)
{
    int r = wire_send(sock, SK_MSG_ASK, text, strlen(text), fds, count, ANSWER_MS);
    while (r == 0) {
        autowire struct wire_message m = {0};
        r = wire_receive(sock, &m, ANSWER_MS);
        if (r != 0)
            break;
        if (m.type == SK_MSG_PROGRESS && progress == 0)
            continue;
        if (m.type == SK_MSG_PROGRESS) {
            printf("%s\n", plain_text(&m));
            fflush(stdout);
            if (--progress == 0)
                return 0;
            continue;
        }
        printf("%s\n", plain_text(&m));
        return m.type == SK_MSG_ANSWER ? 0 : 1;
    }
    fprintf(stderr, "control-client: %s\n", sk_strerror(r));
    return 2;
}

static int send_bytes(int sock, const char *hex)
{
    uint8_t bytes[1024];
    size_t len = strlen(hex) / 2;
    autowire struct wire_message m = {0};
    if (len > sizeof bytes || str_unhex(hex, strlen(hex), bytes, len) != 0 ||
        wire_send(sock, SK_MSG_ASK, bytes, len, NULL, 0, ANSWER_MS) != 0)
        return 2;
    return wire_receive(sock, &m, ANSWER_MS) == SK_ERR_CLOSED ? 0 : 1;
}

int main(int argc, char **argv)
{
    int fds[SK_MESSAGE_FDS_MAX];
    size_t count = 0;
    const char *at = NULL;
    long progress = 0, repeat = 1;
    for (; argc > 3 && argv[1][0] == '-'; argc -= 2, argv += 2) {
        if (strcmp(argv[1], "--at") == 0)
            at = argv[2];
        else if (strcmp(argv[1], "--repeat") == 0)
            repeat = strtol(argv[2], NULL, 10);
        else
            progress = strtol(argv[2], NULL, 10);
    }
    if (argc < 3 || sk_paths_choose(argv[1]) != 0)
        return 2;
    bool bytes = strcmp(argv[2], "--bytes") == 0;
    for (int i = 3; i < argc && count < SK_MESSAGE_FDS_MAX && !bytes; i++) {
        fds[count] = open_file(argv[i]);
        if (fds[count++] < 0)
            return 2;
    }
    autoclose int sock = wire_connect(at ? at : sk_path(SK_PATH_CONTROL_SOCKET));
    if (sock < 0) {
        fprintf(stderr, "control-client: %s\n", sk_strerror(sock));
        return 2;
    }
    int r = repeat > 1 ? ask_often(sock, argv[2], repeat - 1) : 0;
    if (r != 0) {
        fprintf(stderr, "control-client: %s\n", sk_strerror(r));
        return 2;
    }
    return argc == 4 && bytes ? send_bytes(sock, argv[3])
                              : ask(sock, argv[2], fds, count, progress);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-client.c owns one question to control.sock, for tests: prints the answer's JSON.
 *
 *   control-client INSTANCE JSON [FILE…]     exit 0: ANSWER, 1: ERROR, 2: no answer
 *   control-client INSTANCE --bytes HEX      send a payload that is no question */
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <string.h>
#include "base/str.h"
#include "wire/wire.h"

#define ANSWER_MS 30000 /* milliseconds */

static int ask(int sock, const char *text, const int *fds, size_t count)
{
    int r = wire_send(sock, SK_MSG_ASK, text, strlen(text), fds, count, ANSWER_MS);
    while (r == 0) {
        autowire struct wire_message m = {0};
        r = wire_receive(sock, &m, ANSWER_MS);
        if (r != 0)
            break;
        if (m.type == SK_MSG_PROGRESS)
            continue;
        printf("%s\n", m.payload.data);
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
    if (argc < 3 || sk_paths_choose(argv[1]) != 0)
        return 2;
    for (int i = 3; i < argc && count < SK_MESSAGE_FDS_MAX && strcmp(argv[2], "--bytes") != 0; i++) {
        fds[count] = open(argv[i], O_RDONLY | O_CLOEXEC);
        if (fds[count++] < 0)
            return 2;
    }
    autoclose int sock = wire_connect(sk_path(SK_PATH_CONTROL_SOCKET));
    if (sock < 0) {
        fprintf(stderr, "control-client: %s\n", sk_strerror(sock));
        return 2;
    }
    return argc == 4 && strcmp(argv[2], "--bytes") == 0 ? send_bytes(sock, argv[3])
                                                        : ask(sock, argv[2], fds, count);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room-client.c plays sekisho-room's neighbours for the system tests: control with or without a
 * terminal (start, call), and a sekishod that says OK to every room. It must never be installed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sekisho/err.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "client.h"
#include "plain.h"
#include "wire/wire.h"

#define PEERS_MAX 16

/* call SOCKET TYPE JSON [FILE…]: one message with the files opened; exit 1 when the answer is ERROR */
static int call(int argc, char **argv)
{
    return client_call(argc, argv, O_RDWR | O_NOCTTY);
}

/* Messages until the command's end; the status that came. */
static int follow(int sock)
{
    for (;;) {
        autowire struct wire_message m = {0};
        int r = wire_receive(sock, &m, CLIENT_WAIT_MS);
        if (r != 0)
            return client_failed("connection", r);
        client_show(&m);
        if (m.type == SK_MSG_ERROR)
            return 4;
        if (m.type == SK_MSG_ROOM_ENDED)
            return strstr(m.payload.data, ":0") ? 0 : 1;
    }
}

/* start SOCKET JSON: ROOM_START with "wait":true, then everything up to the end of the command. Exit:
 * its status, 4 for ERROR */
static int start(int argc, char **argv)
{
    (void)argc;
    autoclose int sock = wire_connect(argv[0]);
    if (sock < 0)
        return client_failed(argv[0], sock);
    int r = wire_send(sock, SK_MSG_ROOM_START, argv[1], strlen(argv[1]), NULL, 0, CLIENT_WAIT_MS);
    return r != 0 ? client_failed("start", r) : follow(sock);
}

/* time SOCKET JSON COUNT: the same COUNT times; the median and the shortest time from the question to
 * ROOM_STARTED in µs: the second hardly depends on what else the machine does */
static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int take_times(int argc, char **argv)
{
    (void)argc;
    static uint64_t times[1000];
    uint64_t count;
    if (str_to_u64(argv[2], array_count(times), &count) != 0 || count == 0)
        return 2;
    for (size_t i = 0; i < count; i++) {
        autowire struct wire_message m = {0}, end = {0};
        autoclose int sock = wire_connect(argv[0]);
        uint64_t from = clock_boot_ns();
        int r = sock < 0 ? sock
                         : wire_call(sock, SK_MSG_ROOM_START, argv[1], strlen(argv[1]), NULL, 0, &m,
                                     CLIENT_WAIT_MS);
        times[i] = (clock_boot_ns() - from) / 1000;
        if (r == 0 && m.type != SK_MSG_ROOM_STARTED)
            fprintf(stderr, "%s\n", plain_text(&m));
        if (r != 0 || m.type != SK_MSG_ROOM_STARTED)
            return client_failed("start", r);
        wire_message_clear(&m);
        r = wire_call(sock, SK_MSG_ROOM_END, "{}", 2, NULL, 0, &end, CLIENT_WAIT_MS);
        if (r != 0)
            return client_failed("end", r);
    }
    qsort(times, count, sizeof times[0], by_value);
    printf("%llu %llu\n", (unsigned long long)times[count / 2], (unsigned long long)times[0]);
    return 0;
}

static void relay(int from, int to)
{
    char text[4096];
    ssize_t n;
    while ((n = read(from, text, sizeof text)) > 0)
        if (fd_write_full(to, text, (size_t)n) != 0)
            return;
}

/* terminal SOCKET JSON UID: ROOM_START with the slave of a new pty that belongs to UID; what the command
 * writes there goes to stdout, and stdin to it. Exit as start. */
static int terminal(int argc, char **argv)
{
    (void)argc;
    int locked = 0;
    uint64_t uid;
    autoclose int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || ioctl(master, TIOCSPTLCK, &locked) != 0 ||
        str_to_u64(argv[2], UINT32_MAX, &uid) != 0)
        return client_failed("pty", -errno);
    autoclose int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0 || fchown(slave, (uid_t)uid, (gid_t)-1) != 0)
        return client_failed("pty", -errno);
    autoclose int sock = wire_connect(argv[0]);
    if (sock < 0)
        return client_failed(argv[0], sock);
    int r = wire_send(sock, SK_MSG_ROOM_START, argv[1], strlen(argv[1]), &slave, 1, CLIENT_WAIT_MS);
    if (r != 0)
        return client_failed("start", r);
    close(steal_fd(&slave));
    char text[4096];
    ssize_t n = read(STDIN_FILENO, text, sizeof text);
    if (n > 0 && fd_write_full(master, text, (size_t)n) != 0)
        return 3;
    relay(master, STDOUT_FILENO);
    return follow(sock);
}

static void guard_answer(int sock, const struct wire_message *m, FILE *log)
{
    struct cursor c;
    cursor_init(&c, m->payload.data, m->payload.len);
    if (m->type == SK_MSG_GUARD_ROOMS) {
        uint32_t count = cursor_u32(&c);
        fprintf(log, "rooms %u", count);
        for (uint32_t i = 0; i < count && !c.err; i++) {
            size_t len;
            struct stat st = {0};
            const char *area = cursor_str(&c, SK_ID_MAX, &len);
            uint32_t login = cursor_u32(&c), inside = cursor_u32(&c);
            if (i < m->fd_count && fstat(m->fds[i], &st) != 0)
                st.st_ino = 0;
            fprintf(log, " %.*s:%u:%u:%llu", (int)len, area, login, inside,
                    (unsigned long long)st.st_ino);
        }
        fprintf(log, "\n");
        fflush(log);
    }
    (void)!wire_send(sock, SK_MSG_OK, "{}", 2, NULL, 0, CLIENT_WAIT_MS);
}

/* guard SOCKET LOG: says OK to everything and notes the rooms */
static int guard(int argc, char **argv)
{
    (void)argc;
    struct pollfd p[PEERS_MAX + 1] = {0};
    autofile FILE *log = fopen(argv[1], "a");
    p[0] = (struct pollfd){.fd = wire_listen(argv[0], 0600), .events = POLLIN};
    if (!log || p[0].fd < 0)
        return client_failed(argv[0], p[0].fd);
    for (size_t i = 1; i <= PEERS_MAX; i++)
        p[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    while (poll(p, PEERS_MAX + 1, -1) > 0) {
        for (size_t i = 1; i <= PEERS_MAX; i++) {
            autowire struct wire_message m = {0};
            if (!p[i].revents)
                continue;
            if (wire_receive(p[i].fd, &m, 0) == 0) {
                guard_answer(p[i].fd, &m, log);
            } else {
                close(p[i].fd);
                p[i].fd = -1;
            }
        }
        for (size_t i = 1; i <= PEERS_MAX && p[0].revents; i++)
            if (p[i].fd < 0) {
                p[i].fd = wire_accept(p[0].fd);
                break;
            }
    }
    return 3;
}

static const struct client_command commands[] = {{"call", 3, call}, {"start", 2, start}, {"time", 3, take_times},
                {"terminal", 3, terminal}, {"guard", 2, guard}};

int main(int argc, char **argv)
{
    return client_run(commands, array_count(commands), argc, argv);
}

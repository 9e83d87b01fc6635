/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli-tty.c (test) owns the tests of the way between two terminals: what a room writes is shown though it
 * does not read what is typed, and what it leaves behind keeps nobody. It must never wait without a
 * limit. */
#include "cmocka-head.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "cli/cli.h"
#include "cli/room_tty.h"
#include "record/record.h"
#include "wire/wire.h"

#define LIMIT_MS 20000 /* for what takes some milliseconds */
#define TYPED    1000000 /* bytes, more than terminals hold */
#define OUTPUT   200000
#define MARK     "all-was-written"

/* The person's end, the agent's end, and the tool between them. */
struct scene {
    int person, agent;
    pid_t tool;
};

static void deaf_program(int terminal)
{
    char bytes[1000];
    memset(bytes, 'x', sizeof bytes);
    usleep(300000); /* until more was typed than it takes */
    for (int i = 0; i < OUTPUT / (int)sizeof bytes; i++)
        if (fd_write_full(terminal, bytes, sizeof bytes) != 0)
            return;
    if (fd_write_full(terminal, MARK, strlen(MARK)) == 0)
        pause();
}

static void endless_program(int terminal)
{
    if (fd_write_full(terminal, MARK, strlen(MARK)) != 0)
        return;
    while (fd_write_full(terminal, "y\n", 2) == 0)
        usleep(1000);
}

static _Noreturn void tool(int terminal, int sock, void (*program)(int terminal))
{
    struct cli cli = {0};
    json_t *answer = NULL;
    int master, slave;
    alarm(LIMIT_MS / 1000);
    if (dup2(terminal, STDIN_FILENO) < 0 || dup2(terminal, STDOUT_FILENO) < 0 ||
        room_tty_open(&master, &slave) != CLI_OK)
        _exit(3);
    pid_t pid = fork();
    if (pid == 0) {
        alarm(LIMIT_MS / 1000);
        struct termios raw;
        close(master);
        if (tcgetattr(slave, &raw) == 0) {
            cfmakeraw(&raw); /* as editors do; otherwise the kernel drops what is typed beyond a line */
            tcsetattr(slave, TCSANOW, &raw);
        }
        program(slave);
        _exit(0);
    }
    close(slave);
    int code = room_tty_relay(&cli, sock, master, &answer);
    kill(pid, SIGKILL);
    _exit(code != CLI_OK ? code : answer ? 0 : 4);
}

static struct scene begin(void (*program)(int terminal))
{
    struct scene s;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    s.person = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(s.person >= 0 && grantpt(s.person) == 0 && unlockpt(s.person) == 0);
    int terminal = open(ptsname(s.person), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0);
    s.tool = fork();
    if (s.tool == 0) {
        close(s.person);
        close(pair[0]);
        tool(terminal, pair[1], program);
    }
    close(terminal);
    close(pair[1]);
    s.agent = pair[0];
    assert_int_equal(fcntl(s.person, F_SETFL, O_RDWR | O_NONBLOCK), 0);
    return s;
}

/* Type what can be typed and read until the mark is shown. */
static bool shown(const struct scene *s, size_t typed)
{
    static char screen[OUTPUT * 2], keys[4096];
    size_t len = 0;
    uint64_t end = clock_boot_ns() + LIMIT_MS * UINT64_C(1000000);
    memset(keys, 'k', sizeof keys);
    while (clock_boot_ns() < end && len < sizeof screen - 1) {
        struct pollfd p = {.fd = s->person, .events = (short)(typed ? POLLIN | POLLOUT : POLLIN)};
        if (poll(&p, 1, 100) <= 0)
            continue;
        ssize_t n = p.revents & POLLOUT ? write(s->person, keys, sizeof keys) : 0;
        typed -= n > 0 && (size_t)n < typed ? (size_t)n : n > 0 ? typed : 0;
        n = p.revents & POLLIN ? read(s->person, screen + len, sizeof screen - 1 - len) : 0;
        len += n > 0 ? (size_t)n : 0;
        screen[len] = '\0';
        if (memmem(screen, len, MARK, strlen(MARK)))
            return true;
    }
    return false;
}

static int finish(struct scene *s)
{
    static const char answer[] = "{\"status\":0}";
    char rest[4096];
    int status = -1;
    assert_int_equal(wire_send(s->agent, SK_MSG_ANSWER, answer, strlen(answer), NULL, 0, LIMIT_MS), 0);
    for (int i = 0; i < LIMIT_MS / 10 && waitpid(s->tool, &status, WNOHANG) == 0; i++) {
        while (read(s->person, rest, sizeof rest) > 0)
            ;
        usleep(10000);
    }
    close(s->person);
    close(s->agent);
    return status;
}

static void shown_though_nobody_reads(void **state)
{
    (void)state;
    struct scene s = begin(deaf_program);
    assert_true(shown(&s, TYPED));
    assert_int_equal(finish(&s), 0);
}

static void what_is_left_behind_keeps_nobody(void **state)
{
    (void)state;
    struct scene s = begin(endless_program);
    assert_true(shown(&s, 0));
    assert_int_equal(finish(&s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shown_though_nobody_reads),
        cmocka_unit_test(what_is_left_behind_keeps_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

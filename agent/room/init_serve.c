/* SPDX-License-Identifier: GPL-3.0-or-later */
/* init_serve.c owns the loop of a room's first process. It must never end while a program of the
 * person runs, unless it is told to, and never tell more of a command's end than whether it went well. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <sekisho/proto.h>
#include "base/clock.h"
#include "room/init.h"
#include "wire/wire.h"

#define MS        1000000ull /* nanoseconds */
#define LINGER_MS 1000ull    /* after the last program's end: often another one follows */
#define FIRST_MS  30000ull   /* for the first command to come */
#define ORDER_MS  5000       /* for an order on a new connection */
#define ENDING_LOOK_MS 50    /* whether something still runs */
#define ALONE_MS  1000ull    /* for killed processes to be gone */

static struct init_command *free_place(struct init *in)
{
    for (size_t i = 0; i < INIT_COMMANDS_MAX; i++)
        if (in->commands[i].pid == 0)
            return &in->commands[i];
    return NULL;
}

static void answer_error(int sock, int code)
{
    const char *name = code == -ENOENT ? "SK_ERR_NOT_FOUND" : code == -EACCES ? "EACCES" : "EIO";
    char text[64];
    int n = snprintf(text, sizeof text, "{\"code\":\"%s\",\"why\":\"\"}", name);
    (void)!wire_send(sock, SK_MSG_ERROR, text, (size_t)n, NULL, 0, 0);
}

static int carry_out(struct init *in, const struct wire_message *m, struct init_command *place)
{
    autorun struct run run = {0};
    if (m->type != SK_MSG_ROOM_RUN || !place || in->ending)
        return -EAGAIN;
    int r = run_decode(m->payload.data, m->payload.len, &run);
    if (r != 0)
        return r;
    size_t wanted = run.flags & RUN_TERMINAL ? 1 : 0;
    if (m->fd_count != wanted)
        return -EINVAL;
    r = init_start(in, &run, wanted ? m->fds[0] : -1, &place->pid);
    if (r != 0)
        return r;
    in->started = true;
    in->idle_ns = 0;
    memcpy(place->output, run.output, sizeof place->output);
    words_clear(&in->environment);
    in->environment = run.environment;
    run.environment = (struct words){0};
    /* after the command, so that it need not wait for them */
    if (run.flags & RUN_MANAGER)
        helpers_start(in, HELPER_MANAGER);
    if (run.flags & RUN_DISPLAY)
        helpers_start(in, HELPER_INPUT);
    return 0;
}

static void serve_order(struct init *in)
{
    autoclose int sock = wire_accept(in->listener);
    autowire struct wire_message m = {0};
    struct init_command *place = free_place(in);
    if (sock < 0 || wire_receive(sock, &m, ORDER_MS) != 0)
        return;
    int r = carry_out(in, &m, place);
    if (r != 0)
        answer_error(sock, r);
    else if (wire_send(sock, SK_MSG_ROOM_RAN, "", 0, NULL, 0, 0) == 0)
        place->sock = steal_fd(&sock);
    else
        place->sock = -1;
}

static void ended(struct init *in, pid_t pid, int status)
{
    for (size_t i = 0; i < INIT_COMMANDS_MAX; i++) {
        struct init_command *c = &in->commands[i];
        if (c->pid != pid)
            continue;
        unsigned char failed = !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        init_tidy_output(in, c->output);
        if (c->sock >= 0) {
            (void)!wire_send(c->sock, SK_MSG_ROOM_ENDED, &failed, 1, NULL, 0, 0);
            close(c->sock);
        }
        *c = (struct init_command){.sock = -1};
        return;
    }
    for (size_t i = 0; i < INIT_HELPERS_MAX; i++)
        if (in->helpers[i] == pid)
            in->helpers[i] = 0;
}

static void take_signals(struct init *in)
{
    struct signalfd_siginfo info;
    while (read(in->signals, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo != SIGCHLD && !in->ending) {
            in->ending = true;
            in->ending_ns = clock_boot_ns();
            kill(-1, SIGTERM); /* all but ourselves: this is pid 1 */
            kill(-1, SIGCONT);
        }
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        ended(in, pid, status);
    if (in->idle_ns == 0 && in->started && helpers_only(in))
        in->idle_ns = clock_boot_ns();
}

/* Milliseconds until the room may be at its end, -1 = not in sight. */
static int time_left(const struct init *in, uint64_t begun)
{
    uint64_t now = clock_boot_ns();
    siginfo_t unused;
    if (in->ending && now - in->ending_ns >= INIT_TERM_MS * MS)
        return 0; /* what ignores it is killed by who cleans up */
    /* looked at only: how a command ended is told by take_signals */
    if (in->ending)
        return waitid(P_ALL, 0, &unused, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD
                   ? 0
                   : ENDING_LOOK_MS;
    uint64_t from = in->started ? in->idle_ns : begun;
    uint64_t limit = (in->started ? LINGER_MS : FIRST_MS) * MS;
    if (from == 0)
        return -1;
    return now - from >= limit ? 0 : (int)((limit - (now - from)) / MS) + 1;
}

void init_alone(void)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    uint64_t until = clock_boot_ns() + ALONE_MS * MS;
    pid_t pid;
    do {
        kill(-1, SIGKILL); /* all but ourselves: this is pid 1 */
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
            continue;
        if (pid == 0)
            nanosleep(&pause, NULL);
    } while (pid == 0 && clock_boot_ns() < until);
}

/* A person may leave this process no descriptors (RLIMIT_NOFILE): poll(2) fails at once then. The signals are looked
 * at all the same, and nothing turns in a circle. */
static int wait_for(struct pollfd *p, nfds_t count, int wait_ms)
{
    const struct timespec pause = {.tv_nsec = ENDING_LOOK_MS * (long)MS};
    int r = poll(p, count, wait_ms);
    if (r >= 0 || errno == EINTR)
        return r;
    nanosleep(&pause, NULL);
    p[0].revents = POLLIN;
    return 1;
}

void init_serve(struct init *in)
{
    uint64_t begun = clock_boot_ns();
    for (size_t i = 0; i < INIT_COMMANDS_MAX; i++)
        in->commands[i].sock = -1;
    for (;;) {
        int left = time_left(in, begun);
        if (left == 0 && (in->ending || !in->started || helpers_only(in)))
            return;
        struct pollfd p[] = {{.fd = in->signals, .events = POLLIN},
                             {.fd = in->listener, .events = POLLIN},
                             {.fd = in->helpers[HELPER_BUS] ? -1 : in->bus, .events = POLLIN}};
        if (left == 0) { /* something of the person's came back to life */
            in->idle_ns = 0;
            left = -1;
        }
        if (wait_for(p, array_count(p), left) <= 0)
            continue;
        if (p[0].revents)
            take_signals(in);
        if (p[1].revents && !in->ending)
            serve_order(in);
        if (p[2].revents && !in->ending)
            helpers_start(in, HELPER_BUS);
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room_tty.c owns the person's terminal while it shows a room's. It must never leave it raw, whatever
 * ends the tool, and never give the room the person's own terminal: only the slave of a new one. */
#include "cli/room_tty.h"
#include <fcntl.h>
#include <poll.h>
#include <sekisho/err.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "cli/ask.h"
#include "record/record.h"

#define CHUNK    2048  /* bytes */
#define DRAIN_MS 200   /* for what the room's terminal still holds at the end */
#define DRAIN_MAX_NS (2000ull * 1000000) /* of all of it */

static struct termios saved;
static bool is_raw;

static void restore(void)
{
    if (is_raw)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
    is_raw = false;
}

static int make_raw(void)
{
    struct termios raw = saved;
    cfmakeraw(&raw);
    if (atexit(restore) != 0 || tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0)
        return cli_error(CLI_FAILED, _("the terminal can't be set: %s"), cli_strerror(-errno));
    is_raw = true;
    return CLI_OK;
}

static void copy_size(int master)
{
    struct winsize size;
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
        ioctl(master, TIOCSWINSZ, &size);
}

int room_tty_open(int *ret_master, int *ret_slave)
{
    autoclose int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return cli_error(CLI_FAILED, _("no terminal for the room: %s"), cli_strerror(-errno));
    const char *name = ptsname(master);
    autoclose int slave = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
    if (slave < 0 || tcgetattr(STDIN_FILENO, &saved) != 0)
        return cli_error(CLI_FAILED, _("no terminal for the room: %s"), cli_strerror(-errno));
    tcsetattr(slave, TCSANOW, &saved);
    copy_size(master);
    *ret_master = steal_fd(&master);
    *ret_slave = steal_fd(&slave);
    return CLI_OK;
}

/* Signals become readable, so that nothing ends the tool before the terminal is put back. */
static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    static const int numbers[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT};
    for (size_t i = 0; i < array_count(numbers); i++)
        sigaddset(&set, numbers[i]);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* False: nothing more comes from there. */
static bool move(int from, int to)
{
    char bytes[CHUNK];
    ssize_t n = read(from, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    return n > 0 && fd_write_full(to, bytes, (size_t)n) == 0;
}

/* The number of a signal that ends the tool, 0 = none did. */
static int take_signal(int signals, int master)
{
    struct signalfd_siginfo info;
    if (read(signals, &info, sizeof info) != (ssize_t)sizeof info)
        return 0;
    if (info.ssi_signo != SIGWINCH)
        return (int)info.ssi_signo;
    copy_size(master);
    return 0;
}

/* What the room's terminal still holds; not what a program that was left behind goes on writing. */
static void drain(int master)
{
    uint64_t end = clock_boot_ns() + DRAIN_MAX_NS;
    while (clock_boot_ns() < end && fd_wait(master, POLLIN, DRAIN_MS) > 0 &&
           move(master, STDOUT_FILENO))
        ;
}

/* What was typed and not taken by the room yet. A program that does not read must not keep what it
 * writes from being shown: it may wait for that itself. */
struct typed {
    char bytes[CHUNK];
    size_t from, until;
};

/* False: nothing more is typed. */
static bool take_typed(struct typed *t)
{
    ssize_t n = read(STDIN_FILENO, t->bytes, sizeof t->bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    t->from = 0;
    t->until = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static void give_typed(struct typed *t, int master)
{
    ssize_t n = write(master, t->bytes + t->from, t->until - t->from);
    if (n > 0)
        t->from += (size_t)n;
    else if (n < 0 && errno != EINTR && errno != EAGAIN)
        t->from = t->until; /* nobody is there any more to read it */
}

enum { POLL_STDIN, POLL_MASTER, POLL_AGENT, POLL_SIGNALS, POLL_COUNT };

struct relay {
    int sock, master, signals;
    bool stdin_open, master_open;
    struct typed typed;
};

/* Wait and move what can be moved. 0, or -errno. */
static int turn(struct relay *r, struct pollfd p[static POLL_COUNT])
{
    struct typed *t = &r->typed;
    bool waits = t->from < t->until;
    int stdin_fd = r->stdin_open && !waits ? STDIN_FILENO : -1;
    p[POLL_STDIN] = (struct pollfd){.fd = stdin_fd, .events = POLLIN};
    p[POLL_MASTER] = (struct pollfd){.fd = r->master_open ? r->master : -1,
                                     .events = (short)(waits ? POLLIN | POLLOUT : POLLIN)};
    p[POLL_AGENT] = (struct pollfd){.fd = r->sock, .events = POLLIN};
    p[POLL_SIGNALS] = (struct pollfd){.fd = r->signals, .events = POLLIN};
    if (poll(p, POLL_COUNT, -1) < 0)
        return errno == EINTR ? 0 : -errno;
    if (p[POLL_STDIN].revents)
        r->stdin_open = take_typed(t);
    if (t->from < t->until)
        give_typed(t, r->master);
    /* until the room has opened it, and after its last process, it reads as an error */
    if (p[POLL_MASTER].revents & ~POLLOUT && !move(r->master, STDOUT_FILENO))
        r->master_open = false;
    return 0;
}

/* Until the answer. *ret_signal: what told the tool to end. */
static int loop(struct relay *r, json_t **ret, enum talk_step *ret_step, int *ret_signal)
{
    struct pollfd p[POLL_COUNT] = {0};
    for (;;) {
        int e = turn(r, p);
        if (e != 0)
            return e;
        if (p[POLL_SIGNALS].revents && (*ret_signal = take_signal(r->signals, r->master)) != 0)
            return 0;
        if (!p[POLL_AGENT].revents)
            continue;
        json_decref(*ret);
        *ret = NULL;
        e = talk_next(r->sock, 0, ret, ret_step);
        if (e == SK_ERR_TIMEOUT)
            continue;
        if (e != 0 || *ret_step != TALK_PROGRESS)
            return e;
        room_tell_lacks(*ret, "\r\n");
    }
}

void room_tell_lacks(const json_t *progress, const char *line_end)
{
    if (str_eq(record_text(progress, "lacks"), "gpu"))
        fprintf(stderr, "%s%s", _("sekisho: the policy gives this room a graphics card, but this PC has none "
                                  "that it could use; it opens without"), line_end);
}

int room_tty_relay(struct cli *cli, int sock, int master, json_t **ret_answer)
{
    autojson json_t *message = NULL;
    enum talk_step step = TALK_PROGRESS;
    int ended_by = 0;
    autoclose int signals = open_signals();
    int code = signals < 0 ? cli_error(CLI_FAILED, "%s", cli_strerror(-errno)) : make_raw();
    if (code != CLI_OK)
        return code;
    struct relay relay = {.sock = sock, .master = master, .signals = signals, .stdin_open = true,
                          .master_open = true};
    (void)!fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
    int r = loop(&relay, &message, &step, &ended_by);
    if (r == 0 && !ended_by)
        drain(master);
    restore();
    if (ended_by) {
        /* as it would have ended without us */
        signal(ended_by, SIG_DFL);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, ended_by);
        raise(ended_by);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        return CLI_FAILED;
    }
    if (r != 0)
        return ask_lost(cli, r);
    if (step == TALK_REFUSED)
        return ask_refused(cli, message);
    *ret_answer = steal_ptr(&message);
    return CLI_OK;
}

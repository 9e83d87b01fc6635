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
#include "base/fdio.h"
#include "cli/ask.h"
#include "record/record.h"

#define CHUNK    4096  /* bytes */
#define DRAIN_MS 200   /* for what the room's terminal still holds at the end */

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
        return cli_error(CLI_FAILED, _("the terminal can't be set: %s"), strerrordesc_np(errno));
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
        return cli_error(CLI_FAILED, _("no terminal for the room: %s"), strerrordesc_np(errno));
    const char *name = ptsname(master);
    autoclose int slave = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
    if (slave < 0 || tcgetattr(STDIN_FILENO, &saved) != 0)
        return cli_error(CLI_FAILED, _("no terminal for the room: %s"), strerrordesc_np(errno));
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

static void drain(int master)
{
    while (fd_wait(master, POLLIN, DRAIN_MS) > 0 && move(master, STDOUT_FILENO))
        ;
}

/* Until the answer. *ret_signal: what told the tool to end. */
static int loop(int sock, int master, int signals, json_t **ret, enum ask_step *ret_step,
                int *ret_signal)
{
    struct pollfd p[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                         {.fd = master, .events = POLLIN},
                         {.fd = sock, .events = POLLIN},
                         {.fd = signals, .events = POLLIN}};
    for (;;) {
        if (poll(p, array_count(p), -1) < 0 && errno != EINTR)
            return -errno;
        if (p[3].revents && (*ret_signal = take_signal(signals, master)) != 0)
            return 0;
        if (p[0].revents && !move(STDIN_FILENO, master))
            p[0].fd = -1;
        /* until the room has opened it, and after its last process, it reads as an error */
        if (p[1].revents && !move(master, STDOUT_FILENO))
            p[1].fd = -1;
        if (!p[2].revents)
            continue;
        json_decref(*ret);
        *ret = NULL;
        int r = ask_next(sock, 0, ret, ret_step);
        if (r == SK_ERR_TIMEOUT)
            continue;
        if (r != 0 || *ret_step != ASK_PROGRESS)
            return r;
    }
}

int room_tty_relay(struct cli *cli, int sock, int master, json_t **ret_answer)
{
    autojson json_t *message = NULL;
    enum ask_step step = ASK_PROGRESS;
    int ended_by = 0;
    autoclose int signals = open_signals();
    int code = signals < 0 ? cli_error(CLI_FAILED, "%s", strerrordesc_np(errno)) : make_raw();
    if (code != CLI_OK)
        return code;
    int r = loop(sock, master, signals, &message, &step, &ended_by);
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
    if (step == ASK_REFUSED)
        return ask_refused(cli, message);
    *ret_answer = steal_ptr(&message);
    return CLI_OK;
}

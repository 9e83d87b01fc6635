/* SPDX-License-Identifier: GPL-3.0-or-later */
/* init_helpers.c owns the programs that a room has for itself: session bus, input method, window
 * manager. It must never make a command wait for one of them, nor fail because one is not installed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/fdio.h"
#include "base/str.h"
#include "room/init.h"

#define CHILDREN_MAX   ((size_t)64 * 1024) /* bytes of a list of processes */
#define BUS_BACKLOG    64
#define ACTIVATION_FD  3 /* sd_listen_fds(3): the first descriptor that is handed over */
#define BUS_PROGRAM    "/usr/bin/dbus-daemon"
#define IBUS_WAIT      "--timeout=300000" /* ms for an engine to start: after its own 15 s there would be none */

/* The first that is installed. */
static const struct {
    enum init_helper which;
    const char *words[4];
    const char *method; /* HELPER_INPUT: as in XMODIFIERS */
} programs[] = {
    {HELPER_BUS, {BUS_PROGRAM, "--session", "--nofork"}, NULL},
    {HELPER_INPUT, {"/usr/bin/ibus-daemon", "--xim", IBUS_WAIT}, "ibus"},
    {HELPER_INPUT, {"/usr/bin/fcitx5"}, "fcitx"},
    {HELPER_INPUT, {"/usr/bin/uim-xim"}, "uim"},
    {HELPER_MANAGER, {"/usr/bin/openbox"}, NULL},
    {HELPER_MANAGER, {"/usr/bin/xfwm4"}, NULL},
    {HELPER_MANAGER, {"/usr/bin/metacity"}, NULL},
    {HELPER_MANAGER, {"/usr/bin/marco"}, NULL},
    {HELPER_MANAGER, {"/usr/bin/icewm"}, NULL},
    {HELPER_MANAGER, {"/usr/bin/matchbox-window-manager"}, NULL},
    {HELPER_MANAGER, {"/usr/bin/twm"}, NULL},
};

int helpers_bus_socket(const struct init *in)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (access(BUS_PROGRAM, X_OK) != 0)
        return -1;
    snprintf(address.sun_path, sizeof address.sun_path, "/run/user/%u/bus", in->uid);
    autoclose int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0 || bind(sock, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(sock, BUS_BACKLOG) != 0)
        return -1;
    return steal_fd(&sock);
}

/* The input method that programs of the room look for (environment.c). */
static const char *method_of(const struct init *in)
{
    static const char before[] = "XMODIFIERS=@im=";
    for (size_t i = 0; i < in->environment.count; i++)
        if (str_starts(in->environment.at[i], before))
            return in->environment.at[i] + sizeof before - 1;
    return "";
}

static char *const *program_of(const struct init *in, enum init_helper which)
{
    for (size_t i = 0; i < array_count(programs); i++)
        if (programs[i].which == which && access(programs[i].words[0], X_OK) == 0 &&
            (!programs[i].method || str_eq(programs[i].method, method_of(in))))
            /* execve(2) takes what it does not change as non-const */
            return (char *const *)(uintptr_t)programs[i].words;
    return NULL;
}

/* The bus daemon takes its socket over as from a service manager (sd_listen_fds(3)). */
static _Noreturn void become_bus(struct init *in)
{
    char program[] = BUS_PROGRAM, session[] = "--session", nofork[] = "--nofork";
    char nopidfile[] = "--nopidfile", from[] = "--address=systemd:";
    words_add(&in->environment, "LISTEN_PID=%d", (int)getpid());
    words_add(&in->environment, "LISTEN_FDS=1");
    char *argv[] = {program, session, nofork, nopidfile, from, NULL};
    if (in->bus == ACTIVATION_FD ? fcntl(in->bus, F_SETFD, 0) == 0
                                 : dup2(in->bus, ACTIVATION_FD) == ACTIVATION_FD)
        execve(BUS_PROGRAM, argv, in->environment.at);
    _exit(127);
}

/* Adopt and reap all that comes of the helper; end when the last of it is gone. */
static _Noreturn void stay_with(struct init *in, enum init_helper which, char *const *words)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    setsid();
    sigprocmask(SIG_SETMASK, &in->mask, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (chdir(in->home) != 0)
        _exit(1);
    pid_t pid = fork();
    if (pid == 0 && which == HELPER_BUS)
        become_bus(in);
    if (pid == 0 && which == HELPER_INPUT)
        input_preset(in, method_of(in));
    if (pid == 0) {
        execve(words[0], words, in->environment.at);
        _exit(127);
    }
    close_range(3, UINT32_MAX, 0);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
    _exit(0);
}

void helpers_start(struct init *in, enum init_helper which)
{
    char *const *words = program_of(in, which);
    if (in->helpers[which] != 0 || !words)
        return;
    pid_t pid = fork();
    if (pid == 0)
        stay_with(in, which, words);
    in->helpers[which] = pid > 0 ? pid : 0;
}

static bool is_helper(const struct init *in, const char *word, size_t len)
{
    for (size_t i = 0; i < INIT_HELPERS_MAX; i++) {
        char pid[16];
        size_t n = (size_t)snprintf(pid, sizeof pid, "%d", (int)in->helpers[i]);
        if (in->helpers[i] != 0 && n == len && memcmp(pid, word, n) == 0)
            return true;
    }
    return false;
}

/* Without the kernel's list of children: as long as a command is known. */
static bool no_command(const struct init *in)
{
    for (size_t i = 0; i < INIT_COMMANDS_MAX; i++)
        if (in->commands[i].pid != 0)
            return false;
    return true;
}

bool helpers_only(const struct init *in)
{
    autobuf struct buf text = {0};
    if (file_read(AT_FDCWD, "/proc/self/task/1/children", CHILDREN_MAX, &text) != 0)
        return no_command(in);
    const char *at = text.data ? text.data : "";
    while (*at) {
        size_t len = strcspn(at, " ");
        if (len > 0 && !is_helper(in, at, len))
            return false;
        at += len;
        at += *at == ' ';
    }
    return true;
}

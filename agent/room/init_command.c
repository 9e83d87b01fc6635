/* SPDX-License-Identifier: GPL-3.0-or-later */
/* init_command.c owns the start of a command inside a room. It must never let a command have a
 * descriptor but its terminal, or /dev/null and its output file in the room. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/fdio.h"
#include "base/str.h"
#include "room/init.h"

#define OUTPUT_FOLDER "room-output"

static void output_path(const struct init *in, const char *output, char ret[static PATH_MAX])
{
    snprintf(ret, PATH_MAX, "%s/" OUTPUT_FOLDER "/%s", in->home, output);
}

void init_tidy_output(const struct init *in, const char *output)
{
    char path[PATH_MAX];
    struct stat st;
    if (!output[0])
        return;
    output_path(in, output, path);
    if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
        unlink(path);
}

/* An area that refuses this file refuses the command's output, not the command. */
static int open_output(const struct init *in, const char *output)
{
    char path[PATH_MAX];
    output_path(in, output, path);
    int fd = output[0] ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                              0600)
                       : -1;
    return fd >= 0 ? fd : open("/dev/null", O_WRONLY | O_CLOEXEC);
}

static int connect_streams(const struct init *in, const struct run *run, int terminal)
{
    if (terminal >= 0) {
        /* a terminal that is another session's stays its own */
        if (ioctl(terminal, TIOCSCTTY, 0) != 0)
            return -errno;
        for (int fd = 0; fd <= 2; fd++)
            if (dup2(terminal, fd) < 0)
                return -errno;
        return 0;
    }
    autoclose int out = open_output(in, run->output);
    if (out < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
        return -errno;
    return 0; /* stdin is /dev/null already */
}

/* execvpe(3) with the PATH that the command gets, not ours. */
static int exec_on_path(char *const *argv, char *const *envp)
{
    const char *path = NULL;
    int last = ENOENT;
    for (char *const *e = envp; *e; e++)
        if (str_starts(*e, "PATH="))
            path = *e + 5;
    if (strchr(argv[0], '/')) {
        execve(argv[0], argv, envp);
        return -errno;
    }
    while (path && *path) {
        char full[PATH_MAX];
        size_t len = strcspn(path, ":");
        int n = snprintf(full, sizeof full, "%.*s/%s", (int)len, path, argv[0]);
        if (n > 0 && (size_t)n < sizeof full) {
            execve(full, argv, envp);
            last = errno == ENOENT || errno == ENOTDIR ? last : errno;
        }
        path += len;
        path += *path == ':';
    }
    return -last;
}

/* Take the front of the terminal. */
static int to_front(void)
{
    if (setpgid(0, 0) != 0 && errno != EACCES)
        return -errno;
    signal(SIGTTOU, SIG_IGN);
    int r = tcsetpgrp(STDIN_FILENO, getpid()) == 0 ? 0 : -errno;
    signal(SIGTTOU, SIG_DFL);
    return r;
}

/* When the process that leads a terminal's session ends, the kernel throws away what nobody has read
 * yet. So the command is not that process: the leader lets go of the terminal before it ends. */
static _Noreturn void lead(pid_t command)
{
    static const int from_terminal[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGHUP};
    int status = 0;
    for (size_t i = 0; i < array_count(from_terminal); i++)
        signal(from_terminal[i], SIG_IGN);
    close_range(STDERR_FILENO + 1, UINT32_MAX, 0);
    for (pid_t pid; (pid = waitpid(command, &status, WUNTRACED)) != command || WIFSTOPPED(status);) {
        if (pid < 0 && errno != EINTR)
            break;
        /* nobody could ask it to go on */
        if (pid == command)
            kill(-command, SIGCONT);
    }
    ioctl(STDIN_FILENO, TIOCNOTTY);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static int lead_session(void)
{
    pid_t pid = fork();
    if (pid > 0)
        lead(pid);
    return pid < 0 ? -errno : to_front();
}

static _Noreturn void become(const struct init *in, const struct run *run, int terminal, int tell)
{
    int r = setsid() < 0 ? -errno : 0;
    /* a folder that is not there is no reason to do nothing: the area's top is the parent's */
    if (r == 0 && chdir(run->folder) != 0 && chdir(in->home) != 0)
        r = -errno;
    if (r == 0)
        r = connect_streams(in, run, terminal);
    if (r == 0 && terminal >= 0)
        r = lead_session();
    if (r == 0) {
        sigprocmask(SIG_SETMASK, &in->mask, NULL);
        signal(SIGPIPE, SIG_DFL);
        r = exec_on_path(run->command.at, run->environment.at);
    }
    (void)!fd_write_full(tell, &r, sizeof r);
    _exit(127);
}

int init_start(const struct init *in, const struct run *run, int terminal, pid_t *ret)
{
    int ends[2], code = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0)
        become(in, run, terminal, ends[1]);
    int saved = errno;
    close(ends[1]);
    /* closed by a successful execve(2) */
    ssize_t n = pid > 0 ? fd_read_full(ends[0], &code, sizeof code) : 0;
    close(ends[0]);
    if (pid < 0)
        return -saved;
    if (n == (ssize_t)sizeof code && code < 0) {
        init_tidy_output(in, run->output);
        return code;
    }
    *ret = pid;
    return 0;
}

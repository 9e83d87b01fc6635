/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spawn.c owns fork and exec. Between the two it must never allocate, and it must never hand a child
 * a descriptor, a signal mask or an environment by accident. */
#include "start/spawn.h"
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

static char *const clean_environment[] = {
    (char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
    (char[]){"LANG=C.UTF-8"},
    NULL,
};

/* Instrumented builds are steered by these; an installed agent listens to no variable at all. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const char *const passed_on[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                                        "TSAN_OPTIONS"};
extern char **environ;
static char *instrumented_environment[8];

static char *const *environment(void)
{
    size_t count = 0;
    for (size_t i = 0; clean_environment[i]; i++)
        instrumented_environment[count++] = clean_environment[i];
    for (char **e = environ; e && *e && count + 1 < array_count(instrumented_environment); e++)
        for (size_t i = 0; i < array_count(passed_on); i++) {
            size_t len = strlen(passed_on[i]);
            if (strncmp(*e, passed_on[i], len) == 0 && (*e)[len] == '=')
                instrumented_environment[count++] = *e;
        }
    return instrumented_environment;
}
#else
static char *const *environment(void)
{
    return clean_environment;
}
#endif

static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(const char *path, char *const *argv, char *const *envp, int socket)
{
    setpgid(0, 0);
    reset_signals();
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0)
        _exit(127);
    if (socket >= 0 && socket != SPAWN_SOCKET_FD && dup2(socket, SPAWN_SOCKET_FD) < 0)
        _exit(127);
    if (socket == SPAWN_SOCKET_FD && fcntl(socket, F_SETFD, 0) != 0)
        _exit(127);
    unsigned first = socket >= 0 ? SPAWN_SOCKET_FD + 1 : SPAWN_SOCKET_FD;
    if (close_range(first, UINT32_MAX, 0) != 0)
        _exit(127);
    execve(path, argv, envp);
    _exit(127);
}

int spawn(const char *libexec, const char *name, const char *instance, int socket, pid_t *ret_pid)
{
    char path[PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", libexec, name) >= sizeof path)
        return -ENAMETOOLONG;
    char option[] = "--instance";
    autofree char *own_name = strdup(name);
    autofree char *own_instance = strdup(instance ? instance : "");
    if (!own_name || !own_instance)
        return -ENOMEM;
    char *argv[] = {own_name, instance ? option : NULL, own_instance, NULL};
    char *const *envp = environment();
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        become(path, argv, envp, socket);
    /* done on both sides, whoever is first: a signal to the group must find it at once */
    setpgid(pid, pid);
    *ret_pid = pid;
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify-door.c owns the starter's side of notify.sock, for tests without a starter: sekisho-notify for each
 * connection.
 *
 *   notify-door INSTANCE PROGRAM */
#include <fcntl.h>
#include <pwd.h>
#include <sekisho/paths.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "wire/wire.h"

#define SOCKET_FD 3 /* as the starter passes it */

static void serve(int sock, const char *program, const char *instance)
{
    char *argv[] = {(char[]){"sekisho-notify"}, (char[]){"--instance"}, strdup(instance), NULL};
    if (sock != SOCKET_FD)
        dup2(sock, SOCKET_FD);
    else
        fcntl(sock, F_SETFD, 0);
    execv(program, argv);
    _exit(127);
}

int main(int argc, char **argv)
{
    if (argc != 3 || sk_paths_choose(argv[1]) != 0)
        return 2;
    const struct passwd *control = getpwnam(SK_USER_CONTROL);
    int listener = wire_listen(sk_path(SK_PATH_NOTIFY_SOCKET), 0660);
    if (!control || listener < 0 || chown(sk_path(SK_PATH_NOTIFY_SOCKET), 0, control->pw_gid) != 0)
        return 2;
    fcntl(listener, F_SETFL, 0); /* wait for who comes */
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int sock = wire_accept(listener);
        if (sock < 0)
            continue;
        if (fork() == 0) {
            signal(SIGCHLD, SIG_DFL);
            serve(sock, argv[2], argv[1]);
        }
        close(sock);
    }
}

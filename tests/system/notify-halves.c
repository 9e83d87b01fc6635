/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify-halves.c owns what nobody but an attacker does to sekisho-notify: it is started on a socket that is not
 * sekisho-control's, and its second half is handed what the first would never have read. It prints what came of it.
 *
 *   notify-halves INSTANCE PROGRAM */
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sekisho/proto.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clean.h"
#include "notify/teller.h"
#include "wire/wire.h"

#define SOCKET_FD 3 /* as the starter passes it */
#define NOTICE                                                                                      \
    "{\"again\":false,\"due\":\"\",\"incident\":\"I-20261127-9999\",\"notice\":\"opened\",\"opened-at\":\"2026-11-27T05:00:00Z\","  \
    "\"skip\":[],\"trigger\":\"\",\"type\":\"theft\",\"which\":\"\"}"

/* A right notice, from root instead of sekisho-control. */
static int from_another(const char *instance, const char *program)
{
    int ends[2], status = 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0 ||
        wire_send(ends[0], SK_MSG_NOTICE, NOTICE, strlen(NOTICE), NULL, 0, 1000) != 0)
        return 2;
    pid_t pid = fork();
    if (pid == 0) {
        if (ends[1] != SOCKET_FD)
            dup2(ends[1], SOCKET_FD);
        else
            fcntl(ends[1], F_SETFD, 0);
        execl(program, "sekisho-notify", "--instance", instance, NULL);
        _exit(127);
    }
    close(ends[1]);
    waitpid(pid, &status, 0);
    autowire struct wire_message m = {0};
    int r = wire_receive(ends[0], &m, 1000);
    close(ends[0]);
    printf("from another: exit %d, %s\n", WEXITSTATUS(status), r == 0 ? "answered" : "no answer");
    return 0;
}

/* What the second half says to a notice that this changed. */
static int told(const char *what, struct notice *n)
{
    struct tell_result result = {0};
    autoclose int sock = -1;
    int r = teller_start(open("/dev/null", O_RDONLY | O_CLOEXEC), &sock);
    if (r == 0)
        r = teller_tell(sock, n, &result);
    printf("%s: %s\n", what, r == 0 ? "told" : sk_errname(r));
    return 0;
}

int main(int argc, char **argv)
{
    struct notice n = {.incident = "I-20261127-9999", .trigger = NOTICE_NONE, .which = NOTICE_NONE,
                       .opened = "2026-11-27 14:00"};
    if (argc != 3 || sk_paths_choose(argv[1]) != 0)
        return 2;
    int r = from_another(argv[1], argv[2]);
    snprintf(n.due, sizeof n.due, "x\nBcc: a@b.c");
    if (r == 0)
        r = told("another's text", &n);
    n.due[0] = '\0';
    n.type = 99;
    if (r == 0)
        r = told("a type that is none", &n);
    n.type = 0;
    return r == 0 ? told("a right one", &n) : r;
}

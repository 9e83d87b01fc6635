/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exports.c owns the sockets of programs that live for one connection, and these programs. It must never
 * read from a connection: what is said there is between who connects and the program. */
#include "start/exports.h"
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <signal.h>
#include <sys/wait.h>
#include "base/log.h"
#include "start/spawn.h"
#include "wire/wire.h"

int exports_open(struct exports *e, mode_t mode)
{
    int listener = wire_listen(sk_path((enum sk_path)e->socket), mode);
    if (listener < 0)
        return listener;
    e->listener = listener;
    return 0;
}

static pid_t *free_place(struct exports *e)
{
    for (size_t i = 0; i < EXPORTS_MAX; i++)
        if (e->running[i] == 0)
            return &e->running[i];
    return NULL;
}

unsigned exports_running(const struct exports *e)
{
    unsigned count = 0;
    for (size_t i = 0; i < EXPORTS_MAX; i++)
        count += e->running[i] != 0;
    return count;
}

int exports_listener(const struct exports *e)
{
    return exports_running(e) < EXPORTS_MAX ? e->listener : -1;
}

void exports_accept(struct exports *e)
{
    pid_t *place = free_place(e);
    if (!place)
        return;
    autoclose int sock = wire_accept_patient(e->listener);
    if (sock < 0)
        return; /* the other side gave up, or it was taken before */
    struct wire_peer peer;
    int r = wire_peer(sock, &peer);
    if (r == 0 && peer.uid != e->peer)
        r = SK_ERR_PEER; /* the socket's mode says so too; the kernel's word on the peer decides */
    if (r == 0)
        r = spawn(e->libexec, e->program, e->instance, sock, place);
    if (r != 0)
        log_error("no %s started: %s", e->program, sk_strerror(r));
    else
        log_info("%s started, process %d", e->program, (int)*place);
}

bool exports_ended(struct exports *e, pid_t pid, int status)
{
    for (size_t i = 0; i < EXPORTS_MAX; i++) {
        if (e->running[i] != pid)
            continue;
        e->running[i] = 0;
        if (WIFSIGNALED(status))
            log_warn("%s, process %d, ended by signal %d", e->program, (int)pid, WTERMSIG(status));
        else
            log_info("%s, process %d, ended with %d", e->program, (int)pid, WEXITSTATUS(status));
        return true;
    }
    return false;
}

void exports_signal(const struct exports *e, int signal_number)
{
    for (size_t i = 0; i < EXPORTS_MAX; i++)
        if (e->running[i] != 0)
            kill(-e->running[i], signal_number);
}

void exports_close(struct exports *e)
{
    if (e->listener < 0)
        return;
    close(e->listener);
    e->listener = -1;
    unlink(sk_path((enum sk_path)e->socket));
}

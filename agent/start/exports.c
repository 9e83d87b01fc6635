/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exports.c owns export.sock and the exporters. It must never read from a connection: what is said
 * there is between sekisho-device and the exporter. */
#include "start/exports.h"
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <signal.h>
#include <sys/wait.h>
#include "base/log.h"
#include "start/spawn.h"
#include "wire/wire.h"

int exports_open(struct exports *e, const char *libexec)
{
    int listener = wire_listen(sk_path(SK_PATH_EXPORT_SOCKET), 0600);
    if (listener < 0)
        return listener;
    *e = (struct exports){.listener = listener, .libexec = libexec};
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
    autoclose int sock = wire_accept(e->listener);
    if (sock < 0)
        return; /* the other side gave up, or it was taken before */
    struct wire_peer peer;
    int r = wire_peer(sock, &peer);
    if (r == 0 && peer.uid != 0)
        r = SK_ERR_PEER; /* the socket's mode says so too; the kernel's word on the peer decides */
    if (r == 0)
        r = spawn(e->libexec, "sekisho-export", NULL, sock, place);
    if (r != 0)
        log_error("no exporter started: %s", sk_strerror(r));
    else
        log_info("sekisho-export started, process %d", (int)*place);
}

bool exports_ended(struct exports *e, pid_t pid, int status)
{
    for (size_t i = 0; i < EXPORTS_MAX; i++) {
        if (e->running[i] != pid)
            continue;
        e->running[i] = 0;
        if (WIFSIGNALED(status))
            log_warn("sekisho-export, process %d, ended by signal %d", (int)pid, WTERMSIG(status));
        else
            log_info("sekisho-export, process %d, ended with %d", (int)pid, WEXITSTATUS(status));
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
    unlink(sk_path(SK_PATH_EXPORT_SOCKET));
}

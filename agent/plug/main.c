/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the start of sekisho-plug: options, socket, identity. It must never look at a device before its
 * rights are shed. */
#include <sekisho/err.h>
#include <sys/stat.h>
#include "base/log.h"
#include "base/options.h"
#include "plug/serve.h"
#include "sandbox/sandbox.h"

static const char about[] =
    "Decides what may become of devices that are plugged in: from its first look on the kernel lets in none by\n"
    "itself. Runs in the foreground, as root (then without any capability).\n";

int main(int argc, char **argv)
{
    struct server *server = NULL;
    struct sandbox *sandbox = NULL;
    log_open("sekisho-plug", LOG_LEVEL_INFO);
    int status = options_daemon(argc, argv, "sekisho-plug", about);
    if (status >= 0)
        return status;
    umask(077);
    int r = sandbox_prepare(SANDBOX_PLUG, &sandbox);
    if (r == 0)
        r = serve_open(&server);
    if (r == 0)
        r = sandbox_enter(&sandbox, 0);
    if (r == 0)
        r = serve_run();
    if (r < 0)
        log_error("ended: %s%s", sk_strerror(r), r == SK_ERR_NOT_FOUND ? " (is the installation complete?)" : "");
    server_free(&server);
    return r < 0;
}

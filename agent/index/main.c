/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the start of sekisho-index: options, socket, identity. It must never read anything of an
 * area before its rights are shed. */
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/log.h"
#include "base/options.h"
#include "index/serve.h"
#include "sandbox/sandbox.h"

#define DESCRIPTORS_WANTED 8192u /* one for each event of a read */

static const char about[] =
    "Recognises copies in open areas. Runs in the foreground, as root (then it becomes " SK_USER_INDEX
    ").\n";

int main(int argc, char **argv)
{
    static struct index index;
    struct server *server = NULL;
    struct sandbox *sandbox = NULL;
    log_open("sekisho-index", LOG_LEVEL_INFO);
    int status = options_daemon(argc, argv, "sekisho-index", about);
    if (status >= 0)
        return status;
    umask(077);
    if (fd_limit_raise(DESCRIPTORS_WANTED) != 0)
        log_warn("the number of descriptors can't be raised");
    int r = sandbox_prepare(SANDBOX_INDEX, &sandbox);
    if (r == 0)
        r = serve_open(&server);
    if (r == 0)
        r = sandbox_enter(&sandbox, 0);
    if (r == 0)
        r = index_init(&index);
    if (r != 0) {
        log_error("can't start: %s%s", sk_strerror(r),
                  r == SK_ERR_NOT_FOUND ? " (is the installation complete?)" : "");
        return 1;
    }
    log_info("ready, %zu findings wait", index.found_count);
    r = serve_run(&index);
    if (r < 0)
        log_error("the loop ended: %s", sk_strerror(r));
    index_free(&index);
    server_free(&server);
    return r < 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the start of sekisho-index: options, socket, identity. It must never read anything of an
 * area before its rights are shed. */
#include <pwd.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/str.h"
#include "index/serve.h"
#include "sandbox/sandbox.h"

#define SOCKET_MODE        0666 /* who may speak is SO_PEERCRED's word, see serve.c */
#define DESCRIPTORS_WANTED ((rlim_t)8192) /* one for each event of a read */

static const char usage[] =
    "usage: sekisho-index [--instance DIR]\n"
    "Recognises copies in open areas. Runs in the foreground, as root (then it becomes " SK_USER_INDEX
    ").\n";

static int parse(int argc, char **argv, const char **ret_instance)
{
    for (int i = 1; i < argc; i++) {
        if (str_eq(argv[i], "--help")) {
            fputs(usage, stdout);
            exit(0);
        }
        if (!str_eq(argv[i], "--instance") || i + 1 == argc) {
            fputs(usage, stderr);
            return SK_ERR_FORMAT;
        }
        *ret_instance = argv[++i];
    }
    return 0;
}

static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_warn("the number of descriptors can't be raised");
}

/* What needs the old identity. */
static int prepare(struct serve *s)
{
    const struct passwd *control = getpwnam(SK_USER_CONTROL);
    s->control = control ? control->pw_uid : (uid_t)-1;
    raise_descriptors();
    s->signals = fd_signals(false);
    if (s->signals < 0)
        return s->signals;
    s->listener = wire_listen(sk_path(SK_PATH_INDEX_SOCKET), SOCKET_MODE);
    if (s->listener < 0)
        log_error("%s: %s", sk_path(SK_PATH_INDEX_SOCKET), sk_strerror(s->listener));
    return s->listener < 0 ? s->listener : 0;
}

int main(int argc, char **argv)
{
    const char *instance = NULL;
    static struct index index;
    struct serve s = {.index = &index, .listener = -1, .signals = -1};
    struct sandbox *sandbox = NULL;
    log_open("sekisho-index", LOG_LEVEL_INFO);
    if (parse(argc, argv, &instance) != 0)
        return 2;
    if (sk_paths_choose(instance) != 0) {
        log_error("--instance must be a short absolute path");
        return 2;
    }
    umask(077);
    s.started_ns = clock_boot_ns();
    int r = sandbox_prepare(SANDBOX_INDEX, &sandbox);
    if (r == 0)
        r = prepare(&s);
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
    r = serve_run(&s);
    if (r != 0)
        log_error("the loop ended: %s", sk_strerror(r));
    index_free(&index);
    unlink(sk_path(SK_PATH_INDEX_SOCKET));
    clean_close(&s.listener);
    clean_close(&s.signals);
    return r == 0 ? 0 : 1;
}

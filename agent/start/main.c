/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the starter's order: look at the surroundings, make the folders, start, wait, stop.
 * The starter runs the agent in the foreground where no service manager does. It must never touch
 * protected data, parse what a user wrote, or answer anybody. */
#include <limits.h>
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include "base/fdio.h"
#include "base/log.h"
#include "base/str.h"
#include "start/folders.h"
#include "start/privileges.h"
#include "start/supervise.h"

enum { EXIT_STARTED = 0, EXIT_NOT_STARTED = 1, EXIT_USAGE = 2 };

#define FD_LIMIT 1024 /* highest number that --ready-fd takes */

static const char usage[] =
    "usage: sekisho-start [--instance DIR] [--libexec DIR] [--devices yes|no] [--ready-fd N]\n"
    "Runs the Sekisho agent in the foreground until SIGTERM or ^C.\n"
    "  --instance DIR  keep everything below DIR (DIR/etc, DIR/lib, DIR/run)\n"
    "  --libexec DIR   where sekishod and the other daemons are; default: beside sekisho-start\n"
    "  --devices yes|no  decide what may be plugged into this PC; default: yes, with --instance no\n"
    "  --ready-fd N    write \"ready\" and a newline to descriptor N when all is up\n";

struct options {
    const char *instance, *libexec, *ready_fd, *devices;
};

static int parse(int argc, char **argv, struct options *ret)
{
    const struct {
        const char *name;
        const char **value;
    } table[] = {{"--instance", &ret->instance},
                 {"--libexec", &ret->libexec},
                 {"--devices", &ret->devices},
                 {"--ready-fd", &ret->ready_fd}};
    for (int i = 1; i < argc; i += 2) {
        size_t row = 0;
        while (row < array_count(table) && !str_eq(argv[i], table[row].name))
            row++;
        if (row == array_count(table) || i + 1 == argc)
            return SK_ERR_FORMAT;
        *table[row].value = argv[i + 1];
    }
    return !ret->devices || str_eq(ret->devices, "yes") || str_eq(ret->devices, "no") ? 0 : SK_ERR_FORMAT;
}

/* The folder of our own executable. */
static int own_folder(char ret[static PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", ret, PATH_MAX - 1);
    if (n < 0)
        return -errno;
    ret[n] = '\0';
    char *slash = strrchr(ret, '/');
    if (!slash || slash == ret)
        return SK_ERR_FORMAT;
    *slash = '\0';
    return 0;
}

static int check_programs(const char *libexec)
{
    static const char *const names[] = {"sekisho-ledger",  "sekishod",          "sekisho-index",
                                        "sekisho-device",  "sekisho-room",      "sekisho-room-init",
                                        "sekisho-control", "sekisho-export",    "sekisho-notify",
                                        "sekisho-plug"};
    int r = 0;
    for (size_t i = 0; i < array_count(names); i++) {
        char path[PATH_MAX];
        if ((size_t)snprintf(path, sizeof path, "%s/%s", libexec, names[i]) >= sizeof path)
            return -ENAMETOOLONG;
        if (access(path, X_OK) == 0)
            continue;
        r = -errno;
        log_error("%s: %s", path, sk_strerror(r));
    }
    if (r != 0)
        log_error("build or install the agent, or say --libexec DIR");
    return r;
}

static int check_surroundings(const struct options *o, const char *libexec)
{
    const char *name;
    char wanted[FOLDERS_WANTED_CAP];
    if (geteuid() != 0) {
        log_error("must be started by root");
        return SK_ERR_STATE;
    }
    int r = logins_check(&name);
    if (r != 0) {
        log_error("%s does not exist: run systemd-sysusers with installer/sysusers.d/sekisho.conf",
                  name);
        return r;
    }
    r = instance_check(o->instance);
    if (r != 0) {
        log_error("%s: must be a folder of root that all may pass and only root may write (0755)",
                  o->instance);
        return r;
    }
    r = check_programs(libexec);
    if (r != 0)
        return r;
    r = folders_make(&name, wanted);
    if (r == SK_ERR_STATE)
        log_error("%s: exists with another owner or mode than it must have (%s)", name, wanted);
    else if (r != 0)
        log_error("%s: %s", name, sk_strerror(r));
    return r;
}

static int check_alone(const struct supervisor *s)
{
    pid_t pid;
    const char *name = supervisor_foreign(s, &pid);
    if (!name)
        return 0;
    log_error("%s (process %d) serves this instance already: stop that agent first", name,
              (int)pid);
    return SK_ERR_EXISTS;
}

static int tell_ready(int fd)
{
    static const char word[] = "ready\n";
    if (fd < 0)
        return 0;
    int r = fd_write_full(fd, word, sizeof word - 1);
    close(fd);
    return r;
}

static int serve(struct supervisor *s, int ready_fd)
{
    int r = supervisor_start(s);
    if (r != 0) {
        if (r != SK_ERR_CLOSED)
            log_error("the agent could not be started");
        supervisor_abandon(s);
        return r == SK_ERR_CLOSED ? EXIT_STARTED : EXIT_NOT_STARTED;
    }
    log_info("all is up");
    if (tell_ready(ready_fd) != 0)
        log_warn("nobody reads the descriptor of --ready-fd");
    do
        supervisor_run(s);
    while (supervisor_stop(s) != 0);
    log_info("stopped");
    return EXIT_STARTED;
}

int main(int argc, char **argv)
{
    struct options o = {0};
    static char beside[PATH_MAX];
    uint64_t ready_fd = FD_LIMIT;
    log_open("sekisho-start", LOG_LEVEL_INFO);
    if (argc == 2 && str_eq(argv[1], "--help")) {
        fputs(usage, stdout);
        return EXIT_STARTED;
    }
    if (parse(argc, argv, &o) != 0 || sk_paths_choose(o.instance) != 0 ||
        (o.ready_fd && str_to_u64(o.ready_fd, FD_LIMIT - 1, &ready_fd) != 0)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    umask(022);
    signal(SIGPIPE, SIG_IGN);
    if (!o.libexec && own_folder(beside) == 0)
        o.libexec = beside;
    static struct supervisor s;
    if (!o.libexec || check_surroundings(&o, o.libexec) != 0)
        return EXIT_NOT_STARTED;
    /* an agent of its own folders must not take over the PC's devices unasked */
    int r = supervisor_open(&s, o.libexec, o.instance, o.devices ? str_eq(o.devices, "yes") : !o.instance);
    if (r == 0 && check_alone(&s) != 0)
        return EXIT_NOT_STARTED;
    if (r == 0)
        r = supervisor_listen(&s);
    if (r == 0)
        r = privileges_reduce();
    if (r != 0) {
        log_error("%s", sk_strerror(r));
        return EXIT_NOT_STARTED;
    }
    return serve(&s, ready_fd < FD_LIMIT ? (int)ready_fd : -1);
}

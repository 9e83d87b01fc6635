/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns sekishod's command line. It must never do what an option does not say. */
#include <sekisho/err.h>
#include <sekisho/paths.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/str.h"
#include "keeper/keeper.h"

static const char usage[] =
    "Usage: sekishod [--instance DIR]\n"
    "Guard the open areas: refuse or allow each opening of a protected file, and record it.\n"
    "Runs in the foreground until SIGTERM, and then until no guarded filesystem is mounted.\n"
    "\n"
    "  --instance DIR  serve the instance in DIR instead of the one in /etc/sekisho\n"
    "  --help          print this\n"
    "  --version       print the version\n";

/* 0 = go on, 1 = printed and done, negative = wrong. */
static int read_arguments(int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        if (str_eq(arguments[i], "--help") || str_eq(arguments[i], "-h")) {
            fputs(usage, stdout);
            return 1;
        }
        if (str_eq(arguments[i], "--version")) {
            puts("sekishod " SEKISHO_VERSION);
            return 1;
        }
        if (!str_eq(arguments[i], "--instance") || i + 1 == count) {
            fprintf(stderr, "sekishod: unexpected argument\n%s", usage);
            return SK_ERR_FORMAT;
        }
        int r = sk_paths_choose(arguments[++i]);
        if (r != 0) {
            fprintf(stderr, "sekishod: --instance: not an absolute path of usable length: %s\n",
                    sk_strerror(r));
            return r;
        }
    }
    return 0;
}

int main(int count, char **arguments)
{
    struct keeper k;
    int r = read_arguments(count, arguments);
    if (r != 0)
        return r == 1 ? 0 : 2;
    log_open("sekishod", LOG_LEVEL_INFO);
    if (keeper_start(&k) != 0)
        return 1;
    log_info("guarding");
    _exit(keeper_run(&k));
}

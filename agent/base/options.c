/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options.c owns the arguments of daemons. It must never go on after one that it does not know. */
#include "base/options.h"
#include <stdio.h>
#include <sekisho/paths.h>
#include "base/str.h"

#define EXIT_USAGE 2

int options_daemon(int argc, char **argv, const char *name, const char *about)
{
    const char *instance = NULL;
    for (int i = 1; i < argc; i++) {
        if (str_eq(argv[i], "--help") || str_eq(argv[i], "-h")) {
            printf("usage: %s [--instance DIR]\n%s", name, about);
            return 0;
        }
        if (str_eq(argv[i], "--version")) {
            printf("%s " SEKISHO_VERSION "\n", name);
            return 0;
        }
        if (!str_eq(argv[i], "--instance") || i + 1 == argc) {
            fprintf(stderr, "usage: %s [--instance DIR]\n", name);
            return EXIT_USAGE;
        }
        instance = argv[++i];
    }
    if (sk_paths_choose(instance) == 0)
        return -1;
    fprintf(stderr, "%s: --instance needs an absolute path of at most 80 bytes\n", name);
    return EXIT_USAGE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arguments that all daemons share: --instance DIR, --help, --version. */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include "base/clean.h"

/* Choose the instance (sk_paths_choose). -1: go on; else the status to exit with, everything is
 * printed. about: what the daemon does, whole lines. */
int options_daemon(int argc, char **argv, const char *name, const char *about) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting one program with nothing inherited but what it is meant to have. */
#ifndef START_SPAWN_H
#define START_SPAWN_H

#include <sys/types.h>
#include "base/clean.h"

#define SPAWN_SOCKET_FD 3 /* where an exporter finds its connection */

/* Start libexec/name in a process group of its own with a clean environment, stdin from /dev/null,
 * stdout and stderr as ours, and of all other descriptors only `socket` (if not negative) as
 * SPAWN_SOCKET_FD. instance (NULL: none) is given as "--instance DIR".
 * 0 and the process in *ret_pid, or -errno. A program that can't be executed exits with 127. */
int spawn(const char *libexec, const char *name, const char *instance, int socket,
          pid_t *ret_pid) SK_MUST_CHECK;

#endif

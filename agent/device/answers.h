/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Storage that answers no more: a question to it ends when we say so, not when it likes. */
#ifndef DEVICE_ANSWERS_H
#define DEVICE_ANSWERS_H

#include <sekisho/err.h>
#include <sys/types.h>
#include "base/clean.h"

/* Wait for the end of a child that visits what may never answer; then it is ended. 0, SK_ERR_TIMEOUT. */
int answers_wait(pid_t child, int limit_ms) SK_MUST_CHECK;

/* Does the file system that this absolute path leads to answer, whatever the answer is? 0, SK_ERR_TIMEOUT, -errno. */
int answers_at(const char *path) SK_MUST_CHECK;

#endif

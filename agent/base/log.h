/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A daemon's own log lines, on stderr. Only a process's own code calls these, never a library. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/clean.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Name that starts each line, and the least important level that is written. stderr is made
 * non-blocking-safe by the writer: a line that can't be written at once is dropped and counted. */
void log_open(const char *process, enum log_level least);

/* One line "<process>: <level>: text"; control characters in the text are escaped. */
void log_error(const char *format, ...) SK_PRINTF(1, 2);
void log_warn(const char *format, ...) SK_PRINTF(1, 2);
void log_info(const char *format, ...) SK_PRINTF(1, 2);
void log_debug(const char *format, ...) SK_PRINTF(1, 2);

#endif

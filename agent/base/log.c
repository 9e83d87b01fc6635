/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log.c owns stderr lines of daemons. It must never block: a full pipe loses a line, because a
 * log reader may itself wait for a file that the agent guards. It allocates nothing. */
#include "base/log.h"
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/phrase.h"

#define LOG_LINE_MAX 1024 /* bytes, newline included */

static const char *log_process = "sekisho";
static enum log_level log_least = LOG_LEVEL_INFO;
static unsigned long log_lost; /* lines */

void log_open(const char *process, enum log_level least)
{
    log_process = process;
    log_least = least;
}

static void put(char line[static LOG_LINE_MAX], size_t len)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT) || write(STDERR_FILENO, line, len) < 0)
        log_lost++;
}

/* C0, DEL, and C1 in its UTF-8 form (U+009B starts a control sequence on some terminals) */
static void hide_control(char *at)
{
    if ((unsigned char)at[0] < 0x20 || at[0] == 0x7f) {
        at[0] = '?';
    } else if ((unsigned char)at[0] == 0xc2 && ((unsigned char)at[1] & 0xe0) == 0x80) {
        at[0] = '?';
        at[1] = '?';
    }
}

static void log_line(enum log_level level, const char *format, va_list ap)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    if (level > log_least)
        return;
    char line[LOG_LINE_MAX];
    int head = snprintf(line, sizeof line, "%s: %s: ", log_process, names[level]);
    int body = vsnprintf(line + head, sizeof line - (size_t)head - 1, format, ap);
    if (body < 0)
        return;
    phrase_plain(line);
    size_t len = strlen(line);
    for (size_t i = 0; i < len; i++)
        hide_control(line + i);
    line[len] = '\n';
    put(line, len + 1);
}

#define LOG_FUNCTION(name, level)                                                                  \
    void name(const char *format, ...)                                                             \
    {                                                                                              \
        va_list ap;                                                                                \
        va_start(ap, format);                                                                      \
        log_line(level, format, ap);                                                               \
        va_end(ap);                                                                                \
    }
LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

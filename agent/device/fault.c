/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault.c owns the sentence that a refusal is answered with. It must never let an unescaped file
 * name or a second failure replace what was said first. */
#include "device/fault.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sekisho/err.h>
#include "base/str.h"

static void write_text(struct fault *f, int code, const char *format, va_list ap)
{
    f->code = code;
    if (vsnprintf(f->why, sizeof f->why, format, ap) < 0)
        f->why[0] = '\0';
}

int fault_set(struct fault *f, int code, const char *format, ...)
{
    if (f->code != 0)
        return f->code;
    va_list ap;
    va_start(ap, format);
    write_text(f, code, format, ap);
    va_end(ap);
    return f->code;
}

int fault_errno(struct fault *f, int error, const char *format, ...)
{
    if (f->code != 0)
        return f->code;
    va_list ap;
    va_start(ap, format);
    write_text(f, -error, format, ap);
    va_end(ap);
    size_t len = strlen(f->why);
    snprintf(f->why + len, sizeof f->why - len, ": %s", sk_strerror(-error));
    return f->code;
}

const char *fault_shown(struct buf *b, const char *raw)
{
    buf_reset(b);
    str_escape(b, raw, strlen(raw));
    return b->err || !b->data ? "" : b->data;
}

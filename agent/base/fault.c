/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault.c owns the sentence that a refusal is answered with. It must never let a second failure
 * replace what was said first. */
#include "base/fault.h"
#include <sekisho/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"

static void write_text(struct fault *f, int code, const char *format, va_list ap)
{
    f->code = code;
    phrase_vprint(f->why, sizeof f->why, format, ap);
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
    snprintf(f->why + len, sizeof f->why - len, ": %s", PHRASE_ERROR(-error));
    return f->code;
}

int fault_reason(struct fault *f, enum sk_reason reason)
{
    if (f->code == 0)
        f->reason = reason;
    return fault_set(f, SK_ERR_REFUSED, "%s", sk_reason_phrase(reason));
}

const char *fault_shown(struct buf *b, const char *raw)
{
    buf_reset(b);
    str_escape(b, raw, strlen(raw));
    return b->err || !b->data ? "" : b->data;
}

int fault_path(struct fault *f, const char *path, int error)
{
    autobuf struct buf shown = {0};
    return fault_set(f, error, "%s: %s", fault_shown(&shown, path), PHRASE_ERROR(error));
}

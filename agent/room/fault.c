/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault.c owns the remembering of the first failure. It must never overwrite a cause. */
#include "room/fault.h"
#include <sekisho/err.h>
#include <stdarg.h>

static void say(struct fault *f, const char *format, va_list ap)
{
    vsnprintf(f->why, sizeof f->why, format, ap);
}

int fault_set(struct fault *f, int code, const char *format, ...)
{
    va_list ap;
    if (f->code != 0)
        return f->code;
    f->code = code;
    va_start(ap, format);
    say(f, format, ap);
    va_end(ap);
    return code;
}

int fault_errno(struct fault *f, int error, const char *format, ...)
{
    va_list ap;
    char text[FAULT_TEXT_CAP / 2];
    if (f->code != 0)
        return f->code;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return fault_set(f, -error, "%s: %s", text, sk_strerror(-error));
}

int fault_reason(struct fault *f, enum sk_reason reason)
{
    if (f->code == 0)
        f->reason = reason;
    return fault_set(f, SK_ERR_REFUSED, "%s", sk_reason_text(reason));
}

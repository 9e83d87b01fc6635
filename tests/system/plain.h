/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A message's JSON text as tests compare it: its sentences in English, without the marks of phrases. */
#ifndef TESTS_PLAIN_H
#define TESTS_PLAIN_H

#include <string.h>
#include <strings.h>
#include "wire/wire.h"

static inline const char *plain_text(const struct wire_message *m)
{
    static const size_t len = 6; /* "\u0002" */
    char *from = m->payload.data, *to = from;
    while (from && *from) {
        if (strncmp(from, "\\u0002", len) == 0 || strncmp(from, "\\u0003", len) == 0) {
            from += len;
        } else if (strncasecmp(from, "\\u000e", len) == 0) {
            const char *end = strcasestr(from, "\\u000f");
            from += end ? (size_t)(end - from) + len : strlen(from);
        } else {
            *to++ = *from++;
        }
    }
    if (to)
        *to = '\0';
    return to ? m->payload.data : "";
}

#endif

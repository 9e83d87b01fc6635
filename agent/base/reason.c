/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reason.c owns the names of reasons. It must never translate. */
#include <sekisho/reason.h>
#include "base/phrase.h"

static const struct {
    const char *name;
    const char *text;
    const char *phrase;
} rows[SK_REASON_COUNT] = {
#define SK_REASON_ROW(id, name, text) [SK_REASON_##id] = {name, text, PHRASE(text)},
    SK_REASONS(SK_REASON_ROW)
};

const char *sk_reason_name(enum sk_reason reason)
{
    return (unsigned)reason < SK_REASON_COUNT ? rows[reason].name : "unknown";
}

const char *sk_reason_text(enum sk_reason reason)
{
    return (unsigned)reason < SK_REASON_COUNT ? rows[reason].text : "unknown reason";
}

const char *sk_reason_phrase(enum sk_reason reason)
{
    return (unsigned)reason < SK_REASON_COUNT ? rows[reason].phrase : "unknown reason";
}

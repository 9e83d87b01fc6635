/* SPDX-License-Identifier: GPL-3.0-or-later */
/* failure.c owns the table of failures. It must never allocate, block or log: it runs while an
 * opener waits. */
#include "watch/failure.h"
#include "watch/shared.h"

static const struct {
    const char *name;
    enum failure_action action;
    const char *text;
} rows[FAILURE_COUNT] = {
#define FAILURE_ROW(name, action, text) [FAILURE_OF_##name] = {#name, action, text},
    FAILURES(FAILURE_ROW)
};

enum failure_action failure_note(const struct guard *g, enum failure which)
{
    atomic_fetch_add_explicit(&g->shared->failures[which], 1, memory_order_relaxed);
    if (rows[which].action == FAILURE_GAP)
        ring_count_lost(g->ring);
    return rows[which].action;
}

const char *failure_name(enum failure which)
{
    return rows[which].name;
}

const char *failure_text(enum failure which)
{
    return rows[which].text;
}

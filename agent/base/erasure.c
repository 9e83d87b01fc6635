/* SPDX-License-Identifier: GPL-3.0-or-later */
/* erasure.c owns the names of statements and the class that they leave. It must never name a class that
 * a statement forbids. */
#include <sekisho/erasure.h>
#include <stdbool.h>
#include "base/clean.h"

static const struct {
    const char *name, *text;
    unsigned char plain, keys;
} rows[SK_STATEMENT_COUNT] = {
#define SK_STATEMENT_ROW(id, name, plain, keys, text) [SK_STATEMENT_##id] = {name, text, plain, keys},
    SK_STATEMENTS(SK_STATEMENT_ROW)
};

_Static_assert(SK_STATEMENT_COUNT <= 32, "a set is one word");

const char *sk_statement_name(unsigned statement)
{
    return statement < SK_STATEMENT_COUNT ? rows[statement].name : "unknown";
}

const char *sk_statement_text(unsigned statement)
{
    return statement < SK_STATEMENT_COUNT ? rows[statement].text : "unknown";
}

unsigned sk_erasure_class(unsigned statements)
{
    bool keys = statements & SK_STATEMENT_BIT(KEYS);
    unsigned reached = keys ? 2 : statements & SK_STATEMENT_BIT(OVERWRITTEN) ? 1 : 0;
    for (unsigned i = 0; i < SK_STATEMENT_COUNT; i++) {
        unsigned most = keys ? rows[i].keys : rows[i].plain;
        if ((statements & (1u << i)) && most < reached)
            reached = most;
    }
    return reached;
}

const char *sk_erasure_class_name(unsigned number)
{
    static const char *const names[] = SK_ERASURE_CLASSES;
    return number < array_count(names) ? names[number] : names[0];
}

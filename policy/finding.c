/* SPDX-License-Identifier: GPL-3.0-or-later */
/* finding.c owns the list of findings. It must never let bytes of a policy file reach a screen
 * unescaped. */
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "policy/table.h"

#define FIRST_ROOM 16 /* findings */

static void clear(struct policy_finding *f)
{
    free(f->found);
    free(f->allowed);
    free(f->nearest);
    free(f->text);
}

void policy_findings_free(struct policy_findings *f)
{
    for (size_t i = 0; i < f->count; i++)
        clear(&f->items[i]);
    free(f->items);
    *f = (struct policy_findings){0};
}

static char *escaped(const char *text)
{
    struct buf b = {0};
    if (text)
        str_escape(&b, text, strlen(text));
    return buf_steal(&b);
}

/* items has room for powers of two from FIRST_ROOM on. */
static int make_room(struct policy_findings *f)
{
    bool full = f->count == 0 || (f->count >= FIRST_ROOM && (f->count & (f->count - 1)) == 0);
    if (!full)
        return 0;
    size_t room = f->count == 0 ? FIRST_ROOM : f->count * 2;
    struct policy_finding *items = realloc(f->items, room * sizeof *items);
    if (!items)
        return -ENOMEM;
    f->items = items;
    return 0;
}

/* The same of what phrases may stand in. */
static char *escaped_phrase(const char *text)
{
    struct buf b = {0};
    phrase_escape(&b, text ? text : "");
    return buf_steal(&b);
}

int policy_note_vadd(struct policy_findings *f, const struct policy_note *note, const char *text, va_list ap)
{
    if (f->count >= POLICY_FINDINGS_MAX) {
        f->cut = true;
        f->errors += note->severity == POLICY_ERROR;
        return 0;
    }
    if (make_room(f) != 0)
        return -ENOMEM;
    autobuf struct buf sentence = {0};
    phrase_vput(&sentence, text, ap);
    if (sentence.err)
        return -ENOMEM;
    struct policy_finding new = {
        .severity = note->severity,
        .line = note->line,
        .code = note->code,
        .found = escaped(note->found),
        .allowed = escaped_phrase(note->allowed),
        .nearest = escaped(note->nearest),
        .text = escaped_phrase(sentence.data),
    };
    if (!new.found || !new.allowed || !new.nearest || !new.text) {
        clear(&new);
        return -ENOMEM;
    }
    f->items[f->count++] = new;
    f->errors += note->severity == POLICY_ERROR;
    return 0;
}

int policy_note_add(struct policy_findings *f, const struct policy_note *note, const char *text, ...)
{
    va_list ap;
    va_start(ap, text);
    int r = policy_note_vadd(f, note, text, ap);
    va_end(ap);
    return r;
}

void policy_findings_sort(struct policy_findings *f)
{
    /* insertion: stable, short, and findings come nearly in order */
    for (size_t i = 1; i < f->count; i++) {
        struct policy_finding one = f->items[i];
        size_t at = i;
        for (; at > 0 && f->items[at - 1].line > one.line; at--)
            f->items[at] = f->items[at - 1];
        f->items[at] = one;
    }
}

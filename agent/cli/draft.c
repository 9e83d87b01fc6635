/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft.c owns how a policy's text is changed in single places. It must never touch a line that it was not asked to
 * change, and never judge what it writes: the policy library does. */
#include "cli/draft.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/clean.h"
#include "base/str.h"

#define LINES_STEP 256

void draft_free(struct draft *d)
{
    for (size_t i = 0; i < d->count; i++)
        free(d->lines[i]);
    free(d->lines);
    *d = (struct draft){0};
}

/* Takes line. */
static int insert(struct draft *d, size_t at, char *line)
{
    if (line && (d->count == d->cap || !d->lines)) {
        char **more = reallocarray(d->lines, d->cap + LINES_STEP, sizeof *more);
        if (!more) {
            free(line);
            return -ENOMEM;
        }
        d->lines = more;
        d->cap += LINES_STEP;
    }
    if (!line)
        return -ENOMEM;
    memmove(d->lines + at + 1, d->lines + at, (d->count - at) * sizeof *d->lines);
    d->lines[at] = line;
    d->count++;
    return 0;
}

int draft_read(const char *text, struct draft *ret)
{
    struct cursor c;
    const char *line;
    size_t len;
    int r = 0;
    *ret = (struct draft){0};
    cursor_init(&c, text, strlen(text));
    while (r == 0 && cursor_line(&c, &line, &len))
        r = insert(ret, ret->count, strndup(line, len > 0 && line[len - 1] == '\r' ? len - 1 : len));
    return r;
}

int draft_write(const struct draft *d, struct buf *out)
{
    for (size_t i = 0; i < d->count; i++) {
        buf_puts(out, d->lines[i]);
        buf_putc(out, '\n');
    }
    return out->err;
}

static const char *trimmed(const char *line)
{
    return line + strspn(line, " \t");
}

/* Where the value begins if this line is that key's, else NULL. */
static const char *value_on(const char *line, const char *key)
{
    const char *at = trimmed(line);
    size_t len = strlen(key);
    if (strncmp(at, key, len) != 0)
        return NULL;
    at = trimmed(at + len);
    return *at == '=' ? trimmed(at + 1) : NULL;
}

/* The line (from 0) after the section's last, which is not empty. */
static size_t end_of(const struct draft *d, size_t head)
{
    size_t end = head, at = head;
    for (; at < d->count && *trimmed(d->lines[at]) != '['; at++)
        if (*trimmed(d->lines[at]))
            end = at + 1;
    return end;
}

/* Is this line that key's, alone or as one of a list ("key.2 = …")? */
static bool belongs(const char *line, const char *key)
{
    const char *at = trimmed(line);
    size_t len = strlen(key), digits;
    if (value_on(line, key))
        return true;
    if (strncmp(at, key, len) != 0 || at[len] != '.')
        return false;
    at += len + 1;
    digits = strspn(at, "0123456789");
    return digits > 0 && *trimmed(at + digits) == '=';
}

static bool find(const struct draft *d, size_t head, const char *key, size_t *ret)
{
    for (size_t at = head; at < end_of(d, head); at++)
        if (value_on(d->lines[at], key)) {
            *ret = at;
            return true;
        }
    return false;
}

const char *draft_value(const struct draft *d, size_t head, const char *key)
{
    size_t at;
    return find(d, head, key, &at) ? value_on(d->lines[at], key) : NULL;
}

static void take_away(struct draft *d, size_t at)
{
    free(d->lines[at]);
    memmove(d->lines + at, d->lines + at + 1, (d->count - at - 1) * sizeof *d->lines);
    d->count--;
}

int draft_set(struct draft *d, size_t head, const char *key, const char *value)
{
    autobuf struct buf line = {0};
    size_t place = 0;
    bool there = false;
    if (value)
        buf_printf(&line, "%s = %s", key, value);
    if (line.err)
        return line.err;
    for (size_t at = end_of(d, head); at-- > head;)
        if (belongs(d->lines[at], key)) {
            take_away(d, at);
            place = at;
            there = true;
        }
    return value ? insert(d, there ? place : end_of(d, head), buf_steal(&line)) : 0;
}

int draft_add(struct draft *d, const char *kind, const char *id, size_t *ret_head)
{
    autobuf struct buf line = {0};
    buf_printf(&line, "[%s %s]", kind, id);
    int r = line.err ? line.err : insert(d, d->count, strdup(""));
    if (r == 0)
        r = insert(d, d->count, buf_steal(&line));
    *ret_head = d->count;
    return r;
}

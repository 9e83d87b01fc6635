/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen.c owns how things look on a terminal. It must never print a byte from outside that could
 * steer the terminal, and never change what a text says. */
#include "cli/screen.h"
#include <string.h>
#include "base/clean.h"
#include "base/str.h"
#include "cli/cli.h"

#define COLUMN_GAP    2
#define CELL_MAX      60 /* columns; a longer cell pushes its row, not the table */

void screen_put(FILE *out, const char *text)
{
    autobuf struct buf b = {0};
    screen_safe(&b, text);
    if (b.data)
        fwrite(b.data, 1, b.len, out);
}

void screen_pad(struct buf *b, size_t from, size_t columns)
{
    if (b->err)
        return;
    size_t used = b->len > from ? str_columns(b->data + from, b->len - from) : 0;
    for (; used < columns; used++)
        buf_putc(b, ' ');
}

void screen_line(const char *name, const char *value)
{
    autobuf struct buf b = {0};
    buf_puts(&b, name);
    screen_pad(&b, 0, SCREEN_NAME_COLUMNS);
    buf_putc(&b, ' ');
    screen_safe(&b, value);
    puts(b.err ? value : b.data);
}

struct screen_table {
    size_t columns;
    size_t count; /* cells, headings included */
    char **cells;
    bool failed;
};

static void add_cells(struct screen_table *t, const char *const *cells, bool safe)
{
    char **grown = reallocarray(t->cells, t->count + t->columns, sizeof *grown);
    if (!grown) {
        t->failed = true;
        return;
    }
    t->cells = grown;
    for (size_t i = 0; i < t->columns; i++) {
        autobuf struct buf b = {0};
        buf_puts(&b, "");
        if (safe)
            screen_safe(&b, cells[i]);
        else
            buf_puts(&b, cells[i]);
        char *cell = buf_steal(&b);
        t->failed |= cell == NULL;
        t->cells[t->count++] = cell;
    }
}

struct screen_table *screen_table_new(const char *const *headings, size_t columns)
{
    struct screen_table *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->columns = columns;
    add_cells(t, headings, false);
    return t;
}

void screen_table_free(struct screen_table **t)
{
    if (!*t)
        return;
    for (size_t i = 0; i < (*t)->count; i++)
        free((*t)->cells[i]);
    free((*t)->cells);
    free(steal_ptr(t));
}

void screen_table_add(struct screen_table *t, const char *const *cells)
{
    if (t)
        add_cells(t, cells, true);
}

static size_t column_width(const struct screen_table *t, size_t column)
{
    size_t widest = 0;
    for (size_t i = column; i < t->count; i += t->columns) {
        size_t width = str_columns(t->cells[i], strlen(t->cells[i]));
        if (width > widest && width <= CELL_MAX)
            widest = width;
    }
    return widest;
}

int screen_table_print(const struct screen_table *t)
{
    if (!t || t->failed)
        return -ENOMEM;
    autobuf struct buf b = {0};
    for (size_t i = 0; i < t->count; i++) {
        size_t column = i % t->columns;
        size_t from = b.len;
        buf_puts(&b, t->cells[i]);
        if (column + 1 < t->columns) {
            screen_pad(&b, from, column_width(t, column));
            for (int gap = 0; gap < COLUMN_GAP; gap++)
                buf_putc(&b, ' ');
            continue;
        }
        while (!b.err && b.len > 0 && b.data[b.len - 1] == ' ')
            b.data[--b.len] = '\0';
        buf_putc(&b, '\n');
    }
    if (b.err)
        return b.err;
    fputs(b.data, stdout);
    return 0;
}

void screen_form_put(struct screen_form *f, const struct buf *text)
{
    autobuf struct buf b = {0};
    buf_puts(&b, f->heading);
    screen_pad(&b, 0, f->columns);
    buf_putc(&b, ' ');
    if (text->len)
        buf_put(&b, text->data, text->len);
    else
        buf_puts(&b, f->japanese ? "未記入" : "not entered");
    f->heading = "";
    if (!b.err && !text->err)
        puts(b.data);
}

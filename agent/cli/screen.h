/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text on a terminal: aligned by the columns that it gives to each, in lines, tables and forms. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>
#include <stdio.h>
#include "base/buf.h"
#include "client/screen.h"

/* screen_safe to a stream. */
void screen_put(FILE *out, const char *text);

/* Append spaces until what was appended since `from` is `columns` wide. */
void screen_pad(struct buf *b, size_t from, size_t columns);

/* One line "name: value", the name already translated; values of one block line up at the column
 * SCREEN_NAME_COLUMNS. The value is printed safely. */
#define SCREEN_NAME_COLUMNS 18
void screen_line(const char *name, const char *value);

/* A table that is printed once all rows are known. Cells are copied and made safe. */
struct screen_table;
struct screen_table *screen_table_new(const char *const *headings, size_t columns);
void screen_table_free(struct screen_table **t);
/* One row, `columns` cells. A failed allocation shows up in screen_table_print. */
void screen_table_add(struct screen_table *t, const char *const *cells);
/* To stdout. 0 or -ENOMEM. */
int screen_table_print(const struct screen_table *t);
#define autotable __attribute__((cleanup(screen_table_free)))

/* A form on paper that is told line by line: a heading once, then lines that stand under each other. */
struct screen_form {
    bool japanese;
    size_t columns;      /* of headings */
    const char *heading; /* of the next line, "" once it was printed */
};
/* Print one line; no text is "not entered". Text is safe already. */
void screen_form_put(struct screen_form *f, const struct buf *text);

#endif

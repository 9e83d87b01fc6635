/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text for people: escaped, aligned by the columns that a terminal gives to it, sizes, times. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "base/buf.h"

/* Append text that came from outside so that it can't steer a terminal. Text that is already in
 * the form of str_escape (names from records) is taken as it is, anything else is escaped. */
void screen_safe(struct buf *b, const char *text);

/* The same to a stream. */
void screen_put(FILE *out, const char *text);

/* Append spaces until what was appended since `from` is `columns` wide. */
void screen_pad(struct buf *b, size_t from, size_t columns);

/* Append "12,345 bytes (12.1 KiB)", translated. */
void screen_size(struct buf *b, uint64_t bytes, bool japanese);

/* Append "12.1 KiB" or "345 B". */
void screen_short_size(struct buf *b, uint64_t bytes);

/* Append a record's time (RFC 3339) or date as people read it, in Japan's time:
 * "2026-11-21 09:15:30 +09:00", or in Japanese "令和8年11月21日 9時15分 (2026-11-21 09:15:30 +09:00)".
 * What is no time is appended safely as it is. */
void screen_time(struct buf *b, const char *text, bool japanese);

/* Append "3 h 20 min" for nanoseconds. */
void screen_duration(struct buf *b, uint64_t ns);

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

/* "name (id)" of a person object, or the id or login alone, or "" when there is none. */
void screen_person(struct buf *b, const json_t *person);

/* A row's "why" in the reader's language, where it is known. */
const char *screen_remark(const json_t *row);

#endif

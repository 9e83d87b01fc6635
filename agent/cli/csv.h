/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records as a table for spreadsheets, to stdout: RFC 4180, UTF-8 with its mark, lines end in CRLF,
 * no cell is a formula. */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include <jansson.h>
#include <stdint.h>

/* One line of cells; the first one of a file goes behind csv_mark. */
void csv_mark(void);
void csv_line(const char *const *cells, size_t count);

/* The mark and the columns' names; then one row for each record. */
void csv_head(void);
void csv_record(uint64_t seq, const json_t *record);

#endif

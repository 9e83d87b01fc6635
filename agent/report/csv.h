/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables for spreadsheets: RFC 4180, UTF-8 with its mark, lines end in CRLF, no cell is a formula. */
#ifndef REPORT_CSV_H
#define REPORT_CSV_H

#include <jansson.h>
#include <stdbool.h>
#include "base/buf.h"

#define CSV_MARK "\xef\xbb\xbf" /* tells a spreadsheet that the text is UTF-8 */

/* One cell; `first` of its line. Line breaks stay, other control characters are written \xHH. A cell
 * that a spreadsheet would take for a formula gets an apostrophe in front, controls of direction are \u{HHHH}. */
void csv_cell(struct buf *out, bool first, const char *text);
void csv_line_end(struct buf *out);

/* A whole paper. 0 or -ENOMEM, SK_ERR_LIMIT. */
int report_csv(const json_t *document, struct buf *out) SK_MUST_CHECK;

#endif

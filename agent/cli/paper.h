/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages for people outside, as one HTML file that needs no other: A4 when printed, Japanese beside
 * English, every text from outside escaped. */
#ifndef CLI_PAPER_H
#define CLI_PAPER_H

#include "base/buf.h"

/* Begin the page; both titles are shown. All functions append to out, look at out->err at the end. */
void paper_begin(struct buf *out, const char *title_ja, const char *title_en);
void paper_end(struct buf *out);

/* A heading and a paragraph; the texts are HTML that the program itself wrote. */
void paper_heading(struct buf *out, const char *ja, const char *en);
void paper_text(struct buf *out, const char *ja, const char *en);

/* A table of names and values; values are escaped. */
void paper_table_begin(struct buf *out);
void paper_row(struct buf *out, const char *ja, const char *en, const char *value);
void paper_table_end(struct buf *out);

/* Lines that are to be copied exactly; escaped. */
void paper_exact(struct buf *out, const char *text);

/* Text from outside. */
void paper_escape(struct buf *out, const char *text);

#endif

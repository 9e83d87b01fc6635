/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages as one PDF, by programs that are installed: Chromium, Chrome or WeasyPrint, started as the person
 * themselves, on pages that refer to nothing outside of themselves and forbid scripts, without names of hosts.
 * A browser needs some 2 MB for each sheet, so a long paper is printed in several runs, which qpdf or pdfunite
 * joins. */
#ifndef REPORT_PDF_H
#define REPORT_PDF_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"

#define PDF_MARK "%PDF-" /* that one begins with */

#define PDF_TIME_LIMIT_S 900 /* for each run; 500 rows are some 125 sheets */
#define PDF_PAGE_MAX     ((size_t)64 * 1024 * 1024) /* bytes of the PDF */

/* The program that would be used ("/usr/bin/chromium"), or NULL when there is none. As root WeasyPrint
 * only: a browser's walls need an ordinary login. */
const char *pdf_program(void);

/* Can runs be joined? */
bool pdf_joins(void);

/* Append the PDF of the pages, and behind it the mark as a comment. 0; SK_ERR_NOT_FOUND (no program),
 * SK_ERR_TIMEOUT, SK_ERR_STATE (the program failed; what it said is in ret_said), SK_ERR_LIMIT,
 * -errno. */
int pdf_make(const struct buf *pages, size_t count, const char *mark, struct buf *out, struct buf *ret_said)
    SK_MUST_CHECK;

/* Are they the same but for when they were made and how such a file is named (ISO 32000-1, 14.3.3, 14.4)?
 * Both are changed where these stand. */
bool pdf_same(struct buf *a, struct buf *b);

#endif

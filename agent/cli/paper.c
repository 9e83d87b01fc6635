/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper.c owns the look of printed pages. It must never put text from outside into a page unescaped,
 * nor a reference to anything outside of the page. */
#include "cli/paper.h"
#include <string.h>

static const char style[] =
    "@page{size:A4;margin:18mm}"
    "body{font-family:\"Noto Sans CJK JP\",\"IPAexGothic\",\"TakaoPGothic\",sans-serif;"
    "font-size:10.5pt;line-height:1.55;color:#000;max-width:174mm;margin:0 auto}"
    "h1{font-size:17pt;margin:0 0 1mm}h2{font-size:12pt;margin:6mm 0 1mm;border-bottom:.3mm solid #000}"
    ".en{color:#444;font-size:9pt;font-weight:normal}p{margin:1mm 0}"
    "table{border-collapse:collapse;width:100%}th,td{border:.2mm solid #000;padding:1.2mm 2mm;"
    "text-align:left;vertical-align:top}th{width:45mm;font-weight:normal;background:#f2f2f2}"
    "pre{font-family:\"DejaVu Sans Mono\",monospace;font-size:9.5pt;border:.3mm solid #000;"
    "padding:2mm;white-space:pre-wrap;overflow-wrap:anywhere}";

void paper_escape(struct buf *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            buf_puts(out, "&amp;");
            break;
        case '<':
            buf_puts(out, "&lt;");
            break;
        case '>':
            buf_puts(out, "&gt;");
            break;
        case '"':
            buf_puts(out, "&quot;");
            break;
        default:
            buf_putc(out, *text);
        }
    }
}

void paper_begin(struct buf *out, const char *title_ja, const char *title_en)
{
    buf_printf(out, "<!DOCTYPE html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\">"
               "<title>%s / %s</title>\n<style>%s</style></head>\n<body>\n"
               "<h1>%s <span class=\"en\">%s</span></h1>\n", title_ja, title_en, style, title_ja,
               title_en);
}

void paper_end(struct buf *out)
{
    buf_puts(out, "</body></html>\n");
}

void paper_heading(struct buf *out, const char *ja, const char *en)
{
    buf_printf(out, "<h2>%s <span class=\"en\">%s</span></h2>\n", ja, en);
}

void paper_text(struct buf *out, const char *ja, const char *en)
{
    buf_printf(out, "<p>%s</p>\n<p class=\"en\" lang=\"en\">%s</p>\n", ja, en);
}

void paper_table_begin(struct buf *out)
{
    buf_puts(out, "<table>\n");
}

void paper_row(struct buf *out, const char *ja, const char *en, const char *value)
{
    buf_printf(out, "<tr><th>%s<br><span class=\"en\">%s</span></th><td>", ja, en);
    paper_escape(out, value);
    buf_puts(out, "</td></tr>\n");
}

void paper_table_end(struct buf *out)
{
    buf_puts(out, "</table>\n");
}

void paper_exact(struct buf *out, const char *text)
{
    buf_puts(out, "<pre>\n");
    paper_escape(out, text);
    buf_puts(out, "\n</pre>\n");
}

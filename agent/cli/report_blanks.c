/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report_blanks.c owns the file in which a person fills in what no record says. It must never hold a text
 * of its own as an answer: each line ends at its "=". */
#include "cli/report_blanks.h"
#include <string.h>
#include "base/buf.h"
#include "cli/files.h"
#include "record/record.h"

/* A heading in one line, for a remark. */
static void put_heading(struct buf *b, const char *text)
{
    buf_puts(b, "\n# ");
    for (; *text; text++)
        buf_putc(b, *text == '\n' || *text == '\r' ? ' ' : *text);
    buf_putc(b, '\n');
}

static bool is_told(const json_t *blanks, size_t before, const char *key)
{
    for (size_t i = 0; i < before; i++)
        if (str_eq(record_text(json_array_get(blanks, i), "key"), key))
            return true;
    return false;
}

/* The key once for the field or for all rows of the table; then one remark for each row that may differ. Where
 * each row is a question of its own, and asks what shows it as well, there is no line for all. */
static void put_blank(struct buf *b, const json_t *blanks, size_t at, const char *lang, bool each)
{
    const json_t *first = json_array_get(blanks, at);
    const char *key = record_text(first, "key");
    put_heading(b, record_text(first, lang));
    if (!each)
        buf_printf(b, "%s =\n", key);
    for (size_t i = at; i < json_array_size(blanks); i++) {
        const json_t *blank = json_array_get(blanks, i);
        const char *row = record_text(blank, "row");
        if (!str_eq(record_text(blank, "key"), key) || !*row)
            continue;
        buf_printf(b, "%s%s.%s =\n", each ? "" : "#", row, key);
        if (each)
            buf_printf(b, "%s.shown =\n", row);
    }
}

int report_blanks_write(const struct cli *cli, const json_t *document, const char *file)
{
    const json_t *blanks = record_member(document, "blanks");
    bool each = str_eq(record_text(document, "paper"), "compliance");
    autobuf struct buf b = {0};
    buf_printf(&b, "# %s (%s)\n", record_text(record_member(document, "title"), cli->lang),
               record_text(document, "paper"));
    buf_printf(&b, "# %s\n", _("Write behind each = and save. Lines that begin with # are not read."));
    if (!each)
        buf_printf(&b, "# %s\n", _("A line counts for all rows; where one row differs, take the # away before its own line."));
    for (size_t i = 0; i < json_array_size(blanks); i++)
        if (!is_told(blanks, i, record_text(json_array_get(blanks, i), "key")))
            put_blank(&b, blanks, i, cli->lang, each);
    if (b.err)
        return cli_error(CLI_FAILED, _("out of memory"));
    return files_create(file, b.data, b.len, 0600);
}

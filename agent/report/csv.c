/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv.c owns papers as tables for spreadsheets. It must never let a cell be taken for a formula. */
#include "report/csv.h"
#include <string.h>
#include "base/str.h"
#include "record/record.h"
#include "report/say.h"

static const struct report_text missing = {"未記入", "not filled in"};
static const struct report_text unconfirmed = {"未確認", "UNCONFIRMED"};
static const struct report_text own_layout = {
    "この様式の配置は独自のものです（発注者から様式が示されていないため）。",
    "Own layout, form not supplied by the client."};

/* A spreadsheet would take the cell for a formula; a Japanese one takes full-width signs too. */
static bool starts_formula(const char *text)
{
    static const char *const signs[] = {"=", "+", "-", "@", "\xef\xbc\x9d" /* ＝ */,
                                        "\xef\xbc\x8b" /* ＋ */, "\xef\xbc\x8d" /* － */,
                                        "\xef\xbc\xa0" /* ＠ */};
    text += strspn(text, " \t\r\n");
    for (size_t i = 0; i < array_count(signs); i++)
        if (str_starts(text, signs[i]))
            return true;
    return false;
}

void csv_cell(struct buf *out, bool first, const char *text)
{
    bool line_begins = true; /* some programs take each line of a cell for itself */
    buf_puts(out, first ? "\"" : ",\"");
    for (size_t taken; *text; text += taken) {
        uint32_t c;
        if (line_begins && starts_formula(text))
            buf_putc(out, '\'');
        line_begins = *text == '\n';
        size_t hidden = line_begins ? 0 : str_deceptive(text, strnlen(text, 4), &c);
        taken = hidden ? hidden : 1;
        if (hidden)
            buf_printf(out, c < 0x80 ? "\\x%02x" : "\\u{%04x}", c);
        else if (*text == '"')
            buf_puts(out, "\"\"");
        else
            buf_putc(out, *text);
    }
    buf_putc(out, '"');
}

void csv_line_end(struct buf *out)
{
    buf_puts(out, "\r\n");
}

static void line(struct buf *out, const char *name, const char *value)
{
    csv_cell(out, true, name);
    csv_cell(out, false, value);
    csv_line_end(out);
}

static const char *cell_text(const json_t *value, bool japanese)
{
    return json_is_null(value) ? report_in(&missing, japanese) : json_string_value(value);
}

static void put_table(struct buf *out, const json_t *table, bool japanese)
{
    const char *language = japanese ? "ja" : "en";
    const json_t *columns = json_object_get(table, "columns"), *rows = json_object_get(table, "rows");
    csv_line_end(out);
    csv_cell(out, true, record_text(table, language));
    csv_line_end(out);
    for (size_t i = 0; i < json_array_size(columns); i++)
        csv_cell(out, i == 0, record_text(json_array_get(columns, i), language));
    csv_line_end(out);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        for (size_t c = 0; c < json_array_size(row); c++)
            csv_cell(out, c == 0, cell_text(json_array_get(row, c), japanese));
        csv_line_end(out);
    }
}

static void put_head(struct buf *out, const json_t *document, bool japanese)
{
    static const struct {
        const char *path;
        struct report_text name;
    } rows[] = {{"contract.id", {"契約", "contract"}},
                {"contract.title", {"業務の名称", "title"}},
                {"contract.client", {"発注者", "client"}},
                {"contract.contractor", {"受注者", "contractor"}},
                {"range.from", {"対象期間（始）", "from"}},
                {"range.to", {"対象期間（終）", "to"}},
                {"printed", {"作成日時", "printed"}}};
    csv_cell(out, true, record_text(json_object_get(document, "title"), japanese ? "ja" : "en"));
    csv_line_end(out);
    for (size_t i = 0; i < array_count(rows); i++) {
        autobuf struct buf value = {0};
        say_time(&value, record_text(document, rows[i].path), japanese);
        line(out, report_in(&rows[i].name, japanese), value.data ? value.data : "");
    }
}

static void put_confirmed(struct buf *out, const json_t *document, bool japanese)
{
    const json_t *list = json_object_get(document, "confirmed");
    if (json_array_size(list) == 0)
        line(out, report_in(&unconfirmed, japanese), "");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        csv_cell(out, true, record_text(row, "role"));
        csv_cell(out, false, record_text(row, "person"));
        csv_cell(out, false, record_text(row, "at"));
        csv_cell(out, false, record_text(row, "sha256"));
        csv_line_end(out);
    }
}

static void put_foot(struct buf *out, const json_t *document, bool japanese)
{
    const json_t *notes = json_object_get(document, "notes");
    const json_t *heads = record_member(document, "foot.heads");
    csv_line_end(out);
    put_confirmed(out, document, japanese);
    for (size_t i = 0; i < json_array_size(notes); i++)
        line(out, record_text(json_array_get(notes, i), japanese ? "ja" : "en"), "");
    if (str_eq(record_text(document, "layout"), "own"))
        line(out, report_in(&own_layout, japanese), "");
    for (size_t i = 0; i < json_array_size(heads); i++) {
        const json_t *head = json_array_get(heads, i);
        autobuf struct buf text = {0};
        buf_printf(&text, "ledger-head: %lld %s", (long long)record_number(head, "size"),
                   record_text(head, "root"));
        line(out, record_text(head, "origin"), text.data ? text.data : "");
    }
    line(out, "policy", record_text(document, "foot.policy"));
    line(out, "verify", record_text(document, "foot.verify"));
    line(out, record_text(document, "mark"), "");
}

int report_csv(const json_t *document, struct buf *out)
{
    bool japanese = str_eq(record_text(document, "lang"), "ja");
    const json_t *fields = json_object_get(document, "fields");
    const json_t *tables = json_object_get(document, "tables");
    buf_puts(out, CSV_MARK);
    put_head(out, document, japanese);
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        line(out, record_text(field, japanese ? "ja" : "en"),
             cell_text(json_object_get(field, "value"), japanese));
    }
    for (size_t i = 0; i < json_array_size(tables); i++)
        put_table(out, json_array_get(tables, i), japanese);
    put_foot(out, document, japanese);
    return out->err;
}

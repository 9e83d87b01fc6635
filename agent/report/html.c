/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html.c owns what templates can name. It must never hand a template a text that is HTML. */
#include "report/html.h"
#include <errno.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "record/record.h"

#define LONG_HEADING 60 /* bytes */
#define PART_ROWS    250

static const struct {
    const char *key;
    struct report_text text;
} words[] = {
    {"missing", {"未記入", "not filled in"}},
    {"unconfirmed", {"未確認", "UNCONFIRMED"}},
    {"confirmation", {"確認", "confirmed by"}},
    {"changed", {"確認の後に内容が変わったため", "it changed after it was confirmed"}},
    {"signed", {"電子署名あり", "signed"}},
    {"title", {"業務の名称", "contract"}},
    {"client", {"発注者", "client"}},
    {"contractor", {"受注者", "contractor"}},
    {"council", {"協議会名：", "Contractor: "}},
    {"addressee", {"　御中", ""}},
    {"range", {"対象期間", "range"}},
    {"no-rows", {"該当する記録なし", "no records"}},
    {"as-follows", {"記", "as follows"}},
    {"own-layout", {"この様式の配置は独自のものです（発注者から様式が示されていないため）。",
                    "Own layout, form not supplied by the client."}},
    {"check", {"この書類は、改ざんを検出できる記録（台帳）のうち、下の件数までの封印済みの記録から作成した。確かめ方："
               "台帳又はその抜粋に対し、下の命令を実行する。",
               "Made from a ledger in which tampering shows, of its sealed records up to the number below. To check, "
               "run the command below on the ledger or its extract."}},
    {"policy", {"方針の版・SHA-256", "policy version, SHA-256"}},
    {"content", {"内容の SHA-256", "SHA-256 of the content"}},
    {"printed-bytes", {"確認した書類の SHA-256", "SHA-256 of the confirmed document"}},
};

static const char *chosen(const json_t *both, bool japanese)
{
    return record_text(both, japanese ? "ja" : "en");
}

/* Copies of the entries, each with its label in the chosen language. */
static json_t *labelled(const json_t *list, bool japanese)
{
    json_t *copies = json_array();
    for (size_t i = 0; copies && i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        json_t *copy = json_object(), *value;
        const char *key;
        json_object_foreach((json_t *)(uintptr_t)entry, key, value)
            json_object_set(copy, key, value);
        json_object_set_new(copy, "label", json_string(chosen(entry, japanese)));
        json_array_append_new(copies, copy);
    }
    return copies;
}

/* Rows in parts: browsers print long tables slowly, and at some length not at all. */
static json_t *parts_of(const json_t *rows)
{
    json_t *parts = json_array(), *part = NULL;
    for (size_t i = 0; parts && i < json_array_size(rows); i++) {
        if (i % PART_ROWS == 0) {
            part = json_array();
            json_array_append_new(parts, json_pack("{so sb}", "rows", part, "next", i > 0));
        }
        json_array_append(part, json_array_get(rows, i));
    }
    if (json_array_size(rows) == 0)
        json_array_append_new(parts, json_pack("{s[] sb}", "rows", "next", 0));
    return parts;
}

static json_t *labelled_tables(const json_t *tables, bool japanese)
{
    json_t *copies = labelled(tables, japanese);
    for (size_t i = 0; i < json_array_size(copies); i++) {
        json_t *table = json_array_get(copies, i);
        const json_t *columns = json_object_get(table, "columns");
        json_object_set_new(table, "width", json_integer((json_int_t)json_array_size(columns)));
        json_object_set_new(table, "parts", parts_of(json_object_get(table, "rows")));
        json_object_set_new(table, "columns", labelled(columns, japanese));
    }
    return copies;
}

static json_t *by_key(const json_t *list)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < json_array_size(list); i++)
        json_object_set(object, record_text(json_array_get(list, i), "key"), json_array_get(list, i));
    return object;
}

static json_t *text_of_notes(const json_t *notes, bool japanese)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < json_array_size(notes); i++)
        json_array_append_new(list,
                              json_pack("{ss}", "text", chosen(json_array_get(notes, i), japanese)));
    return list;
}

/* A line of the foot of every page stands in a string of CSS: only signs that mean nothing there. */
static void put_css(struct buf *b, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            buf_puts(b, "\\A ");
        else
            buf_putc(b, (*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'z') ||
                                (*text >= 'A' && *text <= 'Z') || strchr(" .:-+_/", *text)
                            ? *text
                            : '_');
    }
}

static void put_foot(struct buf *b, const json_t *document)
{
    const json_t *foot = json_object_get(document, "foot");
    const char *from = record_text(document, "range.from"), *to = record_text(document, "range.to");
    put_css(b, record_text(foot, "head"));
    buf_puts(b, "\\A ");
    put_css(b, record_text(document, "paper"));
    put_css(b, " ");
    put_css(b, record_text(document, "contract.id"));
    put_css(b, "  ");
    put_css(b, *from ? from : "-");
    put_css(b, " - ");
    put_css(b, to);
    put_css(b, "  policy ");
    put_css(b, record_text(foot, "policy"));
    buf_puts(b, "\\A ");
    put_css(b, record_text(foot, "verify"));
}

static void put_range(struct buf *b, const json_t *document, bool japanese)
{
    const char *from = record_text(document, "range.from"), *to = record_text(document, "range.to");
    if (!*from && !*to)
        buf_puts(b, japanese ? "全期間" : "all");
    else {
        say_time(b, from, japanese);
        buf_puts(b, japanese ? "から" : " to ");
        say_time(b, to, japanese);
        buf_puts(b, japanese && *to ? "まで" : "");
    }
}

static json_t *words_in(bool japanese)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < array_count(words); i++)
        json_object_set_new(object, words[i].key, json_string(report_in(&words[i].text, japanese)));
    return object;
}

static int set_texts(json_t *values, const json_t *document, bool japanese)
{
    autobuf struct buf day = {0}, range = {0}, foot = {0}, missing = {0}, which = {0};
    const char *printed = record_text(document, "printed");
    int64_t at;
    if (clock_parse_time(printed, &at) == 0)
        say_day(&day, at, japanese);
    put_range(&range, document, japanese);
    put_foot(&foot, document);
    long long count = (long long)record_number(document, "missing");
    buf_printf(&missing, japanese ? "未記入の欄が%lldあります。" : "Not filled in: %lld.", count);
    long long volume = (long long)record_number(document, "volume"), volumes = (long long)record_number(document, "volumes");
    if (volumes > 1)
        buf_printf(&which, japanese ? "第%lld部（全%lld部）" : "volume %lld of %lld", volume, volumes);
    if (day.err || range.err || foot.err || missing.err || which.err)
        return -ENOMEM;
    autojson json_t *texts = json_pack(
        "{ss ss ss ss ss}", "volume-text", which.data ? which.data : "", "printed-day", day.data ? day.data : "", "range-text",
        range.data ? range.data : "", "foot-css", foot.data ? foot.data : "", "missing-text", missing.data);
    return texts && json_object_update(values, texts) == 0 ? 0 : -ENOMEM;
}

static bool any(const json_t *document, const char *key)
{
    return json_array_size(json_object_get(document, key)) > 0;
}

static json_t *values_of(const json_t *document, const struct report_row *row)
{
    bool japanese = str_eq(record_text(document, "lang"), "ja");
    const char *heading = chosen(json_object_get(document, "title"), japanese);
    json_t *values = json_copy((json_t *)(uintptr_t)document);
    json_t *fields = labelled(json_object_get(document, "fields"), japanese);
    json_t *tables = labelled_tables(json_object_get(document, "tables"), japanese);
    autojson json_t *more = json_pack(
        "{so so so so so so so ss sb sb sb sb sb sb}", "field", by_key(fields), "table", by_key(tables),
        "fields", fields, "tables", tables, "pictures",
        labelled(json_object_get(document, "pictures"), japanese), "notes",
        text_of_notes(json_object_get(document, "notes"), japanese), "words", words_in(japanese), "heading",
        heading, "long", strlen(heading) > LONG_HEADING, "wide", row->wide, "own",
        str_eq(record_text(document, "layout"), "own"), "any-confirmed", any(document, "confirmed"),
        "any-notes", any(document, "notes"), "any-pictures", any(document, "pictures"));
    if (!values || !more || json_object_update(values, more) != 0 ||
        set_texts(values, document, japanese) != 0) {
        json_decref(values);
        return NULL;
    }
    return values;
}

/* What a table's pages leave out. */
static json_t *note_of(const json_t *table, size_t shown, size_t left)
{
    autobuf struct buf ja = {0}, en = {0};
    buf_printf(&ja, "「%s」の紙面は%zu行までとした。ほか%zu行は CSV 及び JSON（--format csv）に全て載っている。",
               record_text(table, "ja"), shown, left);
    buf_printf(&en, "\"%s\" ends here after row %zu; all its rows stand in csv and json (--format csv). Left out: %zu.", record_text(table, "en"),
               shown, left);
    return ja.err || en.err ? NULL : json_pack("{ss ss}", "ja", ja.data, "en", en.data);
}

/* The document as pages show it: long tables cut, each with a note. The caller's. */
static json_t *shown_of(const json_t *document)
{
    json_t *shown = json_copy((json_t *)(uintptr_t)document), *tables = json_array();
    json_t *notes = json_array();
    const json_t *all = json_object_get(document, "tables");
    json_array_extend(notes, json_object_get(document, "notes"));
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *table = json_copy(json_array_get(all, i));
        const json_t *rows = json_object_get(table, "rows");
        size_t count = json_array_size(rows), most = (size_t)record_number(table, "print");
        json_array_append_new(tables, table);
        if (most == 0 || count <= most)
            continue;
        json_array_append_new(notes, note_of(table, most, count - most));
        json_t *some = json_array();
        for (size_t row = 0; row < most; row++)
            json_array_append(some, json_array_get(rows, row));
        json_object_set_new(table, "rows", some);
    }
    json_object_set_new(shown, "tables", tables);
    json_object_set_new(shown, "notes", notes);
    return shown;
}

int report_html(const json_t *document, const struct report_row *row, const struct report_forms *forms,
                struct buf *out, struct template_fault *ret_fault)
{
    autojson json_t *shown = shown_of(document);
    autojson json_t *values = values_of(shown, row);
    if (!values)
        return -ENOMEM;
    return template_fill(forms->form, forms->form_len, values, forms->parts, out, ret_fault);
}

/* Tables of the volume that is being filled, and how many more rows go in. */
struct filling {
    json_t *volumes, *tables;
    size_t room;
};

static void next_volume(struct filling *f)
{
    f->tables = json_array();
    f->room = REPORT_VOLUME_ROWS;
    json_array_append_new(f->volumes, f->tables);
}

static void split_table(struct filling *f, const json_t *table)
{
    const json_t *rows = json_object_get(table, "rows");
    size_t count = json_array_size(rows), at = 0;
    do {
        if (f->room == 0)
            next_volume(f);
        json_t *part = json_copy((json_t *)(uintptr_t)table), *some = json_array();
        for (; at < count && f->room > 0; at++, f->room--)
            json_array_append(some, json_array_get(rows, at));
        json_object_set_new(part, "rows", some);
        json_array_append_new(f->tables, part);
    } while (at < count);
}

static json_t *volume_of(const json_t *document, json_t *tables, size_t number, size_t count)
{
    json_t *volume = json_copy((json_t *)(uintptr_t)document);
    json_object_set(volume, "tables", tables);
    json_object_set_new(volume, "volume", json_integer((json_int_t)number));
    json_object_set_new(volume, "volumes", json_integer((json_int_t)count));
    if (number < count) {
        json_object_set_new(volume, "notes", json_array());
        json_object_del(volume, "pictures");
    }
    return volume;
}

int report_volumes(const json_t *document, json_t **ret)
{
    autojson json_t *tables = json_array(), *shown = shown_of(document);
    json_t *list = json_array();
    struct filling f = {.volumes = tables};
    const json_t *all = json_object_get(shown, "tables");
    for (size_t i = 0; i < json_array_size(all); i++)
        split_table(&f, json_array_get(all, i));
    size_t count = json_array_size(tables);
    if (count == 0)
        json_array_append(list, shown);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, volume_of(shown, json_array_get(tables, i), i + 1, count));
    if (json_array_size(list) == 0) {
        json_decref(list);
        return -ENOMEM;
    }
    *ret = list;
    return 0;
}

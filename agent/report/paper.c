/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper.c owns the document of a paper. It must never fill in what no record or policy says: that is
 * null, is counted, and shows as not filled in. */
#include "report/paper.h"
#include <errno.h>
#include <inttypes.h>
#include <sekisho/err.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"

#define MARK "sekisho-paper: 1 "

static json_t *member(struct report_paper *p, const char *name)
{
    return json_object_get(p->document, name);
}

static void append(struct report_paper *p, json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) != 0)
        p->err = -ENOMEM;
}

/* What a person filled in under the key; NULL = nothing. */
static const char *entered(struct report_paper *p, const char *key)
{
    const char *text = json_string_value(json_object_get(p->entries, key));
    if (!text || !*text)
        return NULL;
    json_t *list = member(p, "entered");
    if (!list) {
        list = json_array();
        if (json_object_set_new(p->document, "entered", list) != 0)
            return NULL;
    }
    append(p, list, json_string(key));
    return text;
}

/* The value, or null and one more that is missing. */
static json_t *value_of(struct report_paper *p, const char *value)
{
    if (value && *value)
        return json_string(value);
    json_t *missing = member(p, "missing");
    json_integer_set(missing, json_integer_value(missing) + 1);
    return json_null();
}

/* Tell under which key a person may fill in what comes next and is missing. row: of a table, else "". */
static void note_blank(struct report_paper *p, const char *row, const char *key, const char *ja, const char *en)
{
    json_t *blanks = member(p, "blanks");
    if (!blanks) {
        blanks = json_array();
        if (json_object_set_new(p->document, "blanks", blanks) != 0) {
            p->err = -ENOMEM;
            return;
        }
    }
    append(p, blanks, json_pack("{ss ss ss ss}", "row", row, "key", key, "ja", ja, "en", en));
}

void report_field(struct report_paper *p, const struct report_column *name, const char *value)
{
    if (p->err != 0)
        return;
    if (!value || !*value)
        value = entered(p, name->key);
    if (!value)
        note_blank(p, "", name->key, name->text.ja, name->text.en);
    append(p, member(p, "fields"), json_pack("{ss ss ss so}", "key", name->key, "ja", name->text.ja, "en",
                                             name->text.en, "value", value_of(p, value)));
}

/* What a person filled in for the cell that comes next. */
static const char *entered_cell(struct report_paper *p)
{
    char key[2 * SK_ID_MAX + 2];
    const char *column = record_text(json_array_get(p->columns, json_array_size(p->row)), "key");
    const char *text = NULL;
    if (*p->row_id && snprintf(key, sizeof key, "%s.%s", p->row_id, column) < (int)sizeof key)
        text = entered(p, key);
    return text || !*column ? text : entered(p, column);
}

/* The text of a buffer; a failed one is an error, never a gap in the form. */
static const char *text_of(struct report_paper *p, const struct buf *b)
{
    if (b->err)
        p->err = b->err;
    return b->data ? b->data : "";
}

void report_field_buf(struct report_paper *p, const struct report_column *name, const struct buf *value)
{
    report_field(p, name, text_of(p, value));
}

void report_table(struct report_paper *p, const struct report_column *name,
                  const struct report_column *columns, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++)
        append(p, list, json_pack("{ss ss ss}", "key", columns[i].key, "ja", columns[i].text.ja, "en",
                                  columns[i].text.en));
    p->columns = list;
    if (p->err == 0)
        append(p, member(p, "tables"), json_pack("{ss ss ss so so}", "key", name->key, "ja",
                                                 name->text.ja, "en", name->text.en, "columns", list,
                                                 "rows", json_array()));
    else
        json_decref(list);
}

void report_prints(struct report_paper *p, size_t rows)
{
    json_t *tables = member(p, "tables");
    json_t *table = json_array_get(tables, json_array_size(tables) - 1);
    if (p->err == 0 && json_object_set_new(table, "print", json_integer((json_int_t)rows)) != 0)
        p->err = -ENOMEM;
}

void report_title(struct report_paper *p, const char *ja, const char *en)
{
    if (json_object_set_new(p->document, "title", json_pack("{ss ss}", "ja", ja, "en", en)) != 0)
        p->err = -ENOMEM;
}

void report_row_of(struct report_paper *p, const char *id)
{
    report_row_begin(p);
    snprintf(p->row_id, sizeof p->row_id, "%s", id);
}

void report_row_begin(struct report_paper *p)
{
    p->row_id[0] = '\0';
    json_decref(p->row);
    p->row = json_array();
    if (!p->row)
        p->err = -ENOMEM;
}

void report_cell(struct report_paper *p, const char *text)
{
    const json_t *column = json_array_get(p->columns, json_array_size(p->row));
    if (p->err == 0 && (!text || !*text))
        text = entered_cell(p);
    if (p->err == 0 && !text && *record_text(column, "key"))
        note_blank(p, p->row_id, record_text(column, "key"), record_text(column, "ja"), record_text(column, "en"));
    if (p->err == 0)
        append(p, p->row, value_of(p, text));
}

void report_cell_buf(struct report_paper *p, const struct buf *text)
{
    report_cell(p, text_of(p, text));
}

void report_cell_text(struct report_paper *p, const struct report_text *text)
{
    report_cell(p, report_in(text, p->japanese));
}

void report_row_end(struct report_paper *p)
{
    json_t *tables = member(p, "tables");
    json_t *table = json_array_get(tables, json_array_size(tables) - 1);
    if (p->err == 0 && table)
        append(p, json_object_get(table, "rows"), steal_ptr(&p->row));
}

void report_note(struct report_paper *p, const char *ja, const char *en)
{
    if (p->err == 0)
        append(p, member(p, "notes"), json_pack("{ss ss}", "ja", ja, "en", en));
}

void report_picture(struct report_paper *p, const struct report_column *name, const char *src)
{
    json_t *pictures = member(p, "pictures");
    if (!pictures && p->err == 0) {
        pictures = json_array();
        if (json_object_set_new(p->document, "pictures", pictures) != 0)
            p->err = -ENOMEM;
    }
    if (p->err == 0)
        append(p, pictures, json_pack("{ss ss ss so}", "key", name->key, "ja", name->text.ja, "en",
                                      name->text.en, "src", value_of(p, src)));
}

int report_content(const json_t *document, char ret[static DIGEST_HEX_CAP])
{
    static const char *const said[] = {"paper",  "contract", "range", "lang",
                                       "fields", "tables",   "notes", "pictures", "entered", "title"};
    uint8_t digest[DIGEST_LEN];
    autojson json_t *content = json_object();
    for (size_t i = 0; content && i < array_count(said); i++) {
        json_t *value = json_object_get(document, said[i]);
        if (value && json_object_set(content, said[i], value) != 0)
            return -ENOMEM;
    }
    autofree char *text = content ? json_dumps(content, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
    if (!text)
        return -ENOMEM;
    int r = digest_of(text, strlen(text), digest);
    if (r == 0)
        digest_hex(ret, digest);
    return r;
}

void report_mark(const json_t *document, struct buf *out)
{
    static const char *const words[] = {"paper", "contract.id", "range.from", "range.to",
                                        "lang",  "content",     "printed"};
    const json_t *heads = record_member(document, "foot.heads");
    buf_puts(out, MARK);
    for (size_t i = 0; i < array_count(words); i++) {
        const char *word = record_text(document, words[i]);
        buf_printf(out, "%s ", *word ? word : "-");
    }
    for (size_t i = 0; i < json_array_size(heads); i++)
        buf_printf(out, "%s%" PRId64, i > 0 ? "+" : "", record_number(json_array_get(heads, i), "size"));
    if (json_array_size(heads) == 0)
        buf_putc(out, '-');
}

/* The next word of a mark into ret; false: there is none, or it is too long. */
static bool take_word(const char **at, const char *end, char *ret, size_t cap)
{
    const char *word = *at;
    while (*at < end && **at > ' ' && **at < 0x7f && **at != '"')
        (*at)++;
    size_t len = (size_t)(*at - word);
    if (len == 0 || len >= cap)
        return false;
    memcpy(ret, word, len);
    ret[len] = '\0';
    if (*at < end && **at == ' ')
        (*at)++;
    return true;
}

/* "812+1033" */
static bool read_heads(char *text, struct report_mark *m)
{
    for (char *number; (number = strsep(&text, "+"));) {
        if (m->head_count == array_count(m->heads) ||
            str_to_u64(number, INT64_MAX, &m->heads[m->head_count]) != 0)
            return false;
        m->head_count++;
    }
    return true;
}

static bool read_mark(const char *at, const char *end, struct report_mark *ret)
{
    struct report_mark m = {0};
    char heads[REPORT_LEDGERS_MAX * sizeof "+18446744073709551615"];
    const struct {
        char *text;
        size_t cap;
    } words[] = {{m.name, sizeof m.name}, {m.contract, sizeof m.contract}, {m.from, sizeof m.from},
                 {m.to, sizeof m.to},     {m.lang, sizeof m.lang},         {m.content, sizeof m.content},
                 {m.printed, sizeof m.printed}, {heads, sizeof heads}};
    for (size_t i = 0; i < array_count(words); i++) {
        if (!take_word(&at, end, words[i].text, words[i].cap))
            return false;
        if (str_eq(words[i].text, "-"))
            words[i].text[0] = '\0';
    }
    if (strlen(m.content) != DIGEST_HEX_CAP - 1 || strspn(m.content, "0123456789abcdef") != 2 * DIGEST_LEN)
        return false;
    if (*heads && !read_heads(heads, &m))
        return false;
    *ret = m;
    return true;
}

int report_mark_read(const char *bytes, size_t len, struct report_mark *ret)
{
    const char *end = bytes + len;
    bool found = false;
    for (const char *at = bytes; len > 0 && at < end;) {
        at = memmem(at, (size_t)(end - at), MARK, sizeof MARK - 1);
        if (!at)
            break;
        at += sizeof MARK - 1;
        found |= read_mark(at, end, ret);
    }
    return found ? 0 : SK_ERR_NOT_FOUND;
}

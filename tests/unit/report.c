/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Papers: templates put no value in unescaped, cells are no formulas, marks are found again, days are
 * Japan's, what is missing is counted and can be filled in, and papers come due on their day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "control/papers.h"
#include "policy/policy.h"
#include "record/record.h"
#include "report/csv.h"
#include "report/html.h"
#include "report/paper.h"
#include "report/pdf.h"
#include "report/source.h"
#include "report/texts.h"

static int fill(const char *text, const char *values, struct buf *out, struct template_fault *fault)
{
    static const struct template_part parts[] = {{"part", "<{{name}}>", 10}, {NULL, NULL, 0}};
    autojson json_t *json = json_loads(values, 0, NULL);
    assert_non_null(json);
    buf_puts(out, "");
    return template_fill(text, strlen(text), json, parts, out, fault);
}

static void templates_fill_in(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"a{{!remark}}b", "{}", "ab"},
        {"{{name}}", "{\"name\":\"<b>&\\\"'\"}", "&lt;b&gt;&amp;&quot;&#39;"},
        {"{{a.b}}|{{ n }}|{{none}}", "{\"a\":{\"b\":\"x\"},\"n\":7}", "x|7|"},
        {"{{#l}}[{{.}}]{{/l}}{{^l}}none{{/l}}", "{\"l\":[\"a\",\"b\"]}", "[a][b]"},
        {"{{#l}}[{{.}}]{{/l}}{{^l}}none{{/l}}", "{\"l\":[]}", "none"},
        {"{{#l}}{{#.}}({{.}}){{/.}}{{^.}}-{{/.}}{{/l}}", "{\"l\":[\"a\",null,\"\"]}", "(a)--"},
        {"{{#rows}}{{#.}}{{#.}}{{.}}{{/.}}{{^.}}?{{/.}},{{/.}};{{/rows}}",
         "{\"rows\":[[\"1\",null],[\"2\",\"3\"]]}", "1,?,;2,3,;"},
        {"{{#o}}{{in}}{{out}}{{/o}}", "{\"o\":{\"in\":\"i\"},\"out\":\"o\"}", "io"},
        {"{{#yes}}y{{/yes}}{{#no}}n{{/no}}{{^no}}-{{/no}}", "{\"yes\":true,\"no\":false}", "y-"},
        {"{{>part}}", "{\"name\":\"<\"}", "<&lt;>"},
        {"{{t}}", "{\"t\":\"a\\u0001b\\u007f\\nc\"}", "a\\x01b\\x7f\nc"},
        {"{{t}}", "{\"t\":\"a\xe2\x80\xaegpj\xd8\x9c.exe\xc2\x85\xe2\x81\xa6\"}", "a\\u{202e}gpj\\u{061c}.exe\\u{0085}\\u{2066}"},
        {"{{t}}", "{\"t\":\"葛\xf3\xa0\x84\x80\"}", "葛\xf3\xa0\x84\x80"},
        {"{{t}}", "{\"t\":\"{{name}}\",\"name\":\"x\"}", "{{name}}"},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        autobuf struct buf out = {0};
        struct template_fault fault;
        assert_int_equal(fill(rows[i][0], rows[i][1], &out, &fault), 0);
        assert_string_equal(out.data, rows[i][2]);
    }
}

static void wrong_templates_say_where(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        const char *what;
    } rows[] = {
        {"a\n{{name", 2, "{{ without }}"},
        {"{{#a}}\n{{/b}}", 2, "this ends another section than the one that is open"},
        {"\n\n{{#a}}", 3, "a section that does not end"},
        {"{{/a}}", 1, "the end of a section that has not begun"},
        {"{{}}", 1, "{{…}} without a name, or with one that is too long"},
        {"{{a b}}", 1, "a name has small letters, digits, - and . only"},
        {"{{>nothing}}", 1, "there is no such part"},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        autobuf struct buf out = {0};
        struct template_fault fault = {0};
        assert_int_equal(fill(rows[i].text, "{\"a\":true}", &out, &fault), SK_ERR_FORMAT);
        assert_int_equal(fault.line, rows[i].line);
        assert_string_equal(fault.what, rows[i].what);
    }
}

static void templates_end(void **state)
{
    (void)state;
    autobuf struct buf text = {0}, out = {0};
    struct template_fault fault;
    for (unsigned i = 0; i < TEMPLATE_DEPTH_MAX + 1; i++)
        buf_puts(&text, "{{#a}}");
    for (unsigned i = 0; i < TEMPLATE_DEPTH_MAX + 1; i++)
        buf_puts(&text, "{{/a}}");
    assert_int_equal(fill(text.data, "{\"a\":true}", &out, &fault), SK_ERR_FORMAT);
    assert_string_equal(fault.what, "too many sections within each other");
}

static void no_cell_is_a_formula(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"=1+1", "\"'=1+1\""},
        {" =1", "\"' =1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"-1", "\"'-1\""},
        {"+1", "\"'+1\""},
        {"＝1", "\"'＝1\""},
        {"\t=1", "\"'\\x09=1\""},
        {"a\n=1", "\"a\n'=1\""},
        {"a\"b", "\"a\"\"b\""},
        {"髙﨑 葛\xf3\xa0\x84\x80", "\"髙﨑 葛\xf3\xa0\x84\x80\""},
        {"", "\"\""},
        {"a\xe2\x80\xae" "b\xef\xbb\xbf=1", "\"a\\u{202e}b\\u{feff}=1\""},
        {"\xef\xbb\xbf=1", "\"\\u{feff}=1\""},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        autobuf struct buf out = {0};
        csv_cell(&out, true, rows[i][0]);
        assert_string_equal(out.data, rows[i][1]);
    }
}

static void marks_are_found_again(void **state)
{
    (void)state;
    static const char hex[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    autobuf struct buf mark = {0}, file = {0};
    struct report_mark m;
    autojson json_t *document =
        json_pack("{ss s{ss} s{ss ss} ss ss ss s{s[{si}{si}]}}", "paper", "copies", "contract", "id", "ledger2026",
                  "range", "from", "2026-04-01", "to", "", "lang", "ja", "content", hex, "printed",
                  "2026-07-01T00:00:00Z", "foot", "heads", "size", 812, "size", 1033);
    report_mark(document, &mark);
    buf_printf(&file, "a sekisho-paper: 1 other x - - en %s - -\n<!-- %s -->\nend", hex, mark.data);
    assert_int_equal(report_mark_read(file.data, file.len, &m), 0);
    assert_string_equal(m.name, "copies");
    assert_string_equal(m.contract, "ledger2026");
    assert_string_equal(m.from, "2026-04-01");
    assert_string_equal(m.to, "");
    assert_string_equal(m.content, hex);
    assert_string_equal(m.printed, "2026-07-01T00:00:00Z");
    assert_int_equal(m.head_count, 2);
    assert_int_equal(m.heads[0], 812);
    assert_int_equal(m.heads[1], 1033);
    assert_int_equal(report_mark_read("sekisho-paper: 1 a b", 20, &m), SK_ERR_NOT_FOUND);
    assert_int_equal(report_mark_read("", 0, &m), SK_ERR_NOT_FOUND);
}

static void wrong_marks_are_none(void **state)
{
    (void)state;
    static const char hex[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const char *const ends[] = {" - 1+", " - +1", " - 1+x", " - -1", " - 99999999999999999999", " -", ""};
    for (size_t i = 0; i < array_count(ends); i++) {
        autobuf struct buf line = {0};
        struct report_mark m;
        buf_printf(&line, "sekisho-paper: 1 copies c - - ja %s%s", hex, ends[i]);
        assert_int_equal(report_mark_read(line.data, line.len, &m), SK_ERR_NOT_FOUND);
    }
    autobuf struct buf many = {0};
    struct report_mark m;
    buf_printf(&many, "sekisho-paper: 1 copies c - - ja %s - 1", hex);
    for (size_t i = 1; i < REPORT_LEDGERS_MAX; i++)
        buf_puts(&many, "+1");
    assert_int_equal(report_mark_read(many.data, many.len, &m), 0);
    assert_int_equal(m.head_count, REPORT_LEDGERS_MAX);
    buf_puts(&many, "+1");
    assert_int_equal(report_mark_read(many.data, many.len, &m), SK_ERR_NOT_FOUND);
}

/* A paper of one table with so many rows, and how many rows its volumes have. */
static void expect_volumes(size_t rows, const size_t *expected, size_t count)
{
    autojson json_t *list = json_array(), *volumes = NULL;
    for (size_t i = 0; i < rows; i++)
        json_array_append_new(list, json_pack("[i]", (int)i));
    autojson json_t *document = json_pack("{s[{ss sO}{ss s[]}] s[s] s[s]}", "tables", "key", "a", "rows", list, "key",
                                          "b", "rows", "notes", "note", "pictures", "picture");
    assert_int_equal(report_volumes(document, &volumes), 0);
    assert_int_equal(json_array_size(volumes), count);
    json_int_t next = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *volume = json_array_get(volumes, i);
        const json_t *part = json_object_get(json_array_get(json_object_get(volume, "tables"), 0), "rows");
        bool last = i + 1 == count;
        assert_int_equal(json_array_size(part), expected[i]);
        for (size_t row = 0; row < json_array_size(part); row++)
            assert_int_equal(json_integer_value(json_array_get(json_array_get(part, row), 0)), next++);
        assert_int_equal(json_array_size(json_object_get(volume, "notes")), last);
        assert_int_equal(json_array_size(json_object_get(volume, "pictures")), last);
    }
    assert_int_equal(next, rows);
    const json_t *tables = json_object_get(json_array_get(volumes, count - 1), "tables");
    assert_string_equal(record_text(json_array_get(tables, json_array_size(tables) - 1), "key"), "b");
}

static void long_papers_come_in_volumes(void **state)
{
    (void)state;
    static const size_t none[] = {0}, short_one[] = {499}, two[] = {500, 250}, three[] = {500, 500, 1};
    expect_volumes(0, none, 1);
    expect_volumes(499, short_one, 1);
    expect_volumes(750, two, 2);
    expect_volumes(1001, three, 3);
}

static void pdfs_are_the_same_but_for_their_time(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"x/CreationDate (D:20261127170000+00'00')y", "x/CreationDate (D:20261128091500+00'00')y", true},
        {"/ModDate (D:1)/ID [<ab12><ab12>]", "/ModDate (D:2)/ID [<cd34><ab12>]", true},
        {"/CreationDate (D:1) Tj", "/CreationDate (D:1) TJ", false},
        {"(permitted)", "(rejected)", false},
        {"(yes)", "(yes) ", false},
        {"/ID", "/ID", true},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        autobuf struct buf a = {0}, b = {0};
        buf_puts(&a, rows[i].a);
        buf_puts(&b, rows[i].b);
        assert_true(pdf_same(&a, &b) == rows[i].same);
    }
}

static void texts_are_kept_once(void **state)
{
    (void)state;
    struct texts *t = NULL;
    uint32_t a, b;
    assert_int_equal(texts_new(&t), 0);
    for (unsigned i = 0; i < 5000; i++) {
        char text[16];
        int len = snprintf(text, sizeof text, "%u", i % 2500);
        assert_int_equal(texts_take(t, text, (size_t)len, &a), 0);
        assert_string_equal(texts_text(t, a), text);
    }
    assert_int_equal(texts_count(t), 2501); /* and "" */
    assert_int_equal(texts_take(t, "", 0, &b), 0);
    assert_int_equal(b, 0);
    assert_string_equal(texts_text(t, 99999), "");
    texts_free(&t);
}

static void expect_said(void (*say)(struct buf *, const char *, bool), const char *time, bool japanese,
                        const char *expected)
{
    autobuf struct buf b = {0};
    say(&b, time, japanese);
    assert_string_equal(b.data, expected);
}

static void days_are_japans(void **state)
{
    (void)state;
    expect_said(say_time, "2026-03-31T15:00:00Z", true, "令和8年4月1日 0時00分");
    expect_said(say_time, "2026-03-31T14:59:59Z", true, "令和8年3月31日 23時59分");
    expect_said(say_moment, "2026-03-31T15:00:00Z", false, "2026-04-01\n00:00");
    expect_said(say_time, "2019-05-01", true, "令和元年5月1日");
    assert_int_equal(say_weekday(0), 4);                 /* 1970-01-01, a Thursday */
    assert_int_equal(say_weekday(15 * 3600), 5);         /* it is Friday in Japan */
    assert_int_equal(say_second_of_day(15 * 3600 + 5), 5);
}

/* A paper with one field and one table, of which some is missing. */
static int build_little(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column place = {"place", {"場所", "place"}}, name = {"t", {"表", "table"}};
    static const struct report_column columns[] = {{"a", {"甲", "A"}}, {"b", {"乙", "B"}}};
    (void)s;
    report_field(p, &place, NULL);
    report_table(p, &name, columns, 2);
    report_row_of(p, "x");
    report_cell(p, "1");
    report_cell(p, "");
    report_row_end(p);
    report_row_of(p, "y");
    report_cell(p, NULL);
    report_cell(p, "2");
    report_row_end(p);
    return 0;
}
static const struct report_row little = {"little", {"小", "Little"}, false, false, "paper", false,
                                         build_little};

static json_t *make(const char *entries, json_t **keep)
{
    struct report_source s = {.contract = "c"};
    json_t *document = NULL;
    assert_int_equal(report_source_range(&s, "2026-04-01", "2026-06-30"), 0);
    *keep = entries ? json_loads(entries, 0, NULL) : NULL;
    s.entries = *keep;
    assert_int_equal(report_build(&little, &s, true, "2026-07-01T00:00:00Z", &document), 0);
    return document;
}

static void what_is_missing_counts(void **state)
{
    (void)state;
    autojson json_t *entries = NULL, *none = NULL, *some = NULL;
    autojson json_t *empty = make(NULL, &none);
    assert_int_equal(record_number(empty, "missing"), 3);
    assert_true(json_is_null(json_array_get(json_array_get(
        json_object_get(json_array_get(json_object_get(empty, "tables"), 0), "rows"), 0), 1)));
    autojson json_t *filled = make("{\"place\":\"本社\",\"x.b\":\"二\"}", &entries);
    assert_int_equal(record_number(filled, "missing"), 1);
    assert_int_equal(json_array_size(json_object_get(filled, "entered")), 2);
    assert_string_not_equal(record_text(empty, "content"), record_text(filled, "content"));
    autojson json_t *all = make("{\"place\":\"本社\",\"x.b\":\"二\",\"a\":\"一\"}", &some);
    assert_int_equal(record_number(all, "missing"), 0);
}

static void pages_say_what_is_missing_and_unconfirmed(void **state)
{
    (void)state;
    autojson json_t *none = NULL;
    autojson json_t *document = make(NULL, &none);
    autoforms struct report_forms forms = {0};
    autobuf struct buf page = {0};
    struct template_fault fault;
    assert_int_equal(report_forms_read(&little, NULL, &forms), 0);
    assert_int_equal(report_html(document, &little, &forms, &page, &fault), 0);
    assert_non_null(strstr(page.data, "未記入"));
    assert_non_null(strstr(page.data, "未確認"));
    assert_non_null(strstr(page.data, "この様式の配置は独自のものです"));
    assert_non_null(strstr(page.data, "令和8年4月1日から令和8年6月30日まで"));
    assert_null(strstr(page.data, "{{"));
}

/* The little paper, with one confirmation on record that is over this content. */
static json_t *make_confirmed(const char *content, const char *to)
{
    json_t *document = NULL;
    autojson json_t *record =
        json_pack("{ss ss ss ss ss ss ss ss s{ss ss} ss}", "kind", "confirm", "what", "paper", "paper",
                  "little", "from", "2026-04-01", "to", to, "content", content, "role", "manager", "at",
                  "2026-07-02T00:00:00Z", "person", "id", "tanaka", "name", "田中 恵", "sha256", "abc");
    struct report_record one = {.record = record, .kind = "confirm"};
    struct report_source s = {.contract = "c", .records = &one, .count = 1};
    assert_int_equal(report_source_range(&s, "2026-04-01", "2026-06-30"), 0);
    assert_int_equal(report_build(&little, &s, true, "2026-07-01T00:00:00Z", &document), 0);
    return document;
}

static void only_what_was_confirmed_shows_as_confirmed(void **state)
{
    (void)state;
    autojson json_t *none = NULL;
    autojson json_t *plain = make(NULL, &none);
    const char *content = record_text(plain, "content");
    autojson json_t *same = make_confirmed(content, "2026-06-30");
    const json_t *row = json_array_get(json_object_get(same, "confirmed"), 0);
    assert_string_equal(record_text(row, "person"), "田中 恵 (tanaka)");
    assert_string_equal(record_text(row, "role"), "情報管理責任者");
    assert_string_equal(record_text(row, "at"), "令和8年7月2日 9時00分");
    assert_false(record_flag(same, "changed"));
    autojson json_t *other = make_confirmed("something else", "2026-06-30");
    assert_int_equal(json_array_size(json_object_get(other, "confirmed")), 0);
    assert_true(record_flag(other, "changed"));
    autojson json_t *another_range = make_confirmed(content, "2026-05-31");
    assert_int_equal(json_array_size(json_object_get(another_range, "confirmed")), 0);
    assert_false(record_flag(another_range, "changed"));
}

static void pages_say_what_they_leave_out(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        autojson json_t *document = json_pack("{ss s{ss ss} s[{ss ss ss si s[] s[[s][s]]}] s[] s[]}", "lang", "en", "title",
                                              "ja", "", "en", "T", "tables", "key", "t", "ja", "表", "en", "table", "print",
                                              2 - more, "columns", "rows", "first row", "second row", "notes", "fields");
        autoforms struct report_forms forms = {0};
        autobuf struct buf page = {0};
        struct template_fault fault;
        assert_int_equal(report_forms_read(&little, NULL, &forms), 0);
        assert_int_equal(report_html(document, &little, &forms, &page, &fault), 0);
        assert_non_null(strstr(page.data, "first row"));
        assert_true((strstr(page.data, "second row") == NULL) == more);
        assert_true((strstr(page.data, "Left out: 1") != NULL) == more);
    }
}

static void ranges_are_days_in_their_order(void **state)
{
    (void)state;
    struct report_source s = {0};
    assert_int_equal(report_source_range(&s, "2026-04-02", "2026-04-01"), SK_ERR_FORMAT);
    assert_int_equal(report_source_range(&s, "April", ""), SK_ERR_FORMAT);
    assert_int_equal(report_source_range(&s, "2026-04-01", "2026-04-01"), 0);
    int64_t at = 0;
    assert_int_equal(clock_parse_time("2026-03-31T15:00:00Z", &at), 0);
    assert_true(report_in_range(&s, at));
    assert_false(report_in_range(&s, at - 1));
    assert_true(report_in_range(&s, at + CLOCK_DAY_S - 1));
    assert_false(report_in_range(&s, at + CLOCK_DAY_S));
}

static bool is_due(const json_t *list, const char *paper, const char *date)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(record_text(json_array_get(list, i), "paper"), paper) &&
            str_eq(record_text(json_array_get(list, i), "due"), date))
            return true;
    return false;
}

static int64_t day(const char *date)
{
    int64_t at = 0;
    assert_int_equal(clock_parse_date(date, &at), 0);
    return at;
}

static void confirm_as(struct fold *f, const char *role, const char *paper, const char *at)
{
    autojson json_t *record = json_pack("{ss ss ss ss ss ss si}", "kind", "confirm", "what", "paper", "paper",
                                        paper, "contract", "c", "at", at, "role", role, "seq", 1);
    assert_int_equal(fold_record(f, record), 0);
}

static void confirm(struct fold *f, const char *paper, const char *at)
{
    confirm_as(f, "manager", paper, at);
}

static void papers_come_due(void **state)
{
    (void)state;
    struct policy_contract c = {.head = {.id = (char[]){"c"}}};
    struct policy p = {.contracts = &c, .contract_count = 1};
    struct fold *f = NULL;
    c.start = day("2026-04-01");
    c.end = day("2027-04-01");
    c.register_check_s = c.access_review_s = 31 * CLOCK_DAY_S;
    c.compliance_review_s = 365 * CLOCK_DAY_S;
    c.plans_before_s = 30 * CLOCK_DAY_S;
    assert_int_equal(fold_new("boot", &f), 0);
    autojson json_t *before = papers_due(f, &p, day("2026-05-01"));
    assert_int_equal(json_array_size(before), 0);
    autojson json_t *first = papers_due(f, &p, day("2026-05-02"));
    assert_true(is_due(first, "register", "2026-05-02"));
    assert_true(is_due(first, "access-review", "2026-05-02"));
    assert_true(is_due(first, "compliance", "2026-05-02"));
    assert_int_equal(json_array_size(first), 3);
    confirm(f, "register", "2026-05-10T00:00:00Z");
    confirm_as(f, "handler", "access-review", "2026-05-10T00:00:00Z"); /* is no review */
    confirm(f, "compliance", "2030-01-01T00:00:00Z"); /* by a clock that was put right since */
    autojson json_t *second = papers_due(f, &p, day("2026-05-20"));
    assert_false(is_due(second, "register", "2026-05-02"));
    assert_true(is_due(second, "access-review", "2026-05-02"));
    assert_true(is_due(second, "compliance", "2026-05-02"));
    assert_int_equal(json_array_size(second), 2);
    confirm_as(f, "auditor", "access-review", "2026-05-10T00:00:00Z");
    autojson json_t *audited = papers_due(f, &p, day("2026-05-20"));
    assert_int_equal(json_array_size(audited), 1);
    autojson json_t *end = papers_due(f, &p, day("2027-03-02"));
    assert_true(is_due(end, "plan", "2027-03-02"));
    autojson json_t *day_before = papers_due(f, &p, day("2027-03-02") - 1);
    assert_false(is_due(day_before, "plan", "2027-03-02"));
    confirm_as(f, "auditor", "return-plan", "2027-03-05T00:00:00Z");
    autojson json_t *unplanned = papers_due(f, &p, day("2027-03-10"));
    assert_true(is_due(unplanned, "plan", "2027-03-02"));
    confirm(f, "return-plan", "2027-03-05T00:00:00Z");
    autojson json_t *planned = papers_due(f, &p, day("2027-03-10"));
    assert_false(is_due(planned, "plan", "2027-03-02"));
    autojson json_t *over = papers_due(f, &p, day("2027-04-01"));
    assert_true(is_due(over, "completion", "2027-04-01"));
    autojson json_t *forgotten = papers_due(f, &p, day("2027-06-01"));
    assert_int_equal(json_array_size(forgotten), 0);
    fold_free(&f);
}

static void papers_come_due_as_often_as_the_contract_says(void **state)
{
    (void)state;
    struct policy_contract c = {.head = {.id = (char[]){"c"}},
                                .start = day("2026-04-01"),
                                .end = day("2028-04-01"),
                                .register_check_s = 7 * CLOCK_DAY_S,
                                .access_review_s = 90 * CLOCK_DAY_S,
                                .compliance_review_s = 100 * CLOCK_DAY_S,
                                .plans_before_s = 60 * CLOCK_DAY_S};
    struct policy p = {.contracts = &c, .contract_count = 1};
    struct fold *f = NULL;
    assert_int_equal(fold_new("boot", &f), 0);
    autojson json_t *week = papers_due(f, &p, day("2026-04-08"));
    assert_true(is_due(week, "register", "2026-04-08"));
    assert_int_equal(json_array_size(week), 1);
    autojson json_t *month = papers_due(f, &p, day("2026-05-02"));
    assert_true(is_due(month, "access-review", "2026-05-02"));
    assert_true(is_due(month, "compliance", "2026-05-02"));
    confirm(f, "register", "2026-05-01T15:00:00Z");
    confirm(f, "access-review", "2026-05-01T15:00:00Z");
    confirm(f, "compliance", "2026-05-01T15:00:00Z");
    autojson json_t *next = papers_due(f, &p, day("2026-05-09"));
    assert_true(is_due(next, "register", "2026-05-09"));
    assert_int_equal(json_array_size(next), 1);
    autojson json_t *review = papers_due(f, &p, day("2026-07-31"));
    assert_true(is_due(review, "access-review", "2026-07-31"));
    assert_false(is_due(review, "compliance", "2026-08-10"));
    autojson json_t *hundred = papers_due(f, &p, day("2026-08-10"));
    assert_true(is_due(hundred, "compliance", "2026-08-10"));
    autojson json_t *plan = papers_due(f, &p, day("2028-02-01"));
    assert_true(is_due(plan, "plan", "2028-02-01"));
    autojson json_t *no_plan = papers_due(f, &p, day("2028-02-01") - 1);
    assert_false(is_due(no_plan, "plan", "2028-02-01"));
    fold_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_fill_in),
        cmocka_unit_test(wrong_templates_say_where),
        cmocka_unit_test(templates_end),
        cmocka_unit_test(no_cell_is_a_formula),
        cmocka_unit_test(marks_are_found_again),
        cmocka_unit_test(wrong_marks_are_none),
        cmocka_unit_test(long_papers_come_in_volumes),
        cmocka_unit_test(pdfs_are_the_same_but_for_their_time),
        cmocka_unit_test(texts_are_kept_once),
        cmocka_unit_test(days_are_japans),
        cmocka_unit_test(what_is_missing_counts),
        cmocka_unit_test(pages_say_what_is_missing_and_unconfirmed),
        cmocka_unit_test(only_what_was_confirmed_shows_as_confirmed),
        cmocka_unit_test(pages_say_what_they_leave_out),
        cmocka_unit_test(ranges_are_days_in_their_order),
        cmocka_unit_test(papers_come_due),
        cmocka_unit_test(papers_come_due_as_often_as_the_contract_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Papers from records that a table gives: rows stand once, end by their own records and at the first of these, and
 * nothing is filled in that no record says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "record/record.h"
#include "report/paper.h"
#include "report/source.h"
#include "report/texts.h"

static int64_t clock_step; /* by how much the PC's clock was moved behind the first record, 0 = never */

/* A paper of these records, in the order that they stand in; "pc":1 has those of another PC. */
static json_t *make_of(const char *paper, const char *records, const char *from, const char *to)
{
    struct report_record rows[16] = {0};
    static struct proof_report proof;
    static struct report_ledger ledger = {.folder = "", .proof = &proof};
    struct report_source s = {.contract = "c", .records = rows, .ledgers = &ledger, .ledger_count = clock_step ? 1 : 0};
    struct clock_step step = {.seq = 1, .step_s = clock_step};
    json_t *document = NULL;
    ledger.steps = (struct clock_steps){.items = &step, .count = 1};
    autojson json_t *list = json_loads(records, 0, NULL);
    assert_non_null(list);
    assert_int_equal(report_source_range(&s, from, to), 0);
    for (; s.count < json_array_size(list); s.count++) {
        json_t *one = json_array_get(list, s.count);
        rows[s.count] = (struct report_record){.record = one, .kind = record_text(one, "kind"), .seq = s.count,
                                               .ledger = record_number(one, "pc") == 1};
        assert_int_equal(clock_parse_time(record_text(one, "at"), &rows[s.count].at_s), 0);
    }
    assert_int_equal(report_build(report_find(paper), &s, true, "", &document), 0);
    return document;
}

static const json_t *rows_of(const json_t *document, const char *key)
{
    const json_t *tables = json_object_get(document, "tables");
    for (size_t i = 0; i < json_array_size(tables); i++)
        if (str_eq(record_text(json_array_get(tables, i), "key"), key))
            return json_object_get(json_array_get(tables, i), "rows");
    return NULL;
}

#define ROOM(more) "{\"kind\":\"room\",\"phase\":\"started\",\"area\":\"a\",\"person\":{\"id\":\"sato\"}," more "}"

static void work_over_a_line_is_a_take_out(void **state)
{
    (void)state;
    autojson json_t *document = make_of(
        "takeouts", "[" ROOM("\"room\":\"1\",\"remote\":true,\"at\":\"2026-04-01T00:00:00Z\"") ","
                    ROOM("\"room\":\"1\",\"remote\":true,\"at\":\"2026-04-01T01:00:00Z\"") ","
                    ROOM("\"room\":\"2\",\"remote\":false,\"at\":\"2026-04-01T02:00:00Z\"") ","
                    ROOM("\"room\":\"3\",\"remote\":true,\"at\":\"2026-04-01T15:00:00Z\"") ","
                    ROOM("\"room\":\"4\",\"remote\":true,\"at\":\"2026-04-02T15:00:00Z\"") "]",
        "2026-04-01", "2026-04-02");
    const json_t *rows = rows_of(document, "remote");
    assert_int_equal(json_array_size(rows), 2); /* once for each room, at another PC, in the range */
    assert_string_equal(json_string_value(json_array_get(json_array_get(rows, 1), 0)), "令和8年4月2日\n0時00分");
    assert_true(json_is_null(json_array_get(json_array_get(rows, 0), 2)));
    assert_int_equal(record_number(document, "missing"), 4);
    autojson json_t *none = make_of("takeouts", "[]", "", "");
    assert_null(rows_of(none, "remote"));
}

#define FOUND(more)                                                                                               \
    "{\"kind\":\"copy\",\"phase\":\"done\",\"found\":\"copy\",\"copy\":\"F-1\",\"area\":\"a\",\"purpose\":\"w\","       \
    "\"kept\":\"k\",\"at\":\"2026-04-01T00:00:00Z\",\"permission\":{\"granted\":true},\"person\":{\"id\":\"sato\"}}" more
#define END(kind, day, more) ",{\"kind\":\"" kind "\",\"at\":\"" day "T00:00:00Z\"," more "}"
#define ERASED(day) END("erasure", day, "\"phase\":\"done\",\"method\":\"keys\",\"object\":{\"kind\":\"area\",\"name\":\"a\"}")
#define CASE(kind, phase, more)                                                                                   \
    "{\"kind\":\"" kind "\",\"case\":\"C-1\",\"type\":\"copy\",\"phase\":\"" phase "\",\"at\":\"2026-04-01T00:00:00Z\","   \
    "\"person\":{\"id\":\"tanaka\"},\"purpose\":\"w\",\"kept\":\"k\"" more "}"

/* The copy ledger of these records: its only row's cell begins with this; NULL = there is no row. */
static void expect_copy(const char *records, size_t column, const char *expected)
{
    autojson json_t *document = make_of("copies", records, "", "");
    const json_t *rows = rows_of(document, "copies");
    if (!expected) {
        assert_int_equal(json_array_size(rows), 0);
        return;
    }
    assert_int_equal(json_array_size(rows), 1);
    const char *text = json_string_value(json_array_get(json_array_get(rows, 0), column));
    if (!text || !str_starts(text, expected))
        fail_msg("%s: \"%s\", not \"%s\"", records, text ? text : "null", expected);
}

static void copies_end_once_and_by_their_own_records(void **state)
{
    (void)state;
    expect_copy("[" FOUND("") "]", 6, "未破棄");
    expect_copy("[" FOUND(ERASED("2026-05-01")) "]", 6, "令和8年5月1日");
    expect_copy("[" FOUND(ERASED("2026-05-01") ERASED("2026-06-01")) "]", 6, "令和8年5月1日");
    expect_copy("[" FOUND(END("erasure", "2026-05-01", "\"pc\":1,\"phase\":\"done\",\"method\":\"keys\",\"object\":{\"kind\":"
                "\"area\",\"name\":\"a\"}")) "]", 6, "未破棄"); /* an area of that name elsewhere */
    expect_copy("[" FOUND(END("item", "2026-05-02", "\"phase\":\"destroyed\",\"item\":\"F-1\"")) "]", 6, "令和8年5月2日");
    expect_copy("[" FOUND(END("item", "2026-05-02", "\"phase\":\"destroyed\",\"item\":\"F-2\"")) "]", 6, "未破棄");
    expect_copy("[" FOUND(END("erasure", "2026-05-02", "\"phase\":\"failed\",\"item\":\"F-1\"")) "]", 6, "未破棄");
    expect_copy("[" CASE("request", "", "") "," CASE("copy", "done", "") END("handover", "2026-05-03", "\"phase\":\"received\","
                "\"to-client\":true,\"case\":\"C-1\"") "]", 6, "委託者に引渡し済み");
    expect_copy("[" CASE("request", "", "") "," CASE("copy", "done", "") END("handover", "2026-05-03", "\"phase\":\"received\","
                "\"to-client\":false,\"case\":\"C-1\"") "]", 6, "未破棄");
}

#define PLACE "\"in-place-of\":{\"id\":\"sato\",\"name\":\"佐藤\"}"
#define TWO                                                                                                       \
    "\"approvals\":[{\"person\":{\"id\":\"boss\"}},{\"person\":{\"id\":\"tanaka\",\"name\":\"田中\"}," PLACE "}]"

#define UNDER "\"under\":{\"id\":\"S-20260401-0001\",\"at\":\"2026-04-01T00:00:00Z\"}"

static void cases_show_what_went_and_who_permitted(void **state)
{
    (void)state;
    expect_copy("[" CASE("request", "", "") "," CASE("copy", "intent", "") "]", 0, NULL);
    expect_copy("[" CASE("request", "", "") "," CASE("copy", "failed", "") "]", 0, NULL);
    expect_copy("[" CASE("request", "", "") "," CASE("copy", "unknown", "") "]", 0, "令和8年4月1日");
    autojson json_t *later = make_of("copies", "[" CASE("request", "", "") END("copy", "2026-04-03", "\"case\":\"C-1\",\"phase\":"
                                     "\"unknown\",\"person\":{\"id\":\"sato\"}") "]", "2026-04-03", "2026-04-30");
    assert_int_equal(json_array_size(rows_of(later, "copies")), 1); /* it stands where it may have gone */
    expect_copy("[" CASE("copy", "done", "") "]", 0, NULL); /* nobody asked for it: another's record */
    expect_copy("[" CASE("request", "", "") "," CASE("permit", "granted", "") "," CASE("permit", "expired", "") ","
                CASE("copy", "done", "") "]", 2, "有\n許可者：tanaka");
    expect_copy("[" CASE("request", "", "") "," CASE("permit", "rejected", ",\"why\":\"no\"") "," CASE("copy", "done", "") "]",
                2, "無\n許可者：tanaka\nno");
    expect_copy("[" CASE("request", "", "") "," CASE("permit", "granted", "," TWO) "," CASE("copy", "done", "") "]", 2,
                "有\n許可者：boss、田中 (tanaka)（佐藤 (sato)の代理）");
    expect_copy("[" CASE("request", "", "") "," CASE("permit", "granted", "," PLACE) "," CASE("copy", "done", "") "]", 2,
                "有\n許可者：tanaka（佐藤 (sato)の代理）");
    expect_copy("[" CASE("request", "", "") "," CASE("permit", "granted", "," UNDER) "," CASE("copy", "done", "") "]", 2,
                "有\n許可者：tanaka（包括許可 S-20260401-0001、令和8年4月1日 9時00分）");
    autojson json_t *given = make_of("handovers", "[{\"kind\":\"handover\",\"handover\":\"H-1\",\"phase\":\"given\","
                                     "\"case\":\"C-1\",\"at\":\"2026-04-01T00:00:00Z\",\"permission\":{\"granted\":true,"
                                     "\"approver\":{\"id\":\"tanaka\"}," TWO "}}]", "", "");
    assert_string_equal(json_string_value(json_array_get(json_array_get(rows_of(given, "handovers"), 0), 2)),
                        "有\n許可者：boss、田中 (tanaka)（佐藤 (sato)の代理）");
}

#define FILES(more)                                                                                                \
    ",\"content\":{\"count\":0,\"files\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"},{\"name\":\"d\"},{\"name\":\"e\"}"  \
    more "]}"
#define SHOWN "C-1（機密性0）\n%d件、0バイト\na\nb\nc\nd\ne%s"

/* Five names at most stand in a cell; then all of them stand in the annex. */
static void a_cell_has_five_names(void **state)
{
    (void)state;
    autojson json_t *five = make_of("copies", "[" CASE("request", "", FILES("")) "," CASE("copy", "done", "") "]", "", "");
    autojson json_t *six = make_of("copies", "[" CASE("request", "", FILES(",{\"name\":\"f\"}")) "," CASE("copy", "done", "") "]",
                                   "", "");
    const struct {
        const json_t *document;
        int count;
        const char *more;
    } all[] = {{five, 5, ""}, {six, 6, "\nほか1件（別紙のとおり）"}};
    for (size_t i = 0; i < array_count(all); i++) {
        autobuf struct buf shown = {0};
        buf_printf(&shown, SHOWN, all[i].count, all[i].more);
        const json_t *rows = rows_of(all[i].document, "copies");
        assert_string_equal(json_string_value(json_array_get(json_array_get(rows, 0), 3)), shown.data);
    }
    assert_null(rows_of(five, "files"));
    assert_int_equal(json_array_size(rows_of(six, "files")), 6);
    assert_string_equal(json_string_value(json_array_get(json_array_get(rows_of(six, "files"), 5), 1)), "f");
}

/* What of the day is still out when the manager looks. */
static void expect_out(const char *records, const char *expected)
{
    autojson json_t *document = make_of("inspection", records, "", "");
    const json_t *rows = json_object_get(json_array_get(json_object_get(document, "tables"), 0), "rows");
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(json_string_value(json_array_get(json_array_get(rows, 0), 7)), expected);
}

static void what_was_destroyed_is_out_no_more(void **state)
{
    (void)state;
    expect_out("[" FOUND("") "]", "1");
    expect_out("[" FOUND(ERASED("2026-05-01")) "]", "0");
    expect_out("[" CASE("request", "", "") "," CASE("copy", "done", "") "," CASE("return", "", "") "]", "0");
}

#define ITEM(phase, day, more)                                                                                     \
    "{\"kind\":\"item\",\"item\":\"D-1\",\"form\":\"paper\",\"name\":\"n\",\"phase\":\"" phase "\",\"at\":\"" day           \
    "T00:00:00Z\",\"person\":{\"id\":\"sato\"}" more "}"

/* A cell of the register's only row, in the table for this. */
static void expect_item(const char *records, const char *table, size_t column, const char *expected)
{
    autojson json_t *document = make_of("register", records, "", "");
    const json_t *rows = rows_of(document, table);
    assert_int_equal(json_array_size(rows), 1);
    const char *text = json_string_value(json_array_get(json_array_get(rows, 0), column));
    if (!expected ? text != NULL : !text || !str_eq(text, expected))
        fail_msg("%s: \"%s\", not \"%s\"", records, text ? text : "null", expected ? expected : "null");
}

static void entries_end_and_are_checked(void **state)
{
    (void)state;
    static const char *const gone = "\n破棄・消去";
    autobuf struct buf day = {0};
    buf_printf(&day, "令和8年5月1日\n9時00分%s", gone);
    expect_item("[" ITEM("received", "2026-04-01", "") "]", "ordinary", 9, "未返却");
    expect_item("[" ITEM("received", "2026-04-01", "") "," ITEM("destroyed", "2026-05-01", "") "]", "ordinary", 9, day.data);
    expect_item("[" ITEM("received", "2026-04-01", "") "," ITEM("returned", "2026-05-01", "") "]", "ordinary", 9,
                "令和8年5月1日\n9時00分\n返却");
    /* what the client receives later does not change an end that is there */
    expect_item("[" ITEM("received", "2026-04-01", "") "," ITEM("destroyed", "2026-05-01", "")
                END("handover", "2026-06-01", "\"phase\":\"received\",\"to-client\":true,\"item\":\"D-1\"") "]",
                "ordinary", 9, day.data);
    expect_item("[" ITEM("received", "2026-04-01", "") "," ITEM("moved", "2026-04-02", ",\"specific-personal\":true") "]",
                "specific", 10, "有");
    expect_item("[" ITEM("received", "2026-04-01", ",\"specific-personal\":true") "]", "specific", 12, NULL);
    expect_item("[" ITEM("received", "2026-04-01", "") "]", "ordinary", 12, "対象外");
    expect_item("[" ITEM("received", "2026-04-01", ",\"specific-personal\":true") ","
                ITEM("checked", "2026-04-02", ",\"second\":{\"id\":\"ito\"}") "]", "specific", 12, "ito\n令和8年4月2日\n9時00分");
    expect_item("[" ITEM("received", "2026-04-01", "") "," ITEM("checked", "2026-04-02", "") "]", "ordinary", 11,
                "sato\n令和8年4月2日\n9時00分");
}

static const char *completed(const json_t *document)
{
    const json_t *fields = json_object_get(document, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++)
        if (str_eq(record_text(json_array_get(fields, i), "key"), "complete"))
            return json_string_value(json_object_get(json_array_get(fields, i), "value"));
    return NULL;
}

static void all_was_done_when_nothing_is_left(void **state)
{
    (void)state;
    autojson json_t *done = make_of("completion", "[" ITEM("received", "2026-04-01", "") ","
                                    ITEM("destroyed", "2026-05-01", ",\"method\":\"裁断\"") "]", "", "");
    assert_string_equal(completed(done), "令和8年5月1日");
    const json_t *row = json_array_get(rows_of(done, "media"), 0);
    assert_string_equal(json_string_value(json_array_get(row, 2)), "裁断");
    assert_true(json_is_null(json_array_get(row, 5))); /* no record says who checked it */
    autojson json_t *left = make_of("completion", "[" ITEM("received", "2026-04-01", "") "," ITEM("destroyed", "2026-05-01", "")
                                    ",{\"kind\":\"item\",\"item\":\"D-2\",\"phase\":\"received\",\"at\":\"2026-04-02\"}]",
                                    "", "");
    assert_null(completed(left));
    autojson json_t *lost = make_of("return-plan", "[" ITEM("received", "2026-04-01", "")
                                    END("lost", "2026-04-05", "\"item\":\"D-1\"") "]", "", "");
    assert_int_equal(json_array_size(rows_of(lost, "plan")), 0);
    autojson json_t *open = make_of("return-plan", "[" ITEM("received", "2026-04-01", "") "]", "", "");
    assert_int_equal(json_array_size(rows_of(open, "plan")), 1);
}

#define INCIDENT(seq, phase, time, more)                                                                          \
    "{\"kind\":\"incident\",\"incident\":\"I-1\",\"phase\":\"" phase "\",\"seq\":" seq ",\"at\":\"" time "\"," more "}"

#define OUT(id, phase, day, more)                                                                                  \
    "{\"kind\":\"request\",\"case\":\"" id "\",\"type\":\"takeout\",\"at\":\"2026-04-01T00:00:00Z\",\"person\":{\"id\":\"sato\"},"   \
    "\"destination\":{\"id\":\"stick\"},\"content\":{\"count\":2}},"                                                     \
    "{\"kind\":\"takeout\",\"case\":\"" id "\",\"phase\":\"" phase "\",\"at\":\"" day "T00:00:00Z\",\"person\":{\"id\":\"sato\"},"      \
    "\"destination\":{\"id\":\"stick\"}" more "}"
#define BACK(id, day) ",{\"kind\":\"return\",\"case\":\"" id "\",\"phase\":\"done\",\"at\":\"" day "T00:00:00Z\"}"
#define LOST(what, more)                                                                                          \
    ",{\"kind\":\"lost\",\"at\":\"2026-04-10T00:00:00Z\",\"incident\":\"I-1\",\"case\":\"\"," what more "},"                     \
    INCIDENT("9", "opened", "2026-04-10T00:00:00Z", "\"known-at\":\"2026-04-10T00:00:00Z\",\"type\":\"loss\"")
#define SEALED ",\"sealed\":{\"sha256\":\"5ea1\"},\"recipients\":[\"office\"]"
#define BOTH ",\"sealed\":{\"sha256\":\"5ea1\"},\"recipients\":[\"office\",\"escrow\"]"

static const char *data_cell(const json_t *document, size_t row, size_t column)
{
    return json_string_value(json_array_get(json_array_get(rows_of(document, "data"), row), column));
}

/* A medium that is lost takes what is on it along, and nothing that had come back. */
static void what_is_on_a_lost_medium_is_lost(void **state)
{
    (void)state;
    static const struct {
        const char *records;
        bool lost;
    } all[] = {
        {"[" OUT("T-1", "done", "2026-04-02", SEALED) LOST("\"medium\":\"stick\"", "") "]", true},
        {"[" OUT("T-1", "unknown", "2026-04-02", "") LOST("\"medium\":\"stick\"", "") "]", true},
        {"[" OUT("T-1", "failed", "2026-04-02", "") LOST("\"medium\":\"stick\"", "") "]", false},
        {"[" OUT("T-1", "done", "2026-04-02", SEALED) LOST("\"medium\":\"other\"", "") "]", false},
        {"[" OUT("T-1", "done", "2026-04-02", SEALED) BACK("T-1", "2026-04-03") LOST("\"medium\":\"stick\"", "") "]", false},
        {"[" OUT("T-1", "done", "2026-04-02", SEALED) LOST("\"pc\":1,\"medium\":\"stick\"", "") "]", false},
        {"[" OUT("T-1", "done", "2026-04-02", SEALED ",\"medium\":\"usb-1\"") LOST("\"medium\":\"usb-1\"", "") "]", true},
        {"[" OUT("T-1", "done", "2026-04-02", SEALED ",\"medium\":\"usb-1\"") LOST("\"medium\":\"another\"",
            ",\"registered\":\"usb-1\"") "]", true},
        {"[" OUT("T-1", "done", "2026-04-02", SEALED) LOST("\"medium\":\"usb-1\"",
            ",\"registered\":\"usb-1\",\"destinations\":[\"stick\"]") "]", true},
        {"[" OUT("T-1", "done", "2026-04-02", SEALED ",\"medium\":\"usb-2\"") LOST("\"medium\":\"usb-1\"",
            ",\"registered\":\"usb-1\",\"destinations\":[\"stick\"]") "]", false},
    };
    for (size_t i = 0; i < array_count(all); i++) {
        autojson json_t *ledger = make_of("takeouts", all[i].records, "", ""), *final = make_of("incident-final", all[i].records, "", "");
        const char *end = json_string_value(json_array_get(json_array_get(rows_of(ledger, "takeouts"), 0), 7));
        if ((end && str_starts(end, "紛失")) != all[i].lost || (json_array_size(rows_of(final, "data")) == 1) != all[i].lost)
            fail_msg("%s: \"%s\", %zu rows", all[i].records, end ? end : "", json_array_size(rows_of(final, "data")));
    }
}

/* An incident's form says of each thing whether it is encrypted, only as far as a record tells. */
static void incidents_say_what_is_encrypted(void **state)
{
    (void)state;
    autojson json_t *sealed = make_of("incident-final", "[" OUT("T-1", "done", "2026-04-02", SEALED) LOST("\"medium\":\"stick\"", "") "]", "", "");
    assert_string_equal(data_cell(sealed, 0, 3), "あり（age v1）\noffice");
    assert_string_equal(data_cell(sealed, 0, 4), "5ea1");
    autojson json_t *two = make_of("incident-final", "[" OUT("T-1", "done", "2026-04-02", BOTH) LOST("\"medium\":\"stick\"", "") "]", "", "");
    assert_string_equal(data_cell(two, 0, 3), "あり（age v1）\noffice\n受託者の控えの鍵");
    autojson json_t *ledger = make_of("takeouts", "[" OUT("T-1", "done", "2026-04-02", BOTH) "]", "", "");
    const char *kept = json_string_value(json_array_get(json_array_get(rows_of(ledger, "takeouts"), 0), 5));
    assert_non_null(kept);
    assert_non_null(strstr(kept, "開ける人：office、受託者の控えの鍵"));
    autojson json_t *known = make_of("incident-final", "[" OUT("T-1", "unknown", "2026-04-02", ",\"recipients\":[\"office\"]")
                                     LOST("\"medium\":\"stick\"", "") "]", "", "");
    assert_string_equal(data_cell(known, 0, 3), "あり（age v1）\noffice");
    assert_true(str_starts(data_cell(known, 0, 4), "不明"));
    autojson json_t *unknown = make_of("incident-final", "[" OUT("T-1", "unknown", "2026-04-02", "") LOST("\"medium\":\"stick\"", "") "]",
                                       "", "");
    assert_true(str_starts(data_cell(unknown, 0, 3), "不明"));
    autojson json_t *plain = make_of("incident-final", "[" CASE("request", "", "") "," CASE("copy", "done", "")
                                     LOST("\"medium\":\"\"", "") "," INCIDENT("10", "added", "2026-04-11", "\"case\":\"C-1\"") "]", "", "");
    assert_string_equal(data_cell(plain, 0, 3), "なし");
    autojson json_t *paper = make_of("incident-final", "[" ITEM("received", "2026-04-01", "") LOST("\"item\":\"D-1\"", "") "]", "", "");
    assert_string_equal(data_cell(paper, 0, 0), "D-1");
    assert_string_equal(data_cell(paper, 0, 1), "n\nD-1");
    assert_string_equal(data_cell(paper, 0, 3), "なし");
    autojson json_t *other = make_of("incident-final", "[" ITEM("received", "2026-04-01", "") LOST("\"item\":\"D-2\"", "") "]", "", "");
    assert_int_equal(json_array_size(rows_of(other, "data")), 0);
}

/* The cell of the reports' row that begins with this: when it is due. */
static void expect_due(const char *records, const char *report, const char *expected)
{
    autojson json_t *document = make_of("incident-first", records, "", "");
    const json_t *rows = rows_of(document, "reports");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (!str_eq(json_string_value(json_array_get(row, 0)), report))
            continue;
        assert_string_equal(json_string_value(json_array_get(row, 1)), expected);
        return;
    }
    fail_msg("no row of %s", report);
}

/* An incident's clocks run for as long as they were to run, whatever the wall clock did meanwhile. */
static void incidents_clocks_go_with_the_pcs(void **state)
{
    (void)state;
    static const char known[] = "[" INCIDENT("0", "opened", "2026-04-01T01:00:00Z",
                                             "\"known-at\":\"2026-04-01T01:00:00Z\",\"type\":\"leak\"") "]";
    expect_due(known, "第一報", "令和8年4月1日\n11時00分");
    clock_step = -7200; /* the clock was two hours ahead, and was set right after that */
    expect_due(known, "第一報", "令和8年4月1日\n9時00分");
    clock_step = 0;
}

/* The review of accesses to one file: each refused for the reason, or opened (""), at its time. */
static json_t *review_of(const char *const (*rows)[2], size_t count)
{
    autojson json_t *entries = json_pack("{ss}", "hours", "9:00-18:00");
    struct report_source s = {.contract = "c", .entries = entries};
    json_t *document = NULL;
    s.accesses = calloc(count, sizeof *s.accesses);
    assert_non_null(s.accesses);
    assert_int_equal(texts_new(&s.names), 0);
    assert_int_equal(report_source_range(&s, "", ""), 0);
    for (; s.access_count < count; s.access_count++) {
        struct report_access *a = &s.accesses[s.access_count];
        const char *reason = rows[s.access_count][1];
        a->count = 1;
        a->refused = *reason;
        assert_int_equal(clock_parse_time(rows[s.access_count][0], &a->at_s), 0);
        assert_int_equal(texts_take(s.names, reason, strlen(reason), &a->reason), 0);
    }
    assert_int_equal(report_build(report_find("access-review"), &s, true, "", &document), 0);
    texts_free(&s.names);
    free(s.accesses);
    return document;
}

static void nights_weekends_and_holidays_are_outside(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"2026-04-28T23:59:59Z", ""}, /* a Wednesday that is a holiday, one second before nine */
        {"2026-04-29T01:00:00Z", ""}, {"2026-04-30T01:00:00Z", ""}, /* on the holiday, on the day behind it */
        {"2026-04-30T09:00:00Z", ""}, {"2026-05-02T01:00:00Z", ""}, {"2026-05-03T15:00:00Z", ""}};
    autojson json_t *document = review_of(rows, array_count(rows));
    assert_int_equal(json_array_size(rows_of(document, "outside")), array_count(rows) - 1);
    for (size_t i = 0; i < json_array_size(rows_of(document, "outside")); i++)
        assert_string_not_equal(json_string_value(json_array_get(json_array_get(rows_of(document, "outside"), i), 0)),
                                "令和8年4月30日\n10時00分");
}

/* Every reason that an opening is refused for (policy/decide.c) stands in words on the form. */
static void refusals_have_their_words(void **state)
{
    (void)state;
    static const char *const names[] = {"no-policy", "policy-expired", "no-area", "contract-ended", "contract-not-begun",
                                        "not-on-roster", "not-for-area", "not-trained", "not-pledged", "suspended",
                                        "mixed-identity", "not-listed", "not-root-owned", "code-made", "not-in-room",
                                        "unidentified", "ledger-behind", "remote", "guard-replaced"};
    const char *rows[array_count(names)][2];
    for (size_t i = 0; i < array_count(names); i++) {
        rows[i][0] = "2026-04-30T01:00:00Z";
        rows[i][1] = names[i];
    }
    autojson json_t *document = review_of(rows, array_count(names));
    const json_t *refused = rows_of(document, "refused");
    assert_int_equal(json_array_size(refused), array_count(names));
    for (size_t i = 0; i < array_count(names); i++) {
        const char *text = json_string_value(json_array_get(json_array_get(refused, i), 3));
        if (!text || (unsigned char)*text < 0x80)
            fail_msg("%s stands as \"%s\"", names[i], text ? text : "null");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_over_a_line_is_a_take_out),
        cmocka_unit_test(copies_end_once_and_by_their_own_records),
        cmocka_unit_test(cases_show_what_went_and_who_permitted),
        cmocka_unit_test(a_cell_has_five_names),
        cmocka_unit_test(what_was_destroyed_is_out_no_more),
        cmocka_unit_test(entries_end_and_are_checked),
        cmocka_unit_test(all_was_done_when_nothing_is_left),
        cmocka_unit_test(incidents_clocks_go_with_the_pcs),
        cmocka_unit_test(what_is_on_a_lost_medium_is_lost),
        cmocka_unit_test(incidents_say_what_is_encrypted),
        cmocka_unit_test(nights_weekends_and_holidays_are_outside),
        cmocka_unit_test(refusals_have_their_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

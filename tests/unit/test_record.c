/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_record.c: the canonical form, and that the scanner and the writer agree on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <stdio.h>
#include <string.h>
#include "record/record.h"
#include "record/scan.h"

static void canonical(void **state)
{
    (void)state;
    static const char in[] = "{ \"b\" : [1, -2, {\"z\":null,\"a\":true}], \"a\":\"x\\u0041\\n/\\u001f\\u6771\", "
                             "\"aa\":9223372036854775807 }";
    static const char out[] = "{\"a\":\"xA\\n/\\u001F東\",\"aa\":9223372036854775807,"
                              "\"b\":[1,-2,{\"a\":true,\"z\":null}]}";
    autojson json_t *record = NULL;
    autobuf struct buf b = {0};
    assert_int_equal(record_parse(in, strlen(in), sizeof in, &record), 0);
    assert_int_equal(record_write(record, &b), 0);
    assert_string_equal(b.data, out);
    assert_int_equal(scan_record(out, strlen(out), NULL, 0, NULL), 0);
    assert_int_equal(scan_record(in, strlen(in), NULL, 0, NULL), SK_ERR_FORMAT);
}

/* The writer's own form is jansson's sorted, compact one, and the scanner takes it. */
static void as_jansson_writes(void **state)
{
    (void)state;
    char odd[0x80 + 8] = "";
    for (int c = 1; c < 0x80; c++)
        odd[c - 1] = (char)c;
    memcpy(odd + 0x7f, "東é", sizeof "東é");
    autojson json_t *record = json_pack("{s:s,s:I,s:I,s:b,s:[o,{s:s}],s:{},s:[]}", "odd", odd, "min",
                                        (json_int_t)INT64_MIN, "max", (json_int_t)INT64_MAX, "no",
                                        0, "list", json_null(), "k", "v", "none", "empty");
    for (int i = 0; i < 100; i++) { /* more than are sorted without an allocation */
        char key[16];
        snprintf(key, sizeof key, "k%d", i * 37 % 100);
        json_object_set_new(record, key, json_integer(i));
    }
    autobuf struct buf b = {0};
    char *expected = json_dumps(record, JSON_COMPACT | JSON_SORT_KEYS);
    buf_puts(&b, "before\n");
    size_t from = b.len;
    assert_int_equal(record_write(record, &b), 0);
    assert_string_equal(b.data + from, expected);
    assert_int_equal(scan_record(expected, strlen(expected), NULL, 0, NULL), 0);
    free(expected);
    from = b.len;
    record_put_open(&b, NULL);
    record_put_number(&b, "a", -1);
    record_put_open(&b, "b");
    record_put_text(&b, "c", "\"\x01", 2);
    record_put_close(&b);
    record_put_close(&b);
    assert_string_equal(b.data + from, "{\"a\":-1,\"b\":{\"c\":\"\\\"\\u0001\"}}");
    autojson json_t *nul = json_pack("{s:s%}", "a", "x\0y", (size_t)3);
    assert_int_equal(record_write(nul, &b), SK_ERR_FORMAT);
}

static void refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "[]", "1", "{\"a\":1,\"a\":2}", "{\"a\":1.5}", "{\"a\":1e3}", "{\"a\":1}x", "{\"a\":1",
        "{\"a\":\"\\u0000\"}", "{\"a\":\"\xff\"}", "{\"a\\n\":1}", "{\"a\":99999999999999999999}",
        "{\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}"};
    for (size_t i = 0; i < array_count(texts); i++) {
        autojson json_t *record = NULL;
        if (record_parse(texts[i], strlen(texts[i]), 4096, &record) != SK_ERR_FORMAT)
            fail_msg("accepted: %s", texts[i]);
        assert_int_equal(scan_record(texts[i], strlen(texts[i]), NULL, 0, NULL), SK_ERR_FORMAT);
    }
    autojson json_t *record = NULL;
    assert_int_equal(record_parse("{\"a\":1}", 7, 6, &record), SK_ERR_LIMIT);
    autojson json_t *real = json_pack("{s:f}", "a", 1.0), *large = json_object();
    autobuf struct buf b = {0};
    assert_int_equal(record_write(real, &b), SK_ERR_FORMAT);
    char *text = malloc(SK_RECORD_MAX);
    memset(text, 'x', SK_RECORD_MAX - 1);
    text[SK_RECORD_MAX - 1] = '\0';
    json_object_set_new(large, "a", json_string(text));
    free(text);
    assert_int_equal(record_write(large, &b), SK_ERR_LIMIT);
    assert_int_equal(b.len, 0);
}

/* Forms that a lax reader takes for the same record. */
static void scanner_refuses(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":1}", "{\"a\": 1}", " {\"a\":1}", "{\"a\":1} ",
        "{\"a\":01}", "{\"a\":-0}", "{\"a\":+1}", "{\"a\":\"\\/\"}", "{\"a\":\"\\u0041\"}",
        "{\"a\":\"\\u001f\"}", "{\"a\":\"\\u000A\"}", "{\"a\":\"\t\"}", "{\"a\":\"\xc0\x80\"}",
        "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":9223372036854775808}", "{\"a\":tru}", "{\"a\":}",
        "{\"a\":1,}", "{,}", "{\"a\":[1,]}", "{\"a\"}", "{\"a\":\"x}", "{\"a\":{\"c\":1,\"b\":2}}"};
    for (size_t i = 0; i < array_count(texts); i++)
        if (scan_record(texts[i], strlen(texts[i]), NULL, 0, NULL) != SK_ERR_FORMAT)
            fail_msg("accepted: %s", texts[i]);
}

/* Each byte at each place of a string, alone among bytes that stand for themselves. */
static void scanner_sees_each_byte(void **state)
{
    (void)state;
    static const char line[] = "{\"a\":\"xxxxxxxxxxxxxxxxxxxx\"}";
    for (size_t at = strlen("{\"a\":\""); at < sizeof line - sizeof "\"}"; at++) {
        for (unsigned c = 0; c < 256; c++) {
            char text[sizeof line];
            memcpy(text, line, sizeof line);
            text[at] = (char)c;
            bool plain = c >= ' ' && c < 0x80 && c != '"' && c != '\\';
            if ((scan_record(text, sizeof line - 1, NULL, 0, NULL) == 0) != plain)
                fail_msg("byte %u at %zu", c, at);
        }
    }
}

static void fields(void **state)
{
    (void)state;
    static const char line[] = "{\"at\":\"2026\",\"in\":{\"seq\":9},\"kind\":\"seal\",\"seq\":42}";
    struct scan_field f[] = {{.key = "at"}, {.key = "b"}, {.key = "kind"}, {.key = "seq"},
                             {.key = "z"}};
    uint64_t n;
    assert_int_equal(scan_record(line, strlen(line), f, array_count(f), NULL), 0);
    assert_true(scan_is(&f[2], "seal"));
    assert_false(scan_is(&f[2], "sea"));
    assert_null(f[1].value);
    assert_null(f[4].value);
    assert_int_equal(scan_number(&f[3], &n), 0);
    assert_int_equal(n, 42); /* not the inner one */
    assert_int_equal(scan_number(&f[0], &n), SK_ERR_FORMAT);
    assert_int_equal(scan_number(&f[1], &n), SK_ERR_FORMAT);
}

static void members(void **state)
{
    (void)state;
    autojson json_t *record = json_pack("{s:{s:{s:s}},s:i,s:b}", "a", "b", "c", "deep", "n", 5,
                                        "yes", 1);
    assert_string_equal(record_text(record, "a.b.c"), "deep");
    assert_string_equal(record_text(record, "a.b"), "");
    assert_string_equal(record_text(record, "a.x.c"), "");
    assert_int_equal(record_number(record, "n"), 5);
    assert_int_equal(record_number(record, "a"), 0);
    assert_true(record_flag(record, "yes"));
    assert_false(record_flag(record, "n"));
    assert_null(record_member(NULL, "a"));
    assert_int_equal(record_set_bytes(record, "file", "a\xff\n", 3), 0);
    assert_string_equal(record_text(record, "file"), "a\\xff\\n");
    assert_int_equal(record_set_bytes(record, "file", "東京\n", 7), 0);
    assert_string_equal(record_text(record, "file"), "東京\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical), cmocka_unit_test(as_jansson_writes), cmocka_unit_test(refused), cmocka_unit_test(scanner_refuses),
        cmocka_unit_test(fields),    cmocka_unit_test(members),
        cmocka_unit_test(scanner_sees_each_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

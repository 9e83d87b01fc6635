/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger-numbers.c: whose a record is and which number it gets; areas that change hands; a ledger that
 * goes on after a restart and after a removal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include "base/str.h"
#include "ledger-folder.h"
#include "ledger/numbers.h"
#include "record/record.h"

#define BLIND_A "00112233445566778899aabbccddeeff"
#define BLIND_B "ffeeddccbbaa99887766554433221100"

static json_t *contract(const char *id, const char *blind, const char *area, const char *second)
{
    json_t *record = json_pack("{s:s,s:s,s:s,s:s,s:[s]}", "kind", "contract", "phase", "announced",
                               "contract", id, "blind", blind, "areas", area);
    if (second)
        json_array_append_new(json_object_get(record, "areas"), json_string(second));
    return record;
}

static void learn(struct numbers *n, const char *id, const char *blind, const char *area)
{
    autojson json_t *record = contract(id, blind, area, NULL);
    numbers_learn(n, record);
}

/* What a record gets: "CONTRACT N", or "" for none. */
static const char *mark_of(struct numbers *n, const char *text)
{
    static char ret[128];
    struct series_mark mark;
    autojson json_t *record = json_loads(text, 0, NULL);
    assert_non_null(record);
    ret[0] = '\0';
    if (numbers_next(n, record, &mark))
        snprintf(ret, sizeof ret, "%s %d", mark.contract, (int)mark.n);
    return ret;
}

static void whose(void **state)
{
    (void)state;
    struct numbers *n = calloc(1, sizeof *n);
    assert_non_null(n);
    assert_string_equal(mark_of(n, "{\"kind\":\"takeout\",\"contract\":\"a\"}"), "");
    assert_string_equal(mark_of(n, "{\"kind\":\"agent\",\"phase\":\"start\"}"), " 1");
    learn(n, "a", BLIND_A, "one");
    learn(n, "b", BLIND_B, "two");
    assert_string_equal(mark_of(n, "{\"kind\":\"takeout\",\"contract\":\"a\"}"), "a 1");
    assert_string_equal(mark_of(n, "{\"kind\":\"access\",\"area\":\"one\"}"), "a 2");
    assert_string_equal(mark_of(n, "{\"kind\":\"access\",\"area\":\"two\"}"), "b 1");
    assert_string_equal(mark_of(n, "{\"kind\":\"access\",\"area\":\"other\"}"), "");
    assert_string_equal(mark_of(n, "{\"kind\":\"copy\",\"contract\":\"b\",\"area\":\"one\"}"), "b 2");
    assert_string_equal(mark_of(n, "{\"kind\":\"copy\",\"contract\":\"c\",\"area\":\"one\"}"), "");
    assert_string_equal(mark_of(n, "{\"kind\":\"seal\"}"), " 2");
    assert_string_equal(mark_of(n, "{\"kind\":\"policy\",\"phase\":\"refused\"}"), "");
    assert_string_equal(mark_of(n, "{\"kind\":\"policy\",\"phase\":\"installed\"}"), " 3");
    assert_string_equal(mark_of(n, "{\"kind\":\"refusal\"}"), "");
    learn(n, "b", BLIND_B, "one"); /* the last who claims an area has it */
    assert_string_equal(mark_of(n, "{\"kind\":\"access\",\"area\":\"one\"}"), "b 3");
    learn(n, "c", "not a blind", "three");
    assert_string_equal(mark_of(n, "{\"kind\":\"access\",\"area\":\"three\"}"), "");
    free(n);
}

static void of_a_line(void **state)
{
    (void)state;
    static const char line[] = "{\"application\":\"x \\\"area\\\":\\\"two\\\"\",\"area\":\"one\",\"seq\":}";
    struct numbers *n = calloc(1, sizeof *n);
    struct series_mark mark;
    assert_non_null(n);
    learn(n, "a", BLIND_A, "one");
    learn(n, "b", BLIND_B, "two");
    assert_true(numbers_next_of_line(n, line, sizeof line - 1, &mark));
    assert_string_equal(mark.contract, "a");
    assert_false(numbers_next_of_line(n, "{\"seq\":}", 8, &mark));
    free(n);
}

/* Seals name no contract, and another text in each epoch. */
static void counts(void **state)
{
    (void)state;
    struct numbers *n = calloc(1, sizeof *n);
    char hex[DIGEST_HEX_CAP];
    const struct series_mark mark = {.contract = "a"};
    assert_non_null(n);
    learn(n, "a", BLIND_A, "one");
    learn(n, "b", BLIND_B, "two");
    autojson json_t *first = numbers_counts(n, 1);
    autojson json_t *second = numbers_counts(n, 2);
    assert_int_equal(json_array_size(first), 2);
    assert_false(json_equal(first, second));
    assert_int_equal(series_count(BLIND_A, 1, &mark, hex), 0);
    bool found = false;
    for (size_t i = 0; i < 2; i++)
        found = found || str_eq(json_string_value(json_array_get(first, i)), hex);
    assert_true(found);
    free(n);
}

static void add(struct book *b, json_t *record)
{
    assert_int_equal(book_add(b, record, NULL, 0), 0);
}

static json_t *of_contract(const char *id)
{
    return json_pack("{s:s,s:s}", "kind", "takeout", "contract", id);
}

static uint64_t last_number(const struct folder *f, const char *id, bool *ret_bad)
{
    struct series_seen *seen = calloc(1, sizeof *seen);
    struct proof_report p;
    struct note_key key;
    char path[256];
    assert_non_null(seen);
    const struct proof_options options = {.series = seen};
    folder_path(f, LEDGER_ENROLMENT, path);
    assert_int_equal(proof_enrolment_read(path, &key), 0);
    assert_int_equal(proof_verify(f->ledger, &key, &options, &p), 0);
    *ret_bad = p.bad;
    const struct series_row *row = series_row(seen, id);
    uint64_t n = row ? row->last.n : 0;
    free(seen);
    return n;
}

static void goes_on(void **state)
{
    (void)state;
    struct folder f;
    struct book *b = NULL;
    struct recovery found = {0};
    bool bad;
    folder_make(&f);
    assert_int_equal(folder_open(&f, &b, &found), 0);
    add(b, contract("a", BLIND_A, "one", NULL));
    add(b, of_contract("a"));
    assert_int_equal(book_commit(b, true, folder_ignore, NULL), 0);
    book_close(&b);
    recovery_clear(&found);
    assert_int_equal(last_number(&f, "a", &bad), 2);
    assert_false(bad);
    assert_int_equal(folder_open(&f, &b, &found), 0);
    add(b, of_contract("a"));
    add(b, json_pack("{s:s,s:[]}", "kind", "removal", "ranges")); /* a record says where a stands first */
    assert_int_equal(book_commit(b, true, folder_ignore, NULL), 0);
    assert_int_equal(last_number(&f, "a", &bad), 4);
    assert_false(bad);
    book_close(&b);
    recovery_clear(&found);
    folder_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose),
        cmocka_unit_test(of_a_line),
        cmocka_unit_test(counts),
        cmocka_unit_test(goes_on),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

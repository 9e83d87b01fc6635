/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phrases: English where they are made, another language where they are read, and nothing in between that
 * takes a sentence apart by its words. */
#include "cmocka-head.h"
#include <sekisho/err.h>
#include <sekisho/reason.h>
#include <string.h>
#include "base/fault.h"
#include "base/phrase.h"
#include "base/str.h"
#include "record/phrases.h"

/* A catalogue of four. */
static const char *lookup(const char *id)
{
    static const struct {
        const char *id, *text;
    } known[] = {
        {"area %s is not open: %s", "%2$sため、領域%1$sは開いていません"},
        {"it is closed", "閉じている"},
        {"%zu of %zu places, %u%% of them", "%2$zuか所のうち%1$zu（%3$u%%）"},
        {"No such file or directory", "ありません"},
    };
    for (size_t i = 0; i < array_count(known); i++)
        if (str_eq(known[i].id, id))
            return known[i].text;
    return id;
}

static const char *shown(struct buf *b, const char *text)
{
    buf_reset(b);
    phrase_show(b, text, lookup);
    return b->data;
}

static const char *plain(char *into, size_t cap, const char *text)
{
    snprintf(into, cap, "%s", text);
    phrase_plain(into);
    return into;
}

static void test_both_languages(void **state)
{
    (void)state;
    char phrase[256], english[256];
    autobuf struct buf b = {0};
    phrase_print(phrase, sizeof phrase, "area %s is not open: %s", "a1", PHRASE("it is closed"));
    assert_string_equal(plain(english, sizeof english, phrase), "area a1 is not open: it is closed");
    assert_string_equal(shown(&b, phrase), "閉じているため、領域a1は開いていません");
    /* an argument is no phrase because its words are one's */
    phrase_print(phrase, sizeof phrase, "area %s is not open: %s", "it is closed", "%s %1$s");
    assert_string_equal(shown(&b, phrase), "%s %1$sため、領域it is closedは開いていません");
    phrase_print(phrase, sizeof phrase, "%zu of %zu places, %u%% of them", (size_t)3, (size_t)4, 75u);
    assert_string_equal(plain(english, sizeof english, phrase), "3 of 4 places, 75% of them");
    assert_string_equal(shown(&b, phrase), "4か所のうち3（75%）");
    assert_string_equal(shown(&b, "none known: " PHRASE("it is closed") "."), "none known: 閉じている.");
    assert_string_equal(shown(&b, ""), "");
}

static void test_conversions(void **state)
{
    (void)state;
    char phrase[512];
    phrase_print(phrase, sizeof phrase, "%d %ld %lld %u %lu %llu %zu %ju %x %c %.*s %.3s", -1, -2L, -3LL, 4u, 5UL,
                 6ULL, (size_t)7, (uintmax_t)8, 255u, 'q', 2, "abc", "defg");
    phrase_plain(phrase);
    assert_string_equal(phrase, "-1 -2 -3 4 5 6 7 8 ff q ab def");
    phrase_print(phrase, sizeof phrase, "%05d of %s", 7, PHRASE("it is closed")); /* not taken: English */
    assert_string_equal(phrase, "00007 of it is closed");
}

static void test_does_not_fit(void **state)
{
    (void)state;
    char phrase[24], one[1] = {'x'};
    autobuf struct buf b = {0};
    phrase_print(phrase, sizeof phrase, "area %s is not open: %s", "a1", PHRASE("it is closed"));
    assert_true(strlen(phrase) > 20 && str_starts("area a1 is not open: it is closed", phrase));
    phrase_print(one, sizeof one, "it is closed");
    assert_string_equal(one, "");
    /* cut by others, at every byte: what is shown is no less than what is there */
    char whole[256], cut[256];
    phrase_print(whole, sizeof whole, "area %s is not open: %s", "a1", PHRASE("it is closed"));
    for (size_t len = 0; len < strlen(whole); len++) {
        memcpy(cut, whole, len);
        cut[len] = '\0';
        shown(&b, cut);
        assert_int_equal(b.err, 0);
        assert_false(phrase_is(b.data));
        phrase_plain(cut);
        assert_int_equal(strncmp(cut, "area a1 is not open: it is closed", strlen(cut)), 0);
    }
}

static void test_senseless(void **state)
{
    (void)state;
    static const char *const texts[] = {"\x03\x03", "\x0e", "\x0f", "\x02\x0e%s\x03", "\x02\x0e\x0f\x03\x03",
                                        "\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02", "\x0e\x02\x0f\x03"};
    autobuf struct buf b = {0};
    for (size_t i = 0; i < array_count(texts); i++) {
        shown(&b, texts[i]);
        assert_false(phrase_is(b.data));
        autojson json_t *record = json_pack("{ss}", "why", texts[i]);
        assert_int_equal(phrases_put(record), 0);
        assert_false(phrase_is(record_text(record, "why")));
        assert_int_equal(phrases_take(record), 0);
    }
}

/* Phrases in one another, deeper than anybody makes them: whole ones, cut ones, with and without what follows. */
static void test_deep(void **state)
{
    (void)state;
    for (size_t depth = 1; depth < 40; depth++)
        for (unsigned whole = 0; whole <= 1; whole++) {
            autobuf struct buf deep = {0}, out = {0};
            for (size_t i = 0; i < depth; i++)
                buf_puts(&deep, "\x02\x0e%s\x0f");
            for (size_t i = 0; whole && i < depth; i++)
                buf_puts(&deep, "\x03");
            phrase_show(&out, deep.data, lookup);
            phrase_plain(deep.data);
            assert_int_equal(out.err, 0);
        }
}

static void test_fault(void **state)
{
    (void)state;
    struct fault f = {0};
    autobuf struct buf b = {0};
    fault_errno(&f, ENOENT, "area %s is not open: %s", "a1", PHRASE("it is closed"));
    assert_string_equal(shown(&b, f.why), "閉じているため、領域a1は開いていません: ありません");
    phrase_plain(f.why);
    assert_string_equal(f.why, "area a1 is not open: it is closed: No such file or directory");
    struct fault by_rule = {0};
    fault_reason(&by_rule, SK_REASON_NO_AREA);
    phrase_plain(by_rule.why);
    assert_string_equal(by_rule.why, sk_reason_text(SK_REASON_NO_AREA));
}

static void test_escape(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    char phrase[256];
    phrase_print(phrase, sizeof phrase, "area %s is not open: %s", "a\x1b[31m", PHRASE("it is closed"));
    phrase_escape(&b, phrase);
    assert_non_null(strstr(b.data, "a\\x1b[31m"));
    phrase_plain(b.data);
    assert_string_equal(b.data, "area a\\x1b[31m is not open: it is closed");
}

static void test_records(void **state)
{
    (void)state;
    char phrase[256], both[512];
    phrase_print(phrase, sizeof phrase, "area %s is not open: %s", "a1", PHRASE("it is closed"));
    snprintf(both, sizeof both, "%s; and %s", phrase, PHRASE("it is closed"));
    autojson json_t *record = json_pack("{ss ss ss s{ss} s[s]}", "kind", "area", "why", phrase, "what", both,
                                        "permission", "why", PHRASE("it is closed"), "list", phrase);
    autojson json_t *before = json_deep_copy(record);
    assert_int_equal(phrases_put(record), 0);
    autojson json_t *expected = json_pack(
        "{ss ss ss s{ss} s[s] s{s[ss[s]] s[s[ss[s]]s[s]] s[s]}}", "kind", "area", "why",
        "area a1 is not open: it is closed", "what", "area a1 is not open: it is closed; and it is closed",
        "permission", "why", "it is closed", "list", "area a1 is not open: it is closed", "said", "why",
        "area %s is not open: %s", "a1", "it is closed", "what", "", "area %s is not open: %s", "a1", "it is closed",
        "; and ", "it is closed", "permission.why", "it is closed");
    assert_true(json_equal(record, expected));
    assert_int_equal(phrases_take(record), 0);
    json_array_set_new(json_object_get(before, "list"), 0, json_string("area a1 is not open: it is closed"));
    assert_true(json_equal(record, before));
    assert_int_equal(phrases_show(record, lookup), 0);
    assert_string_equal(record_text(record, "permission.why"), "閉じている");
    assert_string_equal(record_text(record, "what"), "閉じているため、領域a1は開いていません; and 閉じている");
}

/* What was said must be what is written: a record whose two forms differ is read as it is written. */
static void test_record_that_lies(void **state)
{
    (void)state;
    autojson json_t *record = json_pack("{ss s{s[s] s[s]}}", "why", "it is open", "said", "why", "it is closed",
                                        "other", "it is closed");
    assert_int_equal(phrases_take(record), 0);
    assert_string_equal(record_text(record, "why"), "it is open");
    assert_null(json_object_get(record, "said"));
    assert_null(json_object_get(record, "other"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_languages), cmocka_unit_test(test_conversions),
        cmocka_unit_test(test_does_not_fit),   cmocka_unit_test(test_senseless),
        cmocka_unit_test(test_deep), cmocka_unit_test(test_fault),          cmocka_unit_test(test_escape),
        cmocka_unit_test(test_records),        cmocka_unit_test(test_record_that_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy-parse.c proves that good policies are read whole and bad ones are refused, each error with
 * its line. The bad ones are files: policy-bad/NAME.ini beside NAME.expected, whose lines are
 * "LINE severity code [nearest]" of every finding in order. */
#include <dirent.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"
#include "cmocka-head.h"
#include "policy-help.h"

/* A day in the middle of what the examples and bad policies cover. */
#define TODAY "2026-06-01"

static void examples_have_no_finding(void **state)
{
    (void)state;
    static const char *const examples[] = {"municipality.ini", "two-contracts.ini",
                                          "my-number.ini"};
    for (size_t i = 0; i < array_count(examples); i++) {
        autobuf struct buf text = {0}, path = {0};
        struct policy_findings f = {0};
        buf_printf(&path, "policy/examples/%s", examples[i]);
        read_source(path.data, &text);
        struct policy *p = parse_right(text.data, &f);
        assert_int_equal(policy_lint(p, day(TODAY), "dev-pc-3", &f), 0);
        assert_int_equal(policy_lint(p, day("2026-04-01"), NULL, &f), 0);
        assert_int_equal(policy_lint(p, day("2027-03-31"), NULL, &f), 0);
        for (size_t k = 0; k < f.count; k++)
            print_message("%s:%u: %s\n", examples[i], f.items[k].line, f.items[k].text);
        assert_int_equal(f.count, 0);
        policy_free(&p);
        assert_null(p);
        policy_findings_free(&f);
    }
}

static void every_value_arrives(void **state)
{
    (void)state;
    autobuf struct buf text = {0};
    struct policy_findings f = {0};
    read_source("policy/examples/municipality.ini", &text);
    struct policy *p = parse_right(text.data, &f);
    assert_int_equal(p->version, 1);
    assert_string_equal(p->title, "海辺市 住民台帳整備業務");
    assert_int_equal(p->issued, day("2026-03-20"));
    assert_int_equal(p->expires, day("2027-04-01")); /* the whole last day counts */
    assert_int_equal(p->contract_count, 1);
    assert_int_equal(p->contracts[0].retention_s, 5 * 366 * 86400LL);
    assert_false(p->contracts[0].chapter_5);
    const struct policy_consent *c = policy_consent(p, "letter-12");
    assert_non_null(c);
    assert_string_equal(c->document, "海辺市 住民第12号 持出し承諾書");
    assert_int_equal(c->sha256[0], 0x1f);
    assert_int_equal(c->purposes.count, 3);
    assert_string_equal(c->purposes.items[1], "最終成果物の納品");
    assert_int_equal(c->uses, 24);
    const struct policy_person *tanaka = policy_person_of_user(p, "tanaka");
    assert_non_null(tanaka);
    assert_int_equal(tanaka->roles, POLICY_MANAGER);
    assert_true(tanaka->has_key);
    assert_false(policy_person(p, "sato")->has_key);
    const struct policy_area *a = policy_area(p, "shared");
    assert_string_equal(a->mount, "/srv/sekisho/shared");
    assert_int_equal(a->backing, POLICY_LUKS);
    assert_int_equal(a->gate, POLICY_ROOM);
    assert_int_equal(a->display, POLICY_NESTED);
    assert_false(a->terminal || a->gpu || p->work.remote);
    assert_int_equal(a->scratch, POLICY_SCRATCH_TEMPORARY);
    assert_int_equal(p->work.line > a->head.line, 1);
    assert_int_equal(a->applications.count, 0);
    assert_int_equal(a->handlers.count, 2);
    assert_string_equal(a->copies, "");
    assert_int_equal(policy_destination(p, "delivery-stick")->return_within_s, 30 * 86400);
    assert_int_equal(policy_destination(p, "archive")->kind, POLICY_DIRECTORY);
    char age[AGE_RECIPIENT_CAP];
    age_recipient_format(&policy_recipient(p, "umibe-city")->age, age);
    assert_string_equal(age, "age12kw9tuypexetxdmsxe2870ua3c9qj6hep8t5539lwdmaww7ka52q6g0t5p");
    assert_int_equal(p->approval.lockout_period_s, 1800);
    assert_int_equal(p->ledger.seal_interval_s, 900);
    assert_true(p->ledger.refuse_access_on_failure);
    assert_false(p->has_escrow);
    /* heads know their line: decisions cite it */
    const char *line = text.data;
    for (unsigned n = 1; n < a->head.line; n++)
        line = strchr(line, '\n') + 1;
    assert_true(str_starts(line, "[area shared]\n"));
    policy_free(&p);
    policy_findings_free(&f);
}

static void defaults_are_strict(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    autofree char *text = changed(small_policy, "gate = open", NULL);
    struct policy *p = parse_right(text, &f);
    assert_int_equal(p->areas[0].gate, POLICY_ROOM);
    assert_int_equal(p->areas[0].backing, POLICY_LUKS);
    assert_true(p->ledger.refuse_access_on_failure);
    assert_int_equal(p->approval.quorum, 1);
    assert_int_equal(p->approval.lockout, 5);
    assert_int_equal(p->consents[0].until, day("2027-01-01"));
    assert_string_equal(p->title, "");
    assert_string_equal(p->destinations[0].uuid, "");
    policy_free(&p);
    policy_findings_free(&f);
}

static void line_ends_of_windows_are_taken(void **state)
{
    (void)state;
    autobuf struct buf crlf = {0};
    struct policy_findings f = {0};
    for (const char *at = small_policy; *at; at++)
        buf_puts(&crlf, *at == '\n' ? "\r\n" : (char[]){*at, '\0'});
    struct policy *p = parse_right(crlf.data, &f);
    assert_string_equal(p->areas[0].mount, "/srv/shared");
    policy_free(&p);
    policy_findings_free(&f);
}

/* "LINE severity code [nearest]" for each finding. */
static void describe(const struct policy_findings *f, struct buf *out)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct policy_finding *one = &f->items[i];
        buf_printf(out, "%u %s %s%s%s\n", one->line,
                   one->severity == POLICY_ERROR ? "error" : "warning", one->code,
                   *one->nearest ? " " : "", one->nearest);
    }
}

static void check_bad(const char *name)
{
    autobuf struct buf text = {0}, expected = {0}, got = {0}, path = {0};
    struct policy_findings f = {0};
    struct policy *p = NULL;
    buf_printf(&path, "tests/unit/policy-bad/%s.ini", name);
    read_source(path.data, &text);
    buf_reset(&path);
    buf_printf(&path, "tests/unit/policy-bad/%s.expected", name);
    read_source(path.data, &expected);
    if (policy_parse(text.data, text.len, &p, &f) == 0)
        assert_int_equal(policy_lint(p, day(TODAY), "pc-1", &f), 0);
    describe(&f, &got);
    if (strcmp(got.data ? got.data : "", expected.data) != 0)
        print_message("%s.ini:\n", name);
    assert_string_equal(got.data ? got.data : "", expected.data);
    assert_true(f.count > 0);
    policy_free(&p);
    policy_findings_free(&f);
}

static void bad_files_are_told(void **state)
{
    (void)state;
    autodir DIR *dir = opendir(SEKISHO_SOURCE_DIR "/tests/unit/policy-bad");
    assert_non_null(dir);
    size_t count = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        char *dot = strrchr(e->d_name, '.');
        if (!dot || strcmp(dot, ".ini") != 0)
            continue;
        *dot = '\0';
        check_bad(e->d_name);
        count++;
    }
    assert_true(count >= 10);
}

/* The findings' codes for bytes that must be refused. */
static void refused(const char *bytes, size_t len, int code, const char *finding, unsigned line)
{
    struct policy_findings f = {0};
    struct policy *p = NULL;
    assert_int_equal(policy_parse(bytes, len, &p, &f), code);
    assert_null(p);
    assert_true(f.errors > 0);
    if (!has_finding(&f, finding, line))
        for (size_t i = 0; i < f.count; i++)
            print_message("%u: %s\n", f.items[i].line, f.items[i].code);
    assert_true(has_finding(&f, finding, line));
    policy_findings_free(&f);
}

static void bytes_that_no_file_may_have(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    refused("", 0, SK_ERR_FORMAT, "missing-section", 0);
    buf_puts(&b, "\xef\xbb\xbf");
    buf_puts(&b, small_policy);
    refused(b.data, b.len, SK_ERR_FORMAT, "byte-order-mark", 1);
    buf_reset(&b);
    buf_puts(&b, small_policy);
    b.data[strlen("[policy]\nver")] = '\0';
    refused(b.data, b.len, SK_ERR_FORMAT, "nul-byte", 2);
    b.data[strlen("[policy]\nver")] = '\x93';
    refused(b.data, b.len, SK_ERR_FORMAT, "not-utf-8", 2);
    b.data[strlen("[policy]\nver")] = '\x1b';
    refused(b.data, b.len, SK_ERR_FORMAT, "control-character", 2);
}

static void large_files_are_refused_unread(void **state)
{
    (void)state;
    size_t len = (size_t)10 * 1024 * 1024;
    autofree char *big = malloc(len);
    assert_non_null(big);
    memset(big, 'x', len);
    refused(big, len, SK_ERR_LIMIT, "too-large", 0);
    struct policy_findings f = {0};
    struct policy *p = NULL;
    assert_int_equal(policy_parse(big, len, &p, &f), SK_ERR_LIMIT);
    assert_int_equal(f.count, 1);
    policy_findings_free(&f);
    /* what is just small enough is read, and its findings are bounded */
    for (size_t i = 1; i < SK_POLICY_MAX; i += 2)
        big[i] = '\n';
    assert_int_equal(policy_parse(big, SK_POLICY_MAX, &p, &f), SK_ERR_FORMAT);
    assert_true(f.cut);
    assert_int_equal(f.count, POLICY_FINDINGS_MAX);
    assert_true(f.errors > POLICY_FINDINGS_MAX);
    policy_findings_free(&f);
}

static void the_limit_of_a_line(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        char line[256] = "title = ";
        memset(line + strlen("title = "), 't', 199 + extra - strlen("title = "));
        autobuf struct buf b = {0};
        struct policy_findings f = {0};
        struct policy *p = NULL;
        buf_printf(&b, "[policy]\n%s\n%s", line, strchr(small_policy, '\n') + 1);
        int r = policy_parse(b.data, b.len, &p, &f);
        assert_int_equal(r, extra ? SK_ERR_FORMAT : 0);
        if (extra) {
            assert_true(has_finding(&f, "line-too-long", 2));
            assert_non_null(strstr(f.items[0].text, "purposes.1"));
        } else {
            assert_int_equal(strlen(p->title), 199 - strlen("title = "));
        }
        policy_free(&p);
        policy_findings_free(&f);
    }
}

static void what_is_found_is_shown_escaped(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    struct policy *p = NULL;
    autofree char *text = changed(small_policy, "level = 1", "level = a\\b");
    assert_int_equal(policy_parse(text, strlen(text), &p, &f), SK_ERR_FORMAT);
    assert_int_equal(f.count, 1);
    assert_string_equal(f.items[0].found, "a\\\\b");
    phrase_plain(f.items[0].text);
    assert_non_null(strstr(f.items[0].text, "allowed: a number 1 to 3"));
    policy_findings_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_have_no_finding),
        cmocka_unit_test(every_value_arrives),
        cmocka_unit_test(defaults_are_strict),
        cmocka_unit_test(line_ends_of_windows_are_taken),
        cmocka_unit_test(bad_files_are_told),
        cmocka_unit_test(bytes_that_no_file_may_have),
        cmocka_unit_test(large_files_are_refused_unread),
        cmocka_unit_test(the_limit_of_a_line),
        cmocka_unit_test(what_is_found_is_shown_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

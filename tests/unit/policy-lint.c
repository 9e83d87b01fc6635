/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy-lint.c proves what depends on time and host, and that each finding goes away once its
 * cause is mended. The findings themselves, with their lines, are in policy-bad/lint-*. */
#include <string.h>
#include "base/str.h"
#include "cmocka-head.h"
#include "policy-help.h"

/* The findings of small_policy with one line changed. */
static void lint(const char *line, const char *by, const char *today, const char *host,
                 struct policy_findings *f)
{
    autofree char *text = changed(small_policy, line, by);
    struct policy *p = parse_right(text, f);
    assert_int_equal(policy_lint(p, day(today), host, f), 0);
    policy_free(&p);
}

static void a_sound_policy_has_none(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    lint("version", "version = 3", "2026-06-01", "pc-1", &f);
    for (size_t i = 0; i < f.count; i++)
        print_message("%u: %s\n", f.items[i].line, f.items[i].text);
    assert_int_equal(f.count, 0);
    policy_findings_free(&f);
}

/* Each row: a change, a day, the finding it causes; the day before there is none. */
static void findings_come_with_their_day(void **state)
{
    (void)state;
    static const struct {
        const char *line, *by, *fine, *bad, *code;
    } rows[] = {
        {"version", "version = 3", "2027-03-31", "2027-04-01", "policy-expired"},
        {"version", "version = 3", "2027-03-31", "2027-04-01", "contract-ended"},
        {"version", "version = 3", "2026-12-31", "2027-01-01", "consent-ended"},
        {"version", "version = 3", "2026-04-01", "2026-03-31", "policy-early"},
        {"trained", "trained = 2026-07-01", "2026-07-01", "2026-06-30", "not-trained"},
        {"pledge", "pledge = 2026-07-01", "2026-07-01", "2026-06-30", "not-pledged"},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        struct policy_findings fine = {0}, bad = {0};
        lint(rows[i].line, rows[i].by, rows[i].fine, NULL, &fine);
        lint(rows[i].line, rows[i].by, rows[i].bad, NULL, &bad);
        assert_false(has_finding(&fine, rows[i].code, 0));
        assert_true(has_finding(&bad, rows[i].code, 0));
        assert_int_equal(bad.errors, 0);
        policy_findings_free(&fine);
        policy_findings_free(&bad);
    }
}

static void hosts_are_matched(void **state)
{
    (void)state;
    static const struct {
        const char *hosts, *host;
        bool ours;
    } rows[] = {
        {"pc-1", "pc-1", true},          {"pc-1", "pc-10", false},       {"pc-*", "pc-10", true},
        {"*", "anything", true},         {"a, b, pc-?", "pc-7", true},
        {"a, b, pc-?", "pc-77", false},
        {"*.example.jp", "x.y.example.jp", true}, {"*-dev-*-x", "a-dev-b-dev-c-x", true},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        struct policy_findings f = {0};
        autobuf struct buf by = {0};
        buf_printf(&by, "version = 3\nhosts = %s", rows[i].hosts);
        lint("version", by.data, "2026-06-01", rows[i].host, &f);
        assert_int_equal(has_finding(&f, "other-host", 1), !rows[i].ours);
        policy_findings_free(&f);
        lint("version", by.data, "2026-06-01", NULL, &f);
        assert_false(has_finding(&f, "other-host", 0));
        policy_findings_free(&f);
    }
}

static void an_approver_needs_somebody_else(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    autofree char *alone = changed(small_policy, "role = handler", "role = administrator");
    autofree char *both = changed(alone, "role = manager",
                                  "role = manager, handler\nareas = shared");
    struct policy *p = parse_right(both, &f);
    assert_int_equal(policy_lint(p, day("2026-06-01"), NULL, &f), 0);
    assert_true(has_finding(&f, "approver-only-himself", 0));
    policy_free(&p);
    policy_findings_free(&f);
    lint("role = manager", "role = manager, handler\nareas = shared", "2026-06-01", NULL, &f);
    assert_false(has_finding(&f, "approver-only-himself", 0));
    policy_findings_free(&f);
}

static void plans_are_due_in_time(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    lint("retention", "retention = 5 years\nequipment = yes\nplans-before = 29 days", "2026-06-01", NULL, &f);
    assert_true(has_finding(&f, "late-plans", 0));
    policy_findings_free(&f);
    lint("retention", "retention = 5 years\nequipment = yes", "2026-06-01", NULL, &f);
    assert_false(has_finding(&f, "late-plans", 0));
    policy_findings_free(&f);
    lint("retention", "retention = 5 years\nplans-before = 1 day", "2026-06-01", NULL, &f);
    assert_false(has_finding(&f, "late-plans", 0)); /* no equipment */
    policy_findings_free(&f);
}

static void suspended_people_do_not_count(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    lint("role = handler", "role = handler\nsuspended = yes", "2026-06-01", NULL, &f);
    assert_true(has_finding(&f, "area-without-handlers", 0));
    policy_findings_free(&f);
    lint("role = manager", "role = manager\nsuspended = yes", "2026-06-01", NULL, &f);
    assert_true(has_finding(&f, "destination-without-approver", 0));
    policy_findings_free(&f);
}

static void interpreters_are_told_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *exe;
        bool is;
    } rows[] = {
        {"/usr/bin/bash", true},   {"/bin/sh", true},           {"/usr/bin/perl5.36", true},
        {"/usr/bin/env", true},    {"/usr/bin/envsubst", false}, {"/usr/bin/evince", false},
        {"/usr/bin/show", false},  {"/lib64/ld-linux-x86-64.so.2", true},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        struct policy_findings f = {0};
        autobuf struct buf by = {0};
        buf_printf(&by, "exe = %s", rows[i].exe);
        lint("exe", by.data, "2026-06-01", NULL, &f);
        assert_int_equal(has_finding(&f, "interpreter", 0), rows[i].is);
        policy_findings_free(&f);
    }
}

static void words_of_commands_are_no_areas(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    lint("level", "level = 1\n[area list]\nmount = /srv/list\ncontract = city\nlevel = 1", "2026-06-01",
         NULL, &f);
    assert_true(has_finding(&f, "reserved-id", 0));
    policy_findings_free(&f);
    lint("level", "level = 1\n[area lists]\nmount = /srv/list\ncontract = city\nlevel = 1", "2026-06-01",
         NULL, &f);
    assert_false(has_finding(&f, "reserved-id", 0));
    policy_findings_free(&f);
}

/* What a gate makes of the keys beside it. */
static void gates_are_examined(void **state)
{
    (void)state;
    static const struct {
        const char *by, *code;
        bool is;
        unsigned errors;
    } rows[] = {
        {"gate = open", "open-gate", false, 0},
        {"gate = open\ndisplay = shared", "no-room", true, 0},
        {"gate = open\nterminal = yes", "no-room", true, 0},
        {"gate = open\ngpu = yes", "no-room", true, 0},
        {"gate = open\nscratch = keep", "no-room", true, 0},
        {"gate = open\nscratch = temporary", "no-room", false, 0},
        {"gate = open\ndisplay = nested\nnetwork = none", "no-room", false, 0},
        {"gate = room", "never-in-room", false, 0},
        {"gate = room", "display-shared", false, 0},
        {"gate = room\ndisplay = shared", "display-shared", true, 0},
        {"gate = room\nterminal = yes", "terminal", true, 0},
        {"gate = room\ndisplay = shared", "no-room", false, 0},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        struct policy_findings f = {0};
        lint("gate", rows[i].by, "2026-06-01", NULL, &f);
        assert_int_equal(has_finding(&f, rows[i].code, 0), rows[i].is);
        assert_int_equal(f.errors, rows[i].errors);
        policy_findings_free(&f);
    }
    struct policy_findings f = {0};
    lint("level", "level = 2", "2026-06-01", NULL, &f);
    assert_true(has_finding(&f, "open-gate", 0));
    assert_int_equal(f.errors, 1);
    policy_findings_free(&f);
    /* in a room it may have any level, but only programs of the system are seen there */
    autofree char *room = changed(small_policy, "gate", "gate = room");
    autofree char *high = changed(room, "level", "level = 3");
    autofree char *text = changed(high, "exe", "exe = /home/hana/viewer, /srv/viewer");
    struct policy *p = parse_right(text, &f);
    assert_int_equal(policy_lint(p, day("2026-06-01"), NULL, &f), 0);
    assert_int_equal(f.errors, 0);
    assert_true(has_finding(&f, "never-in-room", 0));
    policy_free(&p);
    policy_findings_free(&f);
    /* a room has folders of its own, where no area can be */
    autofree char *var = changed(room, "mount", "mount = /var/tmp/shared");
    p = parse_right(var, &f);
    assert_int_equal(policy_lint(p, day("2026-06-01"), NULL, &f), 0);
    assert_true(has_finding(&f, "mount-in-room", 0));
    policy_free(&p);
    policy_findings_free(&f);
}

static void a_standing_permit_is_for_several(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    static const char *const uses[] = {"uses = 1\nstanding-permit = 30 days",
                                       "uses = 2\nstanding-permit = 30 days"};
    for (size_t i = 0; i < array_count(uses); i++) {
        autofree char *text = changed(small_policy, "uses", uses[i]);
        struct policy *p = parse_right(text, &f);
        assert_int_equal(policy_lint(p, day("2026-06-01"), NULL, &f), 0);
        assert_int_equal(has_finding(&f, "standing-once", 0), i == 0);
        policy_free(&p);
        policy_findings_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_policy_has_none),
        cmocka_unit_test(findings_come_with_their_day),
        cmocka_unit_test(hosts_are_matched),
        cmocka_unit_test(an_approver_needs_somebody_else),
        cmocka_unit_test(plans_are_due_in_time), cmocka_unit_test(suspended_people_do_not_count),
        cmocka_unit_test(interpreters_are_told_by_name),
        cmocka_unit_test(gates_are_examined),
        cmocka_unit_test(words_of_commands_are_no_areas),
        cmocka_unit_test(a_standing_permit_is_for_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

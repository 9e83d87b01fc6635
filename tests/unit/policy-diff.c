/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy-diff.c proves that a change is told with its direction, and none is passed over. */
#include <string.h>
#include "base/str.h"
#include "cmocka-head.h"
#include "policy-help.h"

struct row {
    const char *line, *by;
    int direction;
    const char *section, *key, *before, *after;
};

static const struct row rows[] = {
    {"version", "version = 4", POLICY_OTHER, "policy", "version", "3", "4"},
    {"expires", "expires = 2028-03-31", POLICY_LOOSER, "policy", "expires", "2027-03-31",
     "2028-03-31"},
    {"version", "version = 3\nhosts = pc-1", POLICY_TIGHTER, "policy", "hosts", "", "pc-1"},
    {"title", "title = U", POLICY_OTHER, "contract city", "title", "T", "U"},
    {"start", "start = 2026-05-01", POLICY_TIGHTER, "contract city", "start", "2026-04-01",
     "2026-05-01"},
    {"end", "end = 2027-04-30", POLICY_LOOSER, "contract city", "end", "2027-03-31", "2027-04-30"},
    {"retention", "retention = 1 year", POLICY_LOOSER, "contract city", "retention", "5 years",
     "1 year"},
    {"retention", "retention = 5 years\nchapter-5 = yes", POLICY_TIGHTER, "contract city",
     "chapter-5", "no", "yes"},
    {"document", "document = No. 13", POLICY_OTHER, "consent letter", "document", "No. 12",
     "No. 13"},
    {"purposes", "purposes = delivery", POLICY_TIGHTER, "consent letter", "purposes",
     "delivery, 納品　（最終）", "delivery"},
    {"purposes", "purposes = review", POLICY_OTHER, "consent letter", "purposes",
     "delivery, 納品　（最終）", "review"},
    {"until", NULL, POLICY_LOOSER, "consent letter", "until", "2026-12-31", ""},
    {"uses", "uses = 3", POLICY_LOOSER, "consent letter", "uses", "2", "3"},
    {"uses", NULL, POLICY_LOOSER, "consent letter", "uses", "2", ""},
    {"uses", "uses = 2\nstanding-permit = 30 days", POLICY_LOOSER, "consent letter",
     "standing-permit", "", "30 days"},
    {"role = handler", "role = handler, auditor", POLICY_LOOSER, "person hana", "role", "handler",
     "handler, auditor"},
    {"role = handler", "role = handler\nsuspended = yes", POLICY_TIGHTER, "person hana",
     "suspended", "no", "yes"},
    {"trained", NULL, POLICY_TIGHTER, "person hana", "trained", "2026-04-01", ""},
    {"trained", "trained = 2026-03-01", POLICY_OTHER, "person hana", "trained", "2026-04-01",
     "2026-03-01"},
    {"key", NULL, POLICY_TIGHTER, "person boss", "key",
     "RWQ5fapRRXxFVLDc2n8Vm/JmMI9pPPGstagT9seR4W5mCThWtFjj3maQ", ""},
    {"gate", "gate = room", POLICY_TIGHTER, "area shared", "gate", "open", "room"},
    {"gate", "gate = open\nbacking = filesystem", POLICY_LOOSER, "area shared", "backing", "luks",
     "filesystem"},
    {"level", "level = 2", POLICY_TIGHTER, "area shared", "level", "1", "2"},
    {"gate", "gate = open\nhandlers = hana", POLICY_TIGHTER, "area shared", "handlers", "", "hana"},
    {"applications", NULL, POLICY_TIGHTER, "area shared", "applications", "viewer", ""},
    {"gate", "gate = open\ndisplay = shared", POLICY_LOOSER, "area shared", "display", "nested",
     "shared"},
    {"gate", "gate = open\nterminal = yes", POLICY_LOOSER, "area shared", "terminal", "no", "yes"},
    {"gate", "gate = open\ngpu = yes", POLICY_LOOSER, "area shared", "gpu", "no", "yes"},
    {"gate", "gate = open\nscratch = keep", POLICY_LOOSER, "area shared", "scratch", "temporary", "keep"},
    {"gate", "gate = open\nscratch = all", POLICY_TIGHTER, "area shared", "scratch", "temporary", "all"},
    {"exe", "exe = /usr/bin/evince, /usr/lib/office/*/soffice.bin, /usr/bin/cat", POLICY_LOOSER,
     "application viewer", "exe", "/usr/bin/evince, /usr/lib/office/*/soffice.bin",
     "/usr/bin/evince, /usr/lib/office/*/soffice.bin, /usr/bin/cat"},
    {"kind = medium", "kind = hand", POLICY_TIGHTER, "destination stick", "kind", "medium", "hand"},
    {"kind = medium", "kind = area", POLICY_LOOSER, "destination stick", "kind", "medium", "area"},
    {"kind = medium", "kind = medium\nretention = 30 days", POLICY_TIGHTER, "destination stick",
     "retention", "", "30 days"},
    {"kind = medium", "kind = medium\nreceipt-key = RWQ5fapRRXxFVLDc2n8Vm/JmMI9pPPGstagT9seR4W5mCThWtFjj3maQ",
     POLICY_LOOSER, "destination stick", "receipt-key", "",
     "RWQ5fapRRXxFVLDc2n8Vm/JmMI9pPPGstagT9seR4W5mCThWtFjj3maQ"},
    {"kind = medium", "kind = medium\nreturn-within = 30 days", POLICY_TIGHTER, "destination stick",
     "return-within", "", "30 days"},
    {"approvers", NULL, POLICY_LOOSER, "destination folder", "approvers", "boss", ""},
    {"recipients", NULL, POLICY_TIGHTER, "destination stick", "recipients", "office", ""},
    {NULL, "[approval]\nlockout = 9", POLICY_LOOSER, "approval", "lockout", "5", "9"},
    {NULL, "[approval]\npassphrase-minimum = 16", POLICY_TIGHTER, "approval", "passphrase-minimum",
     "12", "16"},
    {NULL, "[ledger]\non-failure = continue", POLICY_LOOSER, "ledger", "on-failure", "refuse",
     "continue"},
    {NULL, "[ledger]\nseal-interval = 5 minutes", POLICY_TIGHTER, "ledger", "seal-interval",
     "15 minutes", "5 minutes"},
    {NULL, "[work]\nremote = yes", POLICY_LOOSER, "work", "remote", "no", "yes"},
    {NULL, "[person new]\nuser = new\nname = N\nrole = auditor", POLICY_LOOSER, "person new", "",
     "", "present"},
    {NULL, "[area new]\nmount = /srv/new\ncontract = city\nlevel = 1", POLICY_OTHER, "area new", "",
     "", "present"},
};

static int turned(int direction)
{
    return direction == POLICY_LOOSER ? POLICY_TIGHTER
         : direction == POLICY_TIGHTER ? POLICY_LOOSER : POLICY_OTHER;
}

static void check(const struct policy *from, const struct policy *to, const struct row *row,
                  bool back)
{
    struct policy_changes c = {0};
    assert_int_equal(policy_diff(from, to, &c), 0);
    assert_int_equal(c.count, 1);
    const struct policy_change *one = &c.items[0];
    assert_string_equal(one->section, row->section);
    assert_string_equal(one->key, row->key);
    assert_string_equal(one->before, back ? row->after : row->before);
    assert_string_equal(one->after, back ? row->before : row->after);
    if ((int)one->direction != (back ? turned(row->direction) : row->direction))
        print_message("[%s] %s %s → %s\n", one->section, one->key, one->before, one->after);
    assert_int_equal(one->direction, back ? turned(row->direction) : row->direction);
    policy_changes_free(&c);
}

static void each_change_has_its_direction_both_ways(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    struct policy *before = parse_right(small_policy, &f);
    for (size_t i = 0; i < array_count(rows); i++) {
        autofree char *text = changed(small_policy, rows[i].line, rows[i].by);
        struct policy *after = parse_right(text, &f);
        check(before, after, &rows[i], false);
        check(after, before, &rows[i], true);
        policy_free(&after);
    }
    policy_free(&before);
    policy_findings_free(&f);
}

static void the_same_policy_has_no_change(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    struct policy_changes c = {0};
    autofree char *text = changed(small_policy, "version", "# a remark\nversion = 3");
    struct policy *a = parse_right(small_policy, &f), *b = parse_right(text, &f);
    assert_int_equal(policy_diff(a, b, &c), 0);
    assert_int_equal(c.count, 0);
    policy_changes_free(&c);
    policy_free(&a);
    policy_free(&b);
    policy_findings_free(&f);
}

static void against_nothing_all_is_new(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    struct policy_changes c = {0};
    struct policy *p = parse_right(small_policy, &f);
    size_t sections = 0;
    assert_int_equal(policy_diff(policy_builtin(), p, &c), 0);
    for (size_t i = 0; i < c.count; i++)
        sections += *c.items[i].key == '\0';
    assert_int_equal(sections, 9); /* every named section of the small policy */
    policy_changes_free(&c);
    policy_free(&p);
    policy_findings_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_has_its_direction_both_ways),
        cmocka_unit_test(the_same_policy_has_no_change),
        cmocka_unit_test(against_nothing_all_is_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

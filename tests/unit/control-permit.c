/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-permit.c proves each reason for which a permit is refused, and that a good one is not. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/clock.h"
#include "control-help.h"
#include "control/permit.h"

#define CASE "T-20261121-0001"

struct scene {
    struct policy *policy;
    struct fold *fold;
    struct text_permit permit;
    struct permit_question q;
};

static int64_t at(const char *text)
{
    int64_t s;
    assert_int_equal(clock_parse_time(text, &s), 0);
    return s;
}

static int set_up(void **state)
{
    static struct scene s;
    s = (struct scene){.policy = help_policy()};
    assert_int_equal(fold_new(HELP_BOOT, &s.fold), 0);
    help_request(s.fold, CASE, "hana", "2026-11-21T00:00:00.000Z");
    s.permit = (struct text_permit){.case_id = (char *)(uintptr_t)CASE,
                                    .request = (char *)(uintptr_t)HELP_DIGEST,
                                    .approver = (char *)(uintptr_t) "boss",
                                    .consent = (char *)(uintptr_t) "letter-12",
                                    .expires = (char *)(uintptr_t) "2026-11-21T08:00:00.000Z"};
    s.q = (struct permit_question){.policy = s.policy, .fold = s.fold, .permit = &s.permit,
                                   .asked_case = CASE, .digest_hex = "p1", .signer = "boss",
                                   .signature_good = true, .prepared = true,
                                   .now_s = at("2026-11-21T01:00:00Z")};
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    policy_free(&s->policy);
    fold_free(&s->fold);
    return 0;
}

static void expect(struct scene *s, enum sk_reason reason)
{
    struct permit_verdict v;
    permit_check(&s->q, &v);
    assert_string_equal(sk_reason_name(v.reason), sk_reason_name(reason));
}

static void test_good(void **state)
{
    expect(*state, SK_REASON_ALLOWED);
}

static void test_foreign_key(void **state)
{
    struct scene *s = *state;
    s->q.signer = NULL;
    expect(s, SK_REASON_NOT_APPROVER);
}

static void test_edited(void **state)
{
    struct scene *s = *state;
    s->q.prepared = false;
    expect(s, SK_REASON_PERMIT_MISMATCH);
    s->q.prepared = true;
    s->q.signature_good = false;
    expect(s, SK_REASON_PERMIT_MISMATCH);
}

static void test_other_case(void **state)
{
    struct scene *s = *state;
    s->q.asked_case = "T-20261121-0002";
    expect(s, SK_REASON_PERMIT_MISMATCH);
}

static void test_other_content_consent_approver(void **state)
{
    struct scene *s = *state;
    const struct text_permit good = s->permit;
    s->permit.request = (char *)(uintptr_t) "bb";
    expect(s, SK_REASON_PERMIT_MISMATCH);
    s->permit = good;
    s->permit.consent = (char *)(uintptr_t) "letter-13";
    expect(s, SK_REASON_PERMIT_MISMATCH);
    s->permit = good;
    s->permit.approver = (char *)(uintptr_t) "hana";
    expect(s, SK_REASON_PERMIT_MISMATCH);
}

static void test_replayed(void **state)
{
    struct scene *s = *state;
    help_permit(s->fold, CASE, "boss", "p1", "2026-11-21T01:00:00.000Z", "2026-11-21T08:00:00.000Z");
    expect(s, SK_REASON_PERMIT_USED);
    s->q.digest_hex = "p2"; /* another permit while the first is good */
    expect(s, SK_REASON_PERMIT_USED);
    help_phase(s->fold, CASE, "takeout", "failed", "2026-11-21T01:30:00.000Z");
    expect(s, SK_REASON_ALLOWED);
    s->q.digest_hex = "p1";
    expect(s, SK_REASON_PERMIT_USED);
}

static void test_own_request(void **state)
{
    struct scene *s = *state;
    s->permit.approver = (char *)(uintptr_t) "hana";
    s->q.signer = "hana";
    expect(s, SK_REASON_OWN_REQUEST);
}

static void test_expired(void **state)
{
    struct scene *s = *state;
    s->q.now_s = at("2026-11-21T08:00:00Z");
    expect(s, SK_REASON_PERMIT_EXPIRED);
    s->q.now_s--;
    expect(s, SK_REASON_ALLOWED);
}

static void test_locked_out(void **state)
{
    struct scene *s = *state;
    help_fold(s->fold, "{'kind':'lockout','person':{'id':'boss'},'failures':3,"
                       "'until':'2026-11-21T01:30:00.000Z'}");
    expect(s, SK_REASON_LOCKED_OUT);
    s->q.now_s = at("2026-11-21T01:30:00Z");
    expect(s, SK_REASON_ALLOWED);
}

static void test_consent_used_up(void **state)
{
    struct scene *s = *state;
    help_request(s->fold, "T-20261121-0002", "hana", "2026-11-21T00:00:00.000Z");
    help_request(s->fold, "T-20261121-0003", "hana", "2026-11-21T00:00:00.000Z");
    help_permit(s->fold, "T-20261121-0002", "boss", "x", "2026-11-21T00:00:00.000Z",
                "2026-11-21T08:00:00.000Z");
    expect(s, SK_REASON_ALLOWED);
    help_permit(s->fold, "T-20261121-0003", "boss", "y", "2026-11-21T00:00:00.000Z",
                "2026-11-21T08:00:00.000Z");
    expect(s, SK_REASON_CONSENT_USED);
    /* the permit that took the last use is not refused for it */
    struct decision d;
    permit_transfer(s->policy, s->fold, fold_case(s->fold, "T-20261121-0003"), true, s->q.now_s, &d);
    assert_true(d.allow);
}

static void test_consent_ended(void **state)
{
    struct scene *s = *state;
    s->permit.expires = (char *)(uintptr_t) "2027-02-01T00:00:00.000Z";
    s->q.now_s = at("2027-01-10T00:00:00Z");
    expect(s, SK_REASON_CONSENT_ENDED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good),       TEST(test_foreign_key), TEST(test_edited),
        TEST(test_other_case), TEST(test_other_content_consent_approver),
        TEST(test_replayed),   TEST(test_own_request), TEST(test_expired),
        TEST(test_locked_out), TEST(test_consent_used_up), TEST(test_consent_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

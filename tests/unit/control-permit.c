/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-permit.c proves each reason for which a permit is refused, and that a good one is not. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "control-help.h"
#include "control/permit.h"
#include "record/record.h"

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
                                    .approvals = (char *)(uintptr_t) "1",
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

static void test_other_content_consent(void **state)
{
    struct scene *s = *state;
    const struct text_permit good = s->permit;
    s->permit.request = (char *)(uintptr_t) "bb";
    expect(s, SK_REASON_PERMIT_MISMATCH);
    s->permit = good;
    s->permit.consent = (char *)(uintptr_t) "letter-13";
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

static struct policy_person *boss_of(struct scene *s)
{
    for (size_t i = 0; i < s->policy->person_count; i++)
        if (strcmp(s->policy->persons[i].head.id, "boss") == 0)
            return &s->policy->persons[i];
    fail();
    return NULL;
}

/* A permit is its approver's word for as long as they may give it; then another may permit it anew. */
static void test_void(void **state)
{
    struct scene *s = *state;
    enum sk_reason reason;
    const char *whose;
    help_permit(s->fold, CASE, "boss", "p1", "2026-11-21T01:00:00.000Z", "2026-11-21T08:00:00.000Z");
    const struct case_entry *e = fold_case(s->fold, CASE);
    assert_int_equal(fold_uses(s->fold, "letter-12"), 1);
    assert_true(permit_stands(s->policy, e->request, e->permit, s->q.now_s, &reason, &whose));
    help_fold(s->fold, "{'kind':'lockout','person':{'id':'boss'},'failures':3,'until':'2026-11-21T09:00:00.000Z'}");
    assert_true(permit_stands(s->policy, e->request, e->permit, s->q.now_s, &reason, &whose)); /* a lock is no suspension */
    s->policy->approval.quorum = 2; /* one person's word is not enough any more */
    assert_false(permit_stands(s->policy, e->request, e->permit, s->q.now_s, &reason, &whose));
    s->policy->approval.quorum = 1;
    boss_of(s)->suspended = true;
    assert_false(permit_stands(s->policy, e->request, e->permit, s->q.now_s, &reason, &whose));
    assert_int_equal(reason, SK_REASON_SUSPENDED);
    boss_of(s)->suspended = false;
    boss_of(s)->roles = POLICY_HANDLER;
    assert_false(permit_stands(s->policy, e->request, e->permit, s->q.now_s, &reason, &whose));
    assert_int_equal(reason, SK_REASON_NOT_APPROVER);
    boss_of(s)->roles = POLICY_MANAGER;
    boss_of(s)->key.id[0] ^= 1; /* the policy names another key */
    assert_false(permit_stands(s->policy, e->request, e->permit, s->q.now_s, &reason, &whose));
    assert_int_equal(reason, SK_REASON_PERMIT_VOID);
    assert_true(permit_case_waits(s->policy, e, s->q.now_s));
    help_fold(s->fold, "{'kind':'lockout','person':{'id':'boss'},'failures':0,'until':''}");
    s->q.digest_hex = "p2";
    expect(s, SK_REASON_ALLOWED); /* with that key, a new one */
    help_permit(s->fold, CASE, "boss", "p2", "2026-11-21T02:00:00.000Z", "2026-11-21T09:00:00.000Z");
    assert_int_equal(fold_uses(s->fold, "letter-12"), 1); /* the void one used nothing */
}

/* ---- several approvals, and who stands in for whom ---- */

static struct policy_person *person_of(struct scene *s, const char *id)
{
    for (size_t i = 0; i < s->policy->person_count; i++)
        if (strcmp(s->policy->persons[i].head.id, id) == 0)
            return &s->policy->persons[i];
    fail();
    return NULL;
}

/* Both who may approve are others than who asks. */
static void asked_by_another(struct scene *s)
{
    json_t *person = json_pack("{ss}", "id", "kei");
    assert_int_equal(json_object_set_new(fold_case(s->fold, CASE)->request, "person", person), 0);
}

static void approved(struct scene *s, const char *who, const char *digest)
{
    char text[512], key[MINISIGN_ID_TEXT_CAP];
    minisign_id_format(person_of(s, who)->key.id, key);
    snprintf(text, sizeof text,
             "{'kind':'permit','case':'" CASE "','phase':'approved','person':{'id':'%s','name':'%s'},'permit':'%s',"
             "'key':'%s','at':'2026-11-21T00:30:00.000Z'}", who, who, digest, key);
    help_fold(s->fold, text);
}

static void expect_count(struct scene *s, unsigned earlier, unsigned needed)
{
    struct permit_verdict v;
    permit_check(&s->q, &v);
    assert_string_equal(sk_reason_name(v.reason), "allowed");
    assert_int_equal(v.earlier.count, earlier);
    assert_int_equal(v.needed, needed);
}

static void test_two_approvals(void **state)
{
    struct scene *s = *state;
    expect_count(s, 0, 1);
    s->policy->approval.quorum = 2;
    asked_by_another(s);
    expect_count(s, 0, 2);
    approved(s, "hana", "other text");
    expect_count(s, 0, 2); /* over another text */
    approved(s, "hana", "p1");
    expect_count(s, 1, 2);
    assert_int_equal(fold_case(s->fold, CASE)->state, CASE_REQUESTED);
    assert_int_equal(fold_uses(s->fold, "letter-12"), 0); /* one of two uses nothing */
    s->q.signer = "hana";
    expect(s, SK_REASON_PERMIT_USED); /* nobody counts twice */
    s->q.signer = "boss";
    person_of(s, "hana")->suspended = true;
    expect_count(s, 0, 2);
    person_of(s, "hana")->suspended = false;
    person_of(s, "hana")->key.id[0] ^= 1;
    expect_count(s, 0, 2);
    person_of(s, "hana")->key.id[0] ^= 1;
    s->policy->destinations[0].approvals = 3;
    expect_count(s, 1, 3); /* the destination asks for more */
    s->policy->approval.quorum = 1;
    s->policy->destinations[0].approvals = 0;
    s->permit.approvals = (char *)(uintptr_t) "2";
    expect_count(s, 1, 2); /* what the text says is not undercut by a later policy */
}

static void test_several_must_stand(void **state)
{
    struct scene *s = *state;
    enum sk_reason reason;
    const char *whose;
    asked_by_another(s);
    char text[1024], hana[MINISIGN_ID_TEXT_CAP];
    minisign_id_format(person_of(s, "hana")->key.id, hana);
    snprintf(text, sizeof text,
             "{'kind':'permit','case':'" CASE "','phase':'granted','person':{'id':'boss'},'consent':{'id':"
             "'letter-12'},'permit':'p1','expires':'2026-11-21T08:00:00.000Z','key':'" HELP_KEY "',"
             "'approvals':[{'person':{'id':'hana','name':'H'},'key':'%s'},{'person':{'id':'boss',"
             "'name':'B'},'key':'" HELP_KEY "'}]}", hana);
    help_fold(s->fold, text);
    const struct case_entry *e = fold_case(s->fold, CASE);
    assert_true(permit_stands(s->policy, e->request, e->permit, s->q.now_s, &reason, &whose));
    person_of(s, "hana")->suspended = true;
    assert_false(permit_stands(s->policy, e->request, e->permit, s->q.now_s, &reason, &whose));
    assert_string_equal(whose, "H");
    assert_int_equal(reason, SK_REASON_SUSPENDED);
    person_of(s, "hana")->suspended = false;
    s->policy->approval.quorum = 2;
    assert_true(permit_stands(s->policy, e->request, e->permit, s->q.now_s, &reason, &whose));
    s->policy->approval.quorum = 3;
    assert_false(permit_stands(s->policy, e->request, e->permit, s->q.now_s, &reason, &whose));
    assert_int_equal(reason, SK_REASON_PERMIT_VOID);
    s->policy->approval.quorum = 2; /* the two are one place now */
    struct policy_person *hana_now = person_of(s, "hana");
    char *nobody = hana_now->approves_for;
    hana_now->roles = POLICY_HANDLER;
    hana_now->approves_for = (char *)(uintptr_t) "boss";
    hana_now->approves_until = s->q.now_s + 1;
    assert_false(permit_stands(s->policy, e->request, e->permit, s->q.now_s, &reason, &whose));
    assert_string_equal(whose, "");
    hana_now->approves_for = nobody;
}

static void test_standing_in(void **state)
{
    struct scene *s = *state;
    struct policy_person *hana = person_of(s, "hana");
    char *nobody = hana->approves_for;
    s->q.signer = "hana";
    hana->roles = POLICY_HANDLER;
    asked_by_another(s);
    expect(s, SK_REASON_NOT_APPROVER);
    hana->approves_for = (char *)(uintptr_t) "boss";
    expect(s, SK_REASON_NOT_APPROVER); /* without an end there is none */
    hana->approves_until = s->q.now_s + 1;
    expect(s, SK_REASON_ALLOWED);
    s->q.now_s++;
    expect(s, SK_REASON_NOT_APPROVER);
    s->q.now_s--;
    boss_of(s)->suspended = true;
    expect(s, SK_REASON_NOT_APPROVER);
    boss_of(s)->suspended = false;
    hana->suspended = true;
    expect(s, SK_REASON_SUSPENDED);
    hana->suspended = false;
    s->policy->approval.quorum = 2;
    approved(s, "boss", "p1");
    expect(s, SK_REASON_PERMIT_USED); /* the same place */
    boss_of(s)->roles |= POLICY_HANDLER;
    json_object_set_new(fold_case(s->fold, CASE)->request, "person", json_pack("{ss}", "id", "boss"));
    struct policy_list handlers = s->policy->areas[0].handlers;
    s->policy->areas[0].handlers = (struct policy_list){0};
    expect(s, SK_REASON_OWN_REQUEST); /* nobody has another say yes in their place to what they ask for */
    s->policy->areas[0].handlers = handlers;
    hana->approves_for = nobody;
}

static void test_revoked(void **state)
{
    struct scene *s = *state;
    help_permit(s->fold, CASE, "boss", "p1", "2026-11-21T01:00:00.000Z", "2026-11-21T08:00:00.000Z");
    help_phase(s->fold, CASE, "takeout", "intent", "2026-11-21T01:30:00.000Z");
    help_phase(s->fold, CASE, "permit", "revoked", "2026-11-21T01:31:00.000Z");
    help_phase(s->fold, CASE, "takeout", "failed", "2026-11-21T01:31:01.000Z");
    const struct case_entry *e = fold_case(s->fold, CASE);
    assert_int_equal(e->state, CASE_REVOKED);
    assert_string_equal(record_text(e->permit, "person.id"), "boss"); /* who gave it stays who gave it */
    assert_string_equal(record_text(e->revoked, "why"), "w");
    s->q.digest_hex = "p2";
    expect(s, SK_REASON_PERMIT_VOID);
    help_phase(s->fold, CASE, "takeout", "done", "2026-11-21T01:32:00.000Z"); /* it was too late */
    assert_int_equal(fold_case(s->fold, CASE)->state, CASE_OUT);
}

static void test_own_request(void **state)
{
    struct scene *s = *state;
    s->q.signer = "hana";
    expect(s, SK_REASON_OWN_REQUEST);
}

static void test_expired(void **state)
{
    struct scene *s = *state;
    help_request(s->fold, "T-20261121-0002", "hana", "2026-11-21T00:00:00.000Z");
    help_permit(s->fold, "T-20261121-0002", "boss", "x", "2026-11-21T00:00:00.000Z", "2026-11-21T00:30:00.000Z");
    help_phase(s->fold, "T-20261121-0002", "permit", "expired", "2026-11-21T00:31:00.000Z");
    assert_int_equal(fold_uses(s->fold, "letter-12"), 0); /* nothing was carried */
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

/* ---- hand-overs of items ---- */

#define HANDOVER "H-20261121-0001"

static void handing(struct scene *s, const char *from, const char *to)
{
    char text[1024];
    s->policy->destinations[0].kind = POLICY_HAND;
    help_fold(s->fold, "{'kind':'item','item':'D-20261121-0001','phase':'received','area':'shared',"
                       "'contract':'city','person':{'id':'hana'},'form':'paper','name':'図面','count':1}");
    snprintf(text, sizeof text,
             "{'kind':'handover','handover':'" HANDOVER "','phase':'asked','item':'D-20261121-0001','person':"
             "{'id':'hana'},'area':'shared','contract':'city','from':{'id':'%s'},'to':{'person':'%s','name':"
             "'山本'},'destination':{'id':'stick'},'purpose':'納品','consent':{'id':'letter-12'},'digest':'"
             HELP_DIGEST "'}", from, to);
    help_fold(s->fold, text);
    s->permit.case_id = (char *)(uintptr_t)HANDOVER;
    s->q.asked_case = HANDOVER;
}

static void permitted(struct scene *s, const char *more)
{
    char text[512];
    snprintf(text, sizeof text,
             "{'kind':'handover','handover':'" HANDOVER "','phase':'permitted','item':'D-20261121-0001',"
             "'person':{'id':'boss'},'key':'" HELP_KEY "','consent':{'id':'letter-12'}%s}", more);
    help_fold(s->fold, text);
}

static void test_handover(void **state)
{
    struct scene *s = *state;
    handing(s, "hana", "");
    expect(s, SK_REASON_ALLOWED);
    const struct text_permit good = s->permit;
    s->permit.request = (char *)(uintptr_t) "bb";
    expect(s, SK_REASON_PERMIT_MISMATCH);
    s->permit = good;
    s->q.prepared = false;
    expect(s, SK_REASON_PERMIT_MISMATCH);
    s->q.prepared = true;
    s->q.now_s = at("2026-11-21T08:00:00Z");
    expect(s, SK_REASON_PERMIT_EXPIRED);
    s->q.now_s = at("2026-11-21T01:00:00Z");
    s->policy->destinations[0].kind = POLICY_MEDIUM;
    expect(s, SK_REASON_DESTINATION_KIND);
    s->policy->destinations[0].kind = POLICY_HAND;
    help_fold(s->fold, "{'kind':'lost','item':'D-20261121-0001','incident':'I-20261121-0001'}");
    expect(s, SK_REASON_LOST);
}

static void test_handover_by_another(void **state)
{
    struct scene *s = *state;
    handing(s, "boss", "");
    expect(s, SK_REASON_OWN_REQUEST); /* boss has it */
    s->q.signer = "hana";
    expect(s, SK_REASON_OWN_REQUEST); /* hana asked */
}

static void test_handover_not_by_who_gets_it(void **state)
{
    struct scene *s = *state;
    handing(s, "hana", "boss");
    expect(s, SK_REASON_OWN_REQUEST);
}

static void test_handover_once(void **state)
{
    struct scene *s = *state;
    struct decision d;
    handing(s, "hana", "");
    const struct handover *h = fold_handover_of_id(s->fold, HANDOVER);
    help_fold(s->fold, "{'kind':'lockout','person':{'id':'boss'},'failures':2,'until':''}");
    permitted(s, ",'permit':'p1','expires':'2026-11-21T08:00:00.000Z'");
    uint64_t failures;
    int64_t until;
    fold_lockout(s->fold, "boss", &failures, &until);
    assert_int_equal(failures, 0);
    assert_int_equal(permit_handover_expires(h), at("2026-11-21T08:00:00Z"));
    expect(s, SK_REASON_PERMIT_USED);
    s->q.digest_hex = "p2";
    expect(s, SK_REASON_PERMIT_USED);
    permit_handover(s->policy, s->fold, h, true, s->q.now_s, &d);
    assert_true(d.allow);
    s->q.now_s = at("2026-11-21T08:00:00Z"); /* nobody came for it: it is permitted anew */
    s->permit.expires = (char *)(uintptr_t) "2026-11-21T16:00:00.000Z";
    expect(s, SK_REASON_ALLOWED);
    s->q.now_s = at("2026-11-21T01:00:00Z");
    assert_int_equal(fold_uses(s->fold, "letter-12"), 1);
    s->policy->consents[0].until = s->q.now_s; /* withdrawn before it was given */
    permit_handover(s->policy, s->fold, h, true, s->q.now_s, &d);
    assert_false(d.allow);
    help_fold(s->fold, "{'kind':'handover','handover':'" HANDOVER "','phase':'failed','item':'D-20261121-0001'}");
    assert_int_equal(fold_uses(s->fold, "letter-12"), 0); /* nothing was given */
    expect(s, SK_REASON_PERMIT_MISMATCH);
}

static void test_handover_without_signature(void **state)
{
    struct scene *s = *state;
    handing(s, "hana", "");
    permitted(s, ",'expires':'2026-11-21T08:00:00.000Z'"); /* as an older version had it, by a login alone */
    assert_int_equal(permit_handover_expires(fold_handover_of_id(s->fold, HANDOVER)), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good),       TEST(test_foreign_key), TEST(test_edited),
        TEST(test_other_case), TEST(test_other_content_consent),
        TEST(test_replayed),   TEST(test_void), TEST(test_two_approvals), TEST(test_several_must_stand),
        TEST(test_standing_in), TEST(test_revoked), TEST(test_own_request), TEST(test_expired),
        TEST(test_locked_out), TEST(test_consent_used_up), TEST(test_consent_ended),
        TEST(test_handover), TEST(test_handover_by_another), TEST(test_handover_not_by_who_gets_it),
        TEST(test_handover_once), TEST(test_handover_without_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

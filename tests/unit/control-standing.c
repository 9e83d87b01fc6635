/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-standing.c proves what a standing permit permits, what it does not, and how its uses are
 * counted. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/clock.h"
#include "control-help.h"
#include "control/bound.h"
#include "control/standing.h"
#include "control/view.h"
#include "record/record.h"

#define S   "S-20261121-0001"
#define T   "T-20261121-0001"
#define DAY ((int64_t)86400)

struct scene {
    struct policy *policy;
    struct fold *fold;
    struct standing_question q;
};

static int64_t at(const char *text)
{
    int64_t s;
    assert_int_equal(clock_parse_time(text, &s), 0);
    return s;
}

static void ask_standing(struct fold *f, const struct policy *p)
{
    char text[1024], bound[DIGEST_HEX_CAP];
    assert_int_equal(bound_digest(p, policy_person(p, "hana"), &p->areas[0], &p->destinations[0], bound), 0);
    snprintf(text, sizeof text,
             "{'kind':'request','case':'" S
             "','type':'standing','at':'2026-11-21T00:00:00.000Z','person':{'id':'hana'},"
             "'contract':'city','area':'shared','level':2,'destination':{'id':'stick','label':'"
             "納品用','kind':'medium'},"
             "'purpose':'納品','consent':{'id':'letter-12','sha256':'" HELP_DIGEST
             "'},'recipients':['sub','own'],'digest':'d',"
             "'standing':{'type':'takeout','from':'2026-11-21','until':'2026-12-10','uses':2,"
             "'path':'/media/stick','bound':'%s'}}",
             bound);
    help_fold(f, text);
}

/* A case under it, as far as the ledger has come. */
static void permit_under(struct fold *f, const char *id)
{
    char text[512];
    help_request(f, id, "hana", "2026-11-21T02:00:00.000Z");
    snprintf(text, sizeof text,
             "{'kind':'permit','case':'%s','phase':'granted','person':{'id':'boss','name':'A'},'"
             "consent':{'id':'letter-12'},"
             "'permit':'s1','at':'2026-11-21T02:00:00.000Z','expires':'2026-11-21T10:00:00.000Z','"
             "key':'" HELP_KEY "',"
             "'under':{'id':'" S "','at':'2026-11-21T01:00:00.000Z'}}",
             id);
    help_fold(f, text);
}

static int set_up(void **state)
{
    static struct scene s;
    s = (struct scene){.policy = help_policy()};
    s.policy->consents[0].standing_s = 30 * DAY;
    s.policy->consents[0].uses = 10;
    assert_int_equal(fold_new(HELP_BOOT, &s.fold), 0);
    ask_standing(s.fold, s.policy);
    help_permit(s.fold, S, "boss", "s1", "2026-11-21T01:00:00.000Z", "2026-12-10T15:00:00.000Z");
    s.q = (struct standing_question){.policy = s.policy,
                                     .fold = s.fold,
                                     .person = "hana",
                                     .area = "shared",
                                     .destination = "stick",
                                     .purpose = "納品",
                                     .consent = "",
                                     .take_out = true,
                                     .now_s = at("2026-11-22T00:00:00Z")};
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

static void expect(const struct scene *s, const struct standing_question *q, enum sk_reason reason)
{
    const char *why = "";
    assert_string_equal(sk_reason_name(standing_covers(q, fold_case(s->fold, S), &why)),
                        sk_reason_name(reason));
    assert_true(reason == SK_REASON_ALLOWED || *why);
}

static void test_what_it_is_for(void **state)
{
    struct scene *s = *state;
    expect(s, &s->q, SK_REASON_ALLOWED);
    assert_ptr_equal(standing_find(&s->q), fold_case(s->fold, S));
    static const struct {
        size_t member;
        const char *other;
    } others[] = {{offsetof(struct standing_question, person), "kei"},
                  {offsetof(struct standing_question, area), "other"},
                  {offsetof(struct standing_question, destination), "paper"},
                  {offsetof(struct standing_question, purpose), "納品2"},
                  {offsetof(struct standing_question, consent), "letter-13"}};
    for (size_t i = 0; i < array_count(others); i++) {
        struct standing_question q = s->q;
        *(const char **)(void *)((char *)&q + others[i].member) = others[i].other;
        expect(s, &q, SK_REASON_PERMIT_MISMATCH);
        assert_null(standing_find(&q));
    }
    s->q.take_out = false;
    expect(s, &s->q, SK_REASON_PERMIT_MISMATCH);
    s->q.take_out = true;
    help_request(s->fold, T, "hana", "2026-11-21T00:00:00.000Z");
    const char *why;
    assert_int_equal(standing_covers(&s->q, fold_case(s->fold, T), &why),
                     SK_REASON_PERMIT_MISMATCH);
    assert_int_equal(standing_covers(&s->q, NULL, &why), SK_REASON_PERMIT_MISMATCH);
}

static void test_period(void **state)
{
    struct scene *s = *state;
    static const struct {
        const char *now;
        enum sk_reason reason;
    } rows[] = {
        {"2026-11-20T14:59:59Z", SK_REASON_PERMIT_EXPIRED}, /* before its first day in Japan */
        {"2026-11-21T00:59:59Z", SK_REASON_PERMIT_EXPIRED}, /* granted by a clock that was ahead */
        {"2026-11-21T01:00:00Z", SK_REASON_ALLOWED},
        {"2026-12-10T14:59:59Z", SK_REASON_ALLOWED},
        {"2026-12-10T15:00:00Z", SK_REASON_PERMIT_EXPIRED}};
    for (size_t i = 0; i < array_count(rows); i++) {
        s->q.now_s = at(rows[i].now);
        expect(s, &s->q, rows[i].reason);
    }
}

static void test_uses(void **state)
{
    struct scene *s = *state;
    assert_int_equal(fold_uses(s->fold, "letter-12"), 0); /* its cases use the consent */
    assert_int_equal(standing_left(s->fold, fold_case(s->fold, S)), 2);
    permit_under(s->fold, T);
    assert_int_equal(fold_uses(s->fold, "letter-12"), 1);
    assert_int_equal(standing_left(s->fold, fold_case(s->fold, S)), 1);
    permit_under(s->fold, "T-20261121-0002");
    expect(s, &s->q, SK_REASON_PERMIT_USED);
    help_phase(s->fold, T, "takeout", "intent", "2026-11-21T03:00:00.000Z");
    help_phase(s->fold, T, "takeout", "failed", "2026-11-21T03:01:00.000Z");
    expect(s, &s->q, SK_REASON_PERMIT_USED); /* a failed export has used its use */
    help_phase(s->fold, "T-20261121-0002", "permit", "withdrawn", "2026-11-21T03:02:00.000Z");
    expect(s, &s->q, SK_REASON_ALLOWED);
    assert_int_equal(fold_uses(s->fold, "letter-12"), 1);
    autojson json_t *view = view_case(fold_case(s->fold, S), s->policy, s->q.now_s);
    view_put_uses(view, s->fold, fold_case(s->fold, S));
    assert_string_equal(record_text(view, "type"), "standing");
    assert_int_equal(record_number(view, "standing.used"), 1);
    autojson json_t *of = view_case(fold_case(s->fold, T), s->policy, s->q.now_s);
    assert_string_equal(record_text(of, "permission.under.id"), S);
}

/* One whose consent is used up is passed over; what the case that ends with it has used is free for it. */
static void test_found(void **state)
{
    struct scene *s = *state;
    struct standing_question q = s->q;
    permit_under(s->fold, T);
    assert_ptr_equal(standing_find(&q), fold_case(s->fold, S));
    s->policy->consents[0].uses = 1;
    expect(s, &q, SK_REASON_ALLOWED);
    assert_null(standing_find(&q));
    q.instead = fold_case(s->fold, T);
    assert_ptr_equal(standing_find(&q), fold_case(s->fold, S));
    s->policy->consents[0].uses = 10;
    permit_under(s->fold, "T-20261121-0002");
    q.instead = NULL;
    assert_null(standing_find(&q));
    q.instead = fold_case(s->fold, T);
    expect(s, &q, SK_REASON_ALLOWED);
    help_phase(s->fold, T, "takeout", "intent", "2026-11-21T03:00:00.000Z");
    expect(s, &q, SK_REASON_PERMIT_USED); /* it goes out, and gives nothing back */
}

/* Its approver's failures are not forgotten each time that it is used, and the text that was signed
 * stays used. */
static void test_no_signature(void **state)
{
    struct scene *s = *state;
    uint64_t failures;
    int64_t until_s;
    help_fold(s->fold, "{'kind':'lockout','person':{'id':'boss'},'failures':2,'until':''}");
    permit_under(s->fold, T);
    fold_lockout(s->fold, "boss", &failures, &until_s);
    assert_int_equal(failures, 2);
    assert_true(fold_permit_used(s->fold, "s1"));
}

static void expect_of_case(const struct scene *s, enum sk_reason reason)
{
    const char *why;
    expect(s, &s->q, reason);
    assert_int_equal(standing_of_case(s->policy, s->fold, fold_case(s->fold, T), s->q.now_s, &why),
                     reason);
}

static void test_ends(void **state)
{
    struct scene *s = *state;
    static const struct {
        const char *phase;
        enum sk_reason reason;
    } rows[] = {{"revoked", SK_REASON_PERMIT_VOID},
                {"withdrawn", SK_REASON_PERMIT_VOID},
                {"expired", SK_REASON_PERMIT_EXPIRED},
                {"rejected", SK_REASON_PERMIT_VOID}};
    permit_under(s->fold, T);
    expect_of_case(s, SK_REASON_ALLOWED);
    for (size_t i = 0; i < array_count(rows); i++) {
        help_phase(s->fold, S, "permit", rows[i].phase, "2026-11-21T05:00:00.000Z");
        expect_of_case(s, rows[i].reason);
        assert_int_equal(fold_uses(s->fold, "letter-12"), 1); /* the case's, not its own */
    }
    help_fold(s->fold, "{'kind':'permit','case':'T-20261121-0003','phase':'granted','under':{'id':'"
                       "S-20261121-0009'}}");
    const struct case_entry gone = {.permit =
                                        json_pack("{s{ss}}", "under", "id", "S-20261121-0009")};
    const char *why;
    assert_int_equal(standing_of_case(s->policy, s->fold, &gone, s->q.now_s, &why),
                     SK_REASON_PERMIT_VOID);
    json_decref(gone.permit);
}

static struct policy_area *shared(struct scene *s)
{
    return &s->policy->areas[0];
}

/* What the policy says otherwise by now. */
static void test_policy(void **state)
{
    struct scene *s = *state;
    struct policy_consent *consent = &s->policy->consents[0];
    permit_under(s->fold, T);
    shared(s)->level = 3;
    expect_of_case(s, SK_REASON_PERMIT_VOID);
    shared(s)->level = 2;
    shared(s)->top_secret = true;
    expect_of_case(s, SK_REASON_TOP_SECRET);
    shared(s)->top_secret = false;
    s->policy->destinations[0].kind = POLICY_HAND;
    expect_of_case(s, SK_REASON_DESTINATION_KIND);
    s->policy->destinations[0].kind = POLICY_MEDIUM;
    s->policy->destinations[0].recipients.count = 1;
    expect_of_case(s, SK_REASON_PERMIT_VOID);
    s->policy->destinations[0].recipients.count = 2;
    consent->sha256[0] ^= 1;
    expect_of_case(s, SK_REASON_PERMIT_VOID);
    consent->sha256[0] ^= 1;
    consent->standing_s = 19 * DAY;
    expect_of_case(s, SK_REASON_NO_STANDING);
    consent->standing_s = 20 * DAY;
    expect_of_case(s, SK_REASON_ALLOWED);
    consent->until = at("2026-12-05");
    expect_of_case(s, SK_REASON_CONSENT_ENDED);
    consent->until = 0;
    s->policy->contracts[0].end = at("2026-12-05");
    expect_of_case(s, SK_REASON_CONSENT_ENDED);
    s->policy->contracts[0].end = at("2027-04-01");
    s->policy->persons[1].suspended = true; /* boss */
    expect_of_case(s, SK_REASON_PERMIT_VOID);
}

static void expect_bound(const struct scene *s, const char *what)
{
    const char *why = "";
    if (standing_covers(&s->q, fold_case(s->fold, S), &why) != SK_REASON_PERMIT_VOID ||
        !strstr(why, "a new one is needed"))
        fail_msg("%s is said otherwise, and not noticed: %s", what, why);
    expect_of_case(s, SK_REASON_PERMIT_VOID);
}

/* Another place, another reader, under the same ids. */
static void test_same_names(void **state)
{
    struct scene *s = *state;
    struct policy_destination *d = &s->policy->destinations[0];
    struct policy_recipient *sub = &s->policy->recipients[1];
    char **const texts[] = {&d->path,   &d->uuid,           &d->medium, &d->site,         &d->label,
                            &sub->mail, &sub->organisation, &sub->name, &shared(s)->mount};
    assert_string_equal(sub->head.id, "sub");
    permit_under(s->fold, T);
    expect_of_case(s, SK_REASON_ALLOWED);
    for (size_t i = 0; i < array_count(texts); i++) {
        char *was = *texts[i], other[] = "/elsewhere";
        *texts[i] = other;
        expect_bound(s, was);
        *texts[i] = was;
    }
    d->kind = POLICY_WEB;
    expect_bound(s, "kind");
    d->kind = POLICY_MEDIUM;
    sub->age.point[0] ^= 1;
    expect_bound(s, "key");
    sub->age.point[0] ^= 1;
    sub->receipt_key.id[0] ^= 1;
    expect_bound(s, "receipt key");
    sub->receipt_key.id[0] ^= 1;
    d->has_receipt_key = true;
    expect_bound(s, "receipt key of the destination");
    d->has_receipt_key = false;
    shared(s)->personal_number = true;
    expect_bound(s, "personal number");
    shared(s)->personal_number = false;
    s->policy->has_escrow = true;
    expect_bound(s, "escrow key");
    s->policy->has_escrow = false;
    expect_of_case(s, SK_REASON_ALLOWED);
    autofree char *keys = bound_keys(s->policy, d);
    assert_non_null(strstr(
        keys, "sub age1k33u423c9jqgvu3mxnv43mc5c6l6hvv2axge4leeavay4t0dvseqseef0a, own age1"));
}

static void test_lost(void **state)
{
    struct scene *s = *state;
    permit_under(s->fold, T);
    help_fold(s->fold, "{'kind':'lost','medium':'stick','incident':'I-20261121-0001'}");
    expect_of_case(s, SK_REASON_LOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_it_is_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_period, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_uses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_signature, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_policy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_same_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lost, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

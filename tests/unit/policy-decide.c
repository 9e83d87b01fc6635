/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy-decide.c proves every decision: each row changes one thing of a case that is allowed and
 * names the one reason that must come out, with the section and line that the user is shown. */
#include "policy/decide.h"
#include <string.h>
#include "base/str.h"
#include "cmocka-head.h"
#include "policy-help.h"

/* The reasons that decide.c answers with, ticked as the tables reach them. */
static bool reached[SK_REASON_COUNT];

/* small_policy with up to two lines changed. */
static struct policy *varied(const char *line, const char *by, const char *line_2, const char *by_2,
                             struct policy_findings *f)
{
    autofree char *once = changed(small_policy, line, by);
    autofree char *twice = line_2 ? changed(once, line_2, by_2) : strdup(once);
    return parse_right(twice, f);
}

/* --- access ----------------------------------------------------------------------------------- */

struct access_row {
    enum sk_reason want;
    const char *section, *id;
    const char *line, *by, *line_2, *by_2; /* in the policy */
    struct access_question q;
};

#define GOOD_ACCESS                                                                                \
    .user = "hana-login", .one_identity = true, .identified = true, .area = "shared",              \
    .application = "viewer", .program_trusted = true, .code_trusted = true
#define SAME "version = 3", "version = 3"

static const struct access_row access_rows[] = {
    {SK_REASON_ALLOWED, "area", "shared", SAME, NULL, NULL, {GOOD_ACCESS}},
    {SK_REASON_ALLOWED, "area", "shared", "applications", "applications = viewer\nhandlers = hana",
     NULL, NULL, {GOOD_ACCESS}},
    /* an expired policy goes on deciding */
    {SK_REASON_ALLOWED, "area", "shared", "expires", "expires = 2026-04-02", NULL, NULL,
     {GOOD_ACCESS}},
    /* a room that lists nothing takes every program of root's, inside */
    {SK_REASON_ALLOWED, "area", "shared", "gate", "gate = room", "applications", NULL,
     {.user = "hana-login", .one_identity = true, .identified = true, .area = "shared",
      .program_trusted = true, .in_room = true}},
    {SK_REASON_NOT_ROOT_OWNED, "area", "shared", "gate", "gate = room", "applications", NULL,
     {.user = "hana-login", .one_identity = true, .identified = true, .area = "shared",
      .code_trusted = true, .in_room = true}},
    /* one that lists some looks at the code in them, too */
    {SK_REASON_NOT_ROOT_OWNED, "application", "viewer", "gate", "gate = room", NULL, NULL,
     {.user = "hana-login", .one_identity = true, .identified = true, .area = "shared",
      .application = "viewer", .program_trusted = true, .in_room = true}},
    /* whoever is in another area's room opens nothing here, gate or no gate */
    {SK_REASON_NOT_IN_ROOM, "area", "shared", SAME, NULL, NULL,
     {GOOD_ACCESS, .in_other_room = true}},
    {SK_REASON_NOT_IN_ROOM, "area", "shared", "gate", "gate = room", NULL, NULL,
     {GOOD_ACCESS, .in_other_room = true}},
    {SK_REASON_NO_AREA, "", "", SAME, NULL, NULL,
     {.user = "hana-login", .one_identity = true, .identified = true, .area = "other",
      .application = "viewer", .code_trusted = true}},
    {SK_REASON_CONTRACT_ENDED, "contract", "city", "end = ", "end = 2026-05-31", NULL, NULL,
     {GOOD_ACCESS}},
    {SK_REASON_CONTRACT_NOT_BEGUN, "contract", "city", "start = ", "start = 2026-06-02", NULL, NULL,
     {GOOD_ACCESS}},
    {SK_REASON_UNIDENTIFIED, "area", "shared", SAME, NULL, NULL,
     {.user = "hana-login", .one_identity = true, .area = "shared", .application = "viewer",
      .code_trusted = true}},
    {SK_REASON_MIXED_IDENTITY, "area", "shared", SAME, NULL, NULL,
     {.user = "hana-login", .identified = true, .area = "shared", .application = "viewer",
      .code_trusted = true}},
    {SK_REASON_NOT_ON_ROSTER, "area", "shared", SAME, NULL, NULL,
     {.user = "stranger", .one_identity = true, .identified = true, .area = "shared",
      .application = "viewer", .code_trusted = true}},
    {SK_REASON_NOT_ON_ROSTER, "area", "shared", SAME, NULL, NULL,
     {.user = NULL, .one_identity = true, .identified = true, .area = "shared",
      .application = "viewer", .code_trusted = true}},
    {SK_REASON_SUSPENDED, "person", "hana", "role = handler", "role = handler\nsuspended = yes",
     NULL, NULL, {GOOD_ACCESS}},
    {SK_REASON_NOT_FOR_AREA, "person", "hana", "role = handler", "role = auditor", NULL, NULL,
     {GOOD_ACCESS}},
    {SK_REASON_NOT_FOR_AREA, "area", "shared", "applications",
     "applications = viewer\nhandlers = boss", NULL, NULL, {GOOD_ACCESS}},
    {SK_REASON_NOT_FOR_AREA, "person", "hana", "role = handler\nareas", "role = handler", NULL,
     NULL,
     {GOOD_ACCESS}},
    {SK_REASON_NOT_TRAINED, "person", "hana", "trained", NULL, NULL, NULL, {GOOD_ACCESS}},
    {SK_REASON_NOT_TRAINED, "person", "hana", "trained", "trained = 2026-06-02", NULL, NULL,
     {GOOD_ACCESS}},
    {SK_REASON_NOT_PLEDGED, "person", "hana", "pledge", NULL, NULL, NULL, {GOOD_ACCESS}},
    {SK_REASON_NOT_PLEDGED, "person", "hana", "pledge", "pledge = 2027-01-01", NULL, NULL,
     {GOOD_ACCESS}},
    {SK_REASON_NOT_IN_ROOM, "area", "shared", "gate", "gate = room", NULL, NULL, {GOOD_ACCESS}},
    {SK_REASON_NOT_LISTED, "area", "shared", SAME, NULL, NULL,
     {.user = "hana-login", .one_identity = true, .identified = true, .area = "shared",
      .code_trusted = true}},
    {SK_REASON_NOT_LISTED, "area", "shared", "applications", NULL, NULL, NULL, {GOOD_ACCESS}},
    {SK_REASON_NOT_ROOT_OWNED, "application", "viewer", SAME, NULL, NULL,
     {.user = "hana-login", .one_identity = true, .identified = true, .area = "shared",
      .application = "viewer"}},
    {SK_REASON_CODE_MADE, "application", "viewer", SAME, NULL, NULL,
     {GOOD_ACCESS, .code_made = true}},
    {SK_REASON_ALLOWED, "area", "shared", "exe = ", "exe = /usr/bin/viewer\ngenerates-code = yes",
     NULL, NULL, {GOOD_ACCESS, .code_made = true}},
    /* inside a room its walls hold, whatever runs */
    {SK_REASON_ALLOWED, "area", "shared", "gate", "gate = room", "applications", NULL,
     {.user = "hana-login", .one_identity = true, .identified = true, .area = "shared",
      .program_trusted = true, .code_made = true, .in_room = true}},
    {SK_REASON_ALLOWED, "area", "shared", "gate", "gate = room", NULL, NULL,
     {GOOD_ACCESS, .code_made = true, .in_room = true}},
};

/* What a user sees: the reason, and the section by name and line. */
static void check_decision(const struct decision *d, enum sk_reason want, const char *section,
                           const char *id)
{
    if (d->reason != want)
        print_message("%s, not %s\n", sk_reason_name(d->reason), sk_reason_name(want));
    assert_int_equal(d->reason, want);
    assert_int_equal(d->allow, want == SK_REASON_ALLOWED);
    assert_string_equal(d->section, section);
    assert_string_equal(d->id, id);
    assert_int_equal(d->line > 0, *section != '\0');
    reached[want] = true;
}

static void every_reason_of_access(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(access_rows); i++) {
        const struct access_row *row = &access_rows[i];
        struct policy_findings f = {0};
        struct access_question q = row->q;
        struct decision d, all[DECIDE_ACCESS_MAX];
        struct policy *p = varied(row->line, row->by, row->line_2, row->by_2, &f);
        q.now = day("2026-06-01");
        decide_access(p, &q, &d);
        check_decision(&d, row->want, row->section, row->id);
        /* the list of all failing checks begins with the one that decided */
        size_t n = decide_access_all(p, &q, all, array_count(all));
        assert_int_equal(n == 0, d.allow);
        if (n > 0)
            assert_int_equal(all[0].reason, d.reason);
        policy_free(&p);
        policy_findings_free(&f);
    }
}

static void the_builtin_policy_refuses_all(void **state)
{
    (void)state;
    struct decision d, all[DECIDE_ACCESS_MAX];
    const struct policy_consent *consent;
    const struct access_question a = {GOOD_ACCESS, .in_room = true, .now = day("2026-06-01")};
    const struct transfer_question t = {.user = "hana-login", .area = "shared",
                                        .destination = "stick", .purpose = "delivery"};
    decide_access(policy_builtin(), &a, &d);
    check_decision(&d, SK_REASON_NO_POLICY, "", "");
    assert_true(decide_access_all(policy_builtin(), &a, all, array_count(all)) > 1);
    assert_int_equal(decide_access_all(policy_builtin(), &a, all, 1), 1);
    decide_room(policy_builtin(), &(struct room_question){.user = "hana-login", .area = "shared"},
                &d);
    check_decision(&d, SK_REASON_NO_POLICY, "", "");
    decide_transfer(policy_builtin(), &t, &d, &consent);
    check_decision(&d, SK_REASON_NO_POLICY, "", "");
    assert_null(consent);
    decide_approval(policy_builtin(), "boss-login", "hana", "stick", 0, &d);
    check_decision(&d, SK_REASON_NO_POLICY, "", "");
}

static void the_person_is_named_in_refusals(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    struct policy *p = parse_right(small_policy, &f);
    struct decision d;
    struct access_question q = {GOOD_ACCESS, .now = day("2026-06-01")};
    q.application = NULL;
    decide_access(p, &q, &d);
    assert_non_null(d.person);
    assert_string_equal(d.person->head.id, "hana");
    q.user = "nobody";
    decide_access(p, &q, &d);
    assert_null(d.person);
    policy_free(&p);
    policy_findings_free(&f);
}

/* --- rooms ------------------------------------------------------------------------------------ */

#define ROOM "gate", "gate = room"
static const struct {
    enum sk_reason want;
    const char *section, *id, *line, *by, *line_2, *by_2;
    const char *user, *area;
    bool remote, terminal;
} room_rows[] = {
    {SK_REASON_ALLOWED, "area", "shared", ROOM, NULL, NULL, "hana-login", "shared", false, false},
    {SK_REASON_ALLOWED, "area", "shared", ROOM, "expires", "expires = 2026-04-02", "hana-login",
     "shared", false, false},
    {SK_REASON_ALLOWED, "area", "shared", "gate", "gate = room\nterminal = yes", NULL, NULL,
     "hana-login", "shared", false, true},
    {SK_REASON_ALLOWED, "area", "shared", ROOM, "[recipient office]",
     "[work]\nremote = yes\n[recipient office]", "hana-login", "shared", true, false},
    {SK_REASON_NO_AREA, "", "", ROOM, NULL, NULL, "hana-login", "other", false, false},
    {SK_REASON_NO_ROOM, "area", "shared", SAME, NULL, NULL, "hana-login", "shared", false, false},
    {SK_REASON_CONTRACT_ENDED, "contract", "city", ROOM, "end = ", "end = 2026-05-31", "hana-login",
     "shared", false, false},
    {SK_REASON_NOT_ON_ROSTER, "area", "shared", ROOM, NULL, NULL, "stranger", "shared", false,
     false},
    {SK_REASON_NOT_ON_ROSTER, "area", "shared", ROOM, NULL, NULL, NULL, "shared", false, false},
    {SK_REASON_SUSPENDED, "person", "hana", ROOM, "role = handler",
     "role = handler\nsuspended = yes", "hana-login", "shared", false, false},
    {SK_REASON_NOT_FOR_AREA, "person", "boss", ROOM, NULL, NULL, "boss-login", "shared", false,
     false},
    {SK_REASON_NOT_TRAINED, "person", "hana", ROOM, "trained", NULL, "hana-login", "shared", false,
     false},
    {SK_REASON_NOT_PLEDGED, "person", "hana", ROOM, "pledge", NULL, "hana-login", "shared", false,
     false},
    {SK_REASON_REMOTE, "", "", ROOM, NULL, NULL, "hana-login", "shared", true, false},
    {SK_REASON_REMOTE, "work", "", ROOM, "[recipient office]",
     "[work]\nremote = no\n[recipient office]", "hana-login", "shared", true, true},
    {SK_REASON_NO_TERMINAL, "area", "shared", ROOM, NULL, NULL, "hana-login", "shared", false,
     true},
};

static void every_reason_of_rooms(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(room_rows); i++) {
        struct policy_findings f = {0};
        struct policy *p = varied(room_rows[i].line, room_rows[i].by, room_rows[i].line_2,
                                  room_rows[i].by_2, &f);
        const struct room_question q = {.user = room_rows[i].user, .area = room_rows[i].area,
                                        .remote = room_rows[i].remote,
                                        .terminal = room_rows[i].terminal,
                                        .now = day("2026-06-01")};
        struct decision d;
        decide_room(p, &q, &d);
        check_decision(&d, room_rows[i].want, room_rows[i].section, room_rows[i].id);
        policy_free(&p);
        policy_findings_free(&f);
    }
}

static void only_some_areas_ask_for_code(void **state)
{
    (void)state;
    static const struct {
        const char *line, *by, *line_2;
        bool needed;
    } rows[] = {{SAME, NULL, true}, {SAME, "applications", true}, {ROOM, NULL, true},
                {ROOM, "applications", false}};
    for (size_t i = 0; i < array_count(rows); i++) {
        struct policy_findings f = {0};
        struct policy *p = varied(rows[i].line, rows[i].by, rows[i].line_2, NULL, &f);
        assert_int_equal(decide_needs_code(p, "shared"), rows[i].needed);
        assert_true(decide_needs_code(p, "other"));
        policy_free(&p);
        policy_findings_free(&f);
    }
}
#undef ROOM

/* --- transfers -------------------------------------------------------------------------------- */

struct transfer_row {
    enum sk_reason want;
    const char *section, *id; /* of the decision; for consents also the consent that is named */
    const char *line, *by;
    const char *destination, *purpose, *consent, *today;
    bool copy;
    uint64_t used;
    const char *user;
};

static const char second_consent[] =
    "[consent early]\ncontract = city\ndocument = No. 1\ndate = 2026-04-01\n"
    "sha256 = 1fd33cb2c228f43f1a174b1108a630fe98705c52f4c834f4426c98c3a1714a54\n"
    "areas = shared\ndestinations = folder\npurposes = review\n"
    "[contract town]\ntitle = T\nclient = C\nstart = 2026-04-01\nend = 2027-03-31\n"
    "[consent towns]\ncontract = town\ndocument = No. 1\ndate = 2026-04-01\n"
    "sha256 = 1fd33cb2c228f43f1a174b1108a630fe98705c52f4c834f4426c98c3a1714a54\n"
    "areas = shared\ndestinations = stick\npurposes = spying\n"
    "[area elsewhere]\nmount = /srv/elsewhere\ncontract = city\nlevel = 1";

#define C "consent"
#define L "letter"
static const struct transfer_row transfer_rows[] = {
    {SK_REASON_ALLOWED, C, L, SAME, "stick", "delivery", NULL, NULL, false, 1, NULL},
    {SK_REASON_ALLOWED, C, L, SAME, "stick", "　納品 （最終） ", L, NULL, false, 0, NULL},
    {SK_REASON_ALLOWED, C, L, SAME, "folder", "delivery", NULL, NULL, true, 0, NULL},
    {SK_REASON_ALLOWED, C, "early", SAME, "folder", "review", NULL, NULL, true, 9, NULL},
    {SK_REASON_ALLOWED, C, L, SAME, "stick", "delivery", NULL, "2026-12-31", false, 0, NULL},
    {SK_REASON_POLICY_EXPIRED, "policy", "", "expires", "expires = 2026-05-31", "stick", "delivery",
     NULL, NULL, false, 0, NULL},
    {SK_REASON_CONTRACT_ENDED, "contract", "city", "end", "end = 2026-05-31", "stick", "delivery",
     NULL, NULL, false, 0, NULL},
    {SK_REASON_NOT_ON_ROSTER, "area", "shared", SAME, "stick", "delivery", NULL, NULL, false, 0,
     "stranger"},
    {SK_REASON_NOT_FOR_AREA, "person", "boss", SAME, "stick", "delivery", NULL, NULL, false, 0,
     "boss-login"},
    {SK_REASON_SUSPENDED, "person", "hana", "role", "role = handler\nsuspended = yes", "stick",
     "delivery", NULL, NULL, false, 0, NULL},
    {SK_REASON_NOT_TRAINED, "person", "hana", "trained", NULL, "stick", "delivery", NULL, NULL,
     false, 0, NULL},
    {SK_REASON_NOT_PLEDGED, "person", "hana", "pledge", NULL, "stick", "delivery", NULL, NULL,
     false, 0, NULL},
    {SK_REASON_TOP_SECRET, "area", "shared", "level", "level = 1\ntop-secret = yes", "stick",
     "delivery", NULL, NULL, false, 0, NULL},
    {SK_REASON_NO_DESTINATION, "", "", SAME, "moon", "delivery", NULL, NULL, false, 0, NULL},
    {SK_REASON_OTHER_CONTRACT, "destination", "stick", "[destination stick]\ncontract",
     "[destination stick]\ncontract = town", "stick", "delivery", NULL, NULL, false, 0, NULL},
    {SK_REASON_DESTINATION_KIND, "destination", "stick", SAME, "stick", "delivery", NULL, NULL,
     true, 0, NULL},
    {SK_REASON_DESTINATION_KIND, "destination", "folder", SAME, "folder", "delivery", NULL, NULL,
     false, 0, NULL},
    {SK_REASON_NO_RECIPIENT, "destination", "stick", "recipients", NULL, "stick", "delivery", NULL,
     NULL, false, 0, NULL},
    {SK_REASON_NO_CONSENT, "", "", SAME, "stick", "delivery", "letters", NULL, false, 0, NULL},
    {SK_REASON_OTHER_CONTRACT, "", "", SAME, "stick", "spying", "towns", NULL, false, 0, NULL},
    {SK_REASON_CONSENT_PURPOSE, C, L, SAME, "stick", "spying", NULL, NULL, false, 0, NULL},
    {SK_REASON_CONSENT_PURPOSE, C, L, SAME, "stick", "deliver y", NULL, NULL, false, 0, NULL},
    {SK_REASON_CONSENT_AREA, C, L, "areas = shared", "areas = elsewhere", "stick", "delivery", L,
     NULL, false, 0, NULL},
    {SK_REASON_CONSENT_DESTINATION, C, "early", SAME, "stick", "review", "early", NULL, false, 0,
     NULL},
    {SK_REASON_CONSENT_DESTINATION, C, L, "destinations", "destinations = folder", "stick",
     "delivery", NULL, NULL, false, 0, NULL},
    {SK_REASON_CONSENT_ENDED, C, L, SAME, "stick", "delivery", NULL, "2027-01-01", false, 0, NULL},
    {SK_REASON_CONSENT_ENDED, C, L, SAME, "stick", "delivery", NULL, "2026-04-09", false, 0, NULL},
    {SK_REASON_CONSENT_USED, C, L, SAME, "stick", "delivery", NULL, NULL, false, 2, NULL},
};
#undef C
#undef L

static uint64_t count_uses(void *context, const char *consent)
{
    assert_non_null(consent);
    return *(const uint64_t *)context;
}

/* The policy of a row: the second contract's things at its end. */
static struct policy *transfer_policy(const struct transfer_row *row, struct policy_findings *f)
{
    autofree char *longer = changed(small_policy, NULL, second_consent);
    autofree char *text = changed(longer, row->line, row->by);
    return parse_right(text, f);
}

static void every_reason_of_transfers(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(transfer_rows); i++) {
        const struct transfer_row *row = &transfer_rows[i];
        struct policy_findings f = {0};
        struct policy *p = transfer_policy(row, &f);
        const struct policy_consent *consent = NULL;
        struct decision d;
        uint64_t used = row->used;
        const struct transfer_question q = {
            .user = row->user ? row->user : "hana-login",
            .area = "shared",
            .destination = row->destination,
            .purpose = row->purpose,
            .consent = row->consent,
            .take_out = !row->copy,
            .uses = count_uses,
            .context = &used,
            .now = day(row->today ? row->today : "2026-06-01"),
        };
        decide_transfer(p, &q, &d, &consent);
        check_decision(&d, row->want, row->section, row->id);
        /* the consent is named exactly when one decided */
        assert_int_equal(consent != NULL, str_eq(row->section, "consent"));
        if (consent)
            assert_string_equal(consent->head.id, row->id);
        policy_free(&p);
        policy_findings_free(&f);
    }
}

/* Each kind of destination, for files of an area that is top secret or not, and for paper. */
static const struct {
    enum sk_reason want;
    const char *kind; /* of the stick, with what else it says */
    bool top_secret, copy, item;
} kind_rows[] = {
    {SK_REASON_ALLOWED, "kind = medium", false, false, false},
    {SK_REASON_ALLOWED, "kind = area", false, false, false},
    {SK_REASON_ALLOWED, "kind = backup\nretention = 30 days", false, false, false},
    {SK_REASON_ALLOWED, "kind = hand", false, false, false},
    {SK_REASON_DESTINATION_KIND, "kind = directory", false, false, false},
    {SK_REASON_ALLOWED, "kind = directory", false, true, false},
    {SK_REASON_DESTINATION_KIND, "kind = area", false, true, false},
    {SK_REASON_DESTINATION_KIND, "kind = backup", false, true, false},
    {SK_REASON_DESTINATION_KIND, "kind = hand", false, true, false},
    {SK_REASON_TOP_SECRET, "kind = medium", true, false, false},
    {SK_REASON_TOP_SECRET, "kind = area", true, false, false},
    {SK_REASON_TOP_SECRET, "kind = backup", true, false, false},
    {SK_REASON_TOP_SECRET, "kind = directory", true, true, false},
    {SK_REASON_ALLOWED, "kind = hand", true, false, false},
    {SK_REASON_DESTINATION_KIND, "kind = hand", true, true, false},
    {SK_REASON_ALLOWED, "kind = hand", true, false, true},
    {SK_REASON_ALLOWED, "kind = hand", false, false, true},
    {SK_REASON_TOP_SECRET, "kind = medium", true, false, true},
    {SK_REASON_DESTINATION_KIND, "kind = medium", false, false, true},
    {SK_REASON_DESTINATION_KIND, "kind = directory", false, false, true},
};

static void every_kind_of_destination(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(kind_rows); i++) {
        struct policy_findings f = {0};
        struct decision d;
        const struct policy_consent *consent = NULL;
        uint64_t used = 0;
        struct policy *p = varied("kind = medium", kind_rows[i].kind, "level = 1",
                                  kind_rows[i].top_secret ? "level = 1\ntop-secret = yes"
                                                          : "level = 1", &f);
        const struct transfer_question q = {.user = "hana-login", .area = "shared",
                                            .destination = "stick", .purpose = "delivery",
                                            .take_out = !kind_rows[i].copy,
                                            .item = kind_rows[i].item, .uses = count_uses,
                                            .context = &used, .now = day("2026-06-01")};
        decide_transfer(p, &q, &d, &consent);
        if (d.reason != kind_rows[i].want)
            fail_msg("row %zu: %s", i, sk_reason_name(d.reason));
        policy_free(&p);
        policy_findings_free(&f);
    }
}

/* A destination that names a medium of the register: what that is approved for counts. */
#define REGISTERED(direction, areas, expires)                                                      \
    "[medium s1]\nvendor = 0951\nproduct = 1666\nowner = hana\ndirection = " direction "\nareas = "    \
    areas "\nidentity = 1fd33cb2c228f43f1a174b1108a630fe98705c52f4c834f4426c98c3a1714a54\nexpires = "    \
    expires "\n[area side]\nmount = /srv/side\ncontract = city\ngate = open\nlevel = 1\napplications = viewer\n[recipient office]"

static const struct {
    enum sk_reason want;
    const char *medium;
} medium_rows[] = {
    {SK_REASON_ALLOWED, REGISTERED("out", "shared", "2026-12-31")},
    {SK_REASON_ALLOWED, REGISTERED("both", "side, shared", "2026-06-01")},
    {SK_REASON_MEDIUM_EXPIRED, REGISTERED("out", "shared", "2026-05-31")},
    {SK_REASON_MEDIUM_DIRECTION, REGISTERED("in", "shared", "2026-12-31")},
    {SK_REASON_MEDIUM_AREA, REGISTERED("out", "side", "2026-12-31")},
};

static void a_registered_medium_must_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(medium_rows); i++) {
        struct policy_findings f = {0};
        struct decision d;
        const struct policy_consent *consent = NULL;
        uint64_t used = 0;
        struct policy *p = varied("path = /media", "medium = s1", "[recipient office]", medium_rows[i].medium, &f);
        const struct transfer_question q = {.user = "hana-login", .area = "shared", .destination = "stick",
                                            .purpose = "delivery", .take_out = true, .uses = count_uses,
                                            .context = &used, .now = day("2026-06-01")};
        decide_transfer(p, &q, &d, &consent);
        reached[d.reason] = true;
        if (d.reason != medium_rows[i].want)
            fail_msg("row %zu: %s", i, sk_reason_name(d.reason));
        policy_free(&p);
        policy_findings_free(&f);
    }
}

/* Paper has no place that it is written to; files have. */
static void by_hand_without_a_path_goes_paper_only(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    struct decision d;
    const struct policy_consent *consent = NULL;
    uint64_t used = 0;
    struct policy *p = varied("kind = medium", "kind = hand", "path = /media", NULL, &f);
    struct transfer_question q = {.user = "hana-login", .area = "shared", .destination = "stick",
                                  .purpose = "delivery", .take_out = true, .uses = count_uses,
                                  .context = &used, .now = day("2026-06-01")};
    decide_transfer(p, &q, &d, &consent);
    assert_int_equal(d.reason, SK_REASON_DESTINATION_KIND);
    q.item = true;
    decide_transfer(p, &q, &d, &consent);
    assert_int_equal(d.reason, SK_REASON_ALLOWED);
    policy_free(&p);
    policy_findings_free(&f);
}

static const struct {
    enum sk_reason want;
    const char *line, *by, *user, *area, *today;
} register_rows[] = {
    {SK_REASON_ALLOWED, SAME, "hana-login", "shared", "2026-06-01"},
    {SK_REASON_ALLOWED, SAME, "boss-login", "shared", "2026-06-01"},
    {SK_REASON_NO_AREA, SAME, "hana-login", "nowhere", "2026-06-01"},
    {SK_REASON_NOT_ON_ROSTER, SAME, "stranger", "shared", "2026-06-01"},
    {SK_REASON_SUSPENDED, "name = 花子", "name = 花子\nsuspended = yes", "hana-login", "shared",
     "2026-06-01"},
    {SK_REASON_NOT_TRAINED, "trained", NULL, "hana-login", "shared", "2026-06-01"},
    {SK_REASON_NOT_PLEDGED, "pledge", NULL, "hana-login", "shared", "2026-06-01"},
    {SK_REASON_NOT_FOR_AREA, "areas = shared\ntrained", "trained = 2026-04-01", "hana-login",
     "shared", "2026-06-01"},
    {SK_REASON_NOT_FOR_AREA, "role = manager", "role = auditor", "boss-login", "shared",
     "2026-06-01"},
    /* what is left after the end is returned or destroyed, and that is recorded */
    {SK_REASON_ALLOWED, SAME, "hana-login", "shared", "2028-06-01"},
};

static void who_may_enter_things(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(register_rows); i++) {
        struct policy_findings f = {0};
        struct decision d;
        struct policy *p = varied(register_rows[i].line, register_rows[i].by, SAME, &f);
        decide_register(p, register_rows[i].user, register_rows[i].area,
                        day(register_rows[i].today), &d);
        if (d.reason != register_rows[i].want)
            fail_msg("row %zu: %s", i, sk_reason_name(d.reason));
        assert_int_equal(d.allow, d.reason == SK_REASON_ALLOWED);
        policy_free(&p);
        policy_findings_free(&f);
    }
}

static void without_consents_there_is_nothing_to_approve(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    /* the only consent becomes another contract's */
    autofree char *longer = changed(small_policy, NULL, "[contract town]\ntitle = T\nclient = C\n"
                                                        "start = 2026-04-01\nend = 2027-03-31");
    autofree char *text = changed(longer, "contract = city", "contract = town");
    struct policy *p = parse_right(text, &f);
    const struct policy_consent *consent;
    struct decision d;
    uint64_t used = 0;
    const struct transfer_question q = {.user = "hana-login", .area = "shared",
                                        .destination = "stick", .purpose = "delivery",
                                        .take_out = true, .uses = count_uses, .context = &used,
                                        .now = day("2026-06-01")};
    decide_transfer(p, &q, &d, &consent);
    check_decision(&d, SK_REASON_NO_CONSENT, "", "");
    assert_null(consent);
    struct transfer_question elsewhere = q;
    elsewhere.area = "nowhere";
    decide_transfer(p, &elsewhere, &d, &consent);
    check_decision(&d, SK_REASON_NO_AREA, "", "");
    policy_free(&p);
    policy_findings_free(&f);
}

/* --- approvals -------------------------------------------------------------------------------- */

static const struct {
    enum sk_reason want;
    const char *section, *id, *line, *by, *user, *requester, *destination;
} approval_rows[] = {
    {SK_REASON_ALLOWED, "person", "boss", SAME, "boss-login", "hana", "stick"},
    {SK_REASON_ALLOWED, "destination", "folder", SAME, "boss-login", "hana", "folder"},
    {SK_REASON_POLICY_EXPIRED, "policy", "", "expires", "expires = 2026-05-31", "boss-login",
     "hana", "stick"},
    {SK_REASON_NOT_ON_ROSTER, "", "", SAME, "stranger", "hana", "stick"},
    {SK_REASON_OWN_REQUEST, "person", "boss", SAME, "boss-login", "boss", "stick"},
    {SK_REASON_NOT_APPROVER, "person", "hana", SAME, "hana-login", "boss", "stick"},
    {SK_REASON_NOT_APPROVER, "person", "boss", "key", NULL, "boss-login", "hana", "stick"},
    {SK_REASON_NOT_APPROVER, "destination", "folder", "approvers", "approvers = hana",
     "boss-login", "hana", "folder"},
    {SK_REASON_SUSPENDED, "person", "boss", "role = manager", "role = manager\nsuspended = yes",
     "boss-login", "hana", "stick"},
    {SK_REASON_NO_DESTINATION, "", "", SAME, "boss-login", "hana", "moon"},
    {SK_REASON_CONTRACT_ENDED, "contract", "city", "end", "end = 2026-05-01", "boss-login", "hana",
     "stick"},
};

static void every_reason_of_approvals(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(approval_rows); i++) {
        struct policy_findings f = {0};
        struct policy *p = varied(approval_rows[i].line, approval_rows[i].by, NULL, NULL, &f);
        struct decision d;
        decide_approval(p, approval_rows[i].user, approval_rows[i].requester,
                        approval_rows[i].destination, day("2026-06-01"), &d);
        check_decision(&d, approval_rows[i].want, approval_rows[i].section, approval_rows[i].id);
        policy_free(&p);
        policy_findings_free(&f);
    }
}

/* Training and pledge of an approver: the second of each in the file. */
static void approvers_are_trained_too(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        enum sk_reason want;
    } rows[] = {{"trained", SK_REASON_NOT_TRAINED}, {"pledge", SK_REASON_NOT_PLEDGED}};
    for (size_t i = 0; i < array_count(rows); i++) {
        struct policy_findings f = {0};
        autobuf struct buf by = {0};
        buf_printf(&by, "role = manager\n%s = 2026-07-01", rows[i].key);
        autofree char *once = changed(small_policy, "role = manager", by.data);
        char *later = strstr(strstr(once, by.data) + by.len, rows[i].key);
        *later = '#'; /* the line that follows is a remark now */
        struct policy *p = parse_right(once, &f);
        struct decision d;
        decide_approval(p, "boss-login", "hana", "stick", day("2026-06-01"), &d);
        check_decision(&d, rows[i].want, "person", "boss");
        policy_free(&p);
        policy_findings_free(&f);
    }
}

/* --- copies inside ---------------------------------------------------------------------------- */

#define COPIES "level = 1\ncopies = letter\ncopy-purpose = delivery"

static const struct {
    enum sk_reason want;
    const char *section, *id, *by, *line_2, *by_2, *user, *area;
} inside_rows[] = {
    {SK_REASON_ALLOWED, "consent", "letter", COPIES, NULL, NULL, "hana-login", "shared"},
    {SK_REASON_ALLOWED, "consent", "letter", "level = 1\ncopies = letter", NULL, NULL, "hana-login",
     "shared"},
    {SK_REASON_NO_CONSENT, "area", "shared", "level = 1", NULL, NULL, "hana-login", "shared"},
    {SK_REASON_CONSENT_PURPOSE, "consent", "letter",
     "level = 1\ncopies = letter\ncopy-purpose = fun", NULL, NULL, "hana-login", "shared"},
    {SK_REASON_CONSENT_ENDED, "consent", "letter", COPIES, "until", "until = 2026-05-31",
     "hana-login", "shared"},
    {SK_REASON_CONSENT_ENDED, "consent", "letter", COPIES, "date = ", "date = 2026-06-02",
     "hana-login", "shared"},
    {SK_REASON_NOT_ON_ROSTER, "", "", COPIES, NULL, NULL, "stranger", "shared"},
    {SK_REASON_NO_AREA, "", "", COPIES, NULL, NULL, "hana-login", "moon"},
    {SK_REASON_NOT_FOR_AREA, "person", "boss", COPIES, NULL, NULL, "boss-login", "shared"},
    {SK_REASON_SUSPENDED, "person", "hana", COPIES, "role = handler",
     "role = handler\nsuspended = yes", "hana-login", "shared"},
};

static void copies_inside(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(inside_rows); i++) {
        struct policy_findings f = {0};
        struct policy *p = varied("level = 1", inside_rows[i].by, inside_rows[i].line_2,
                                  inside_rows[i].by_2, &f);
        const struct policy_consent *consent = NULL;
        struct decision d;
        decide_copy_inside(p, inside_rows[i].user, inside_rows[i].area, day("2026-06-01"), &d,
                           &consent);
        assert_int_equal(d.reason, inside_rows[i].want);
        assert_int_equal(d.allow, d.reason == SK_REASON_ALLOWED);
        if (d.allow || *inside_rows[i].section)
            check_decision(&d, inside_rows[i].want, inside_rows[i].section, inside_rows[i].id);
        assert_true(!d.allow || consent);
        policy_free(&p);
        policy_findings_free(&f);
    }
}

static void standing_permits_have_their_limits(void **state)
{
    (void)state;
    static const struct {
        enum sk_reason want;
        const char *until, *kind; /* of the stick */
        bool top_secret;
        int days; /* that the consent lets one last */
    } rows[] = {
        {SK_REASON_ALLOWED, "2026-07-01", "kind = medium", false, 30},
        {SK_REASON_NO_STANDING, "2026-07-02", "kind = medium", false, 30},
        {SK_REASON_NO_STANDING, "2026-06-02", "kind = medium", false, 0},
        {SK_REASON_NO_STANDING, "2026-06-01", "kind = medium", false, 30}, /* for no time at all */
        {SK_REASON_CONSENT_ENDED, "2027-01-02", "kind = medium", false, 366},
        {SK_REASON_TOP_SECRET, "2026-07-01", "kind = hand", true, 30},
        {SK_REASON_DESTINATION_KIND, "2026-07-01", "kind = hand", false, 30},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        struct policy_findings f = {0};
        struct policy *p =
            varied("kind = medium", rows[i].kind, "level = 1",
                   rows[i].top_secret ? "level = 1\ntop-secret = yes" : "level = 1", &f);
        const struct transfer_question q = {.area = "shared", .destination = "stick"};
        p->consents[0].standing_s = rows[i].days * (int64_t)86400;
        enum sk_reason got =
            decide_standing(p, &q, &p->consents[0], day("2026-06-01"), day(rows[i].until));
        assert_string_equal(sk_reason_name(got), sk_reason_name(rows[i].want));
        reached[got] = true;
        const struct transfer_question no_area = {.area = "none", .destination = "stick"},
                                       no_destination = {.area = "shared", .destination = "none"};
        assert_int_equal(decide_standing(p, &no_area, &p->consents[0], 0, 1), SK_REASON_NO_AREA);
        assert_int_equal(decide_standing(p, &no_destination, &p->consents[0], 0, 1),
                         SK_REASON_NO_DESTINATION);
        policy_free(&p);
        policy_findings_free(&f);
    }
}

static void purposes_fold_white_space(void **state)
{
    (void)state;
    assert_true(purpose_matches("a b", "a b"));
    assert_true(purpose_matches("  a \t\n b ", "a b"));
    assert_true(purpose_matches("a\u3000\u00a0b", "a b"));
    assert_true(purpose_matches("納品", "納品\u3000"));
    assert_true(purpose_matches("", " \u3000"));
    assert_false(purpose_matches("ab", "a b"));
    assert_false(purpose_matches("a b", "ab"));
    assert_false(purpose_matches("a", "a b"));
    assert_false(purpose_matches("a b", "a"));
    assert_false(purpose_matches("A", "a"));
    assert_false(purpose_matches("", "a"));
    assert_false(purpose_matches("a ", "a b"));
}

/* Runs last: the tables above must have met every reason that a policy can give. */
static void no_reason_is_left_out(void **state)
{
    (void)state;
    static const enum sk_reason others[] = {
        /* given by watch and control themselves */
        SK_REASON_LEDGER_BEHIND, SK_REASON_GUARD_REPLACED, SK_REASON_LOST, SK_REASON_CONTRACT_CLOSED,
        SK_REASON_INCIDENT_OPEN, SK_REASON_NO_PLAN, SK_REASON_ROOM_OPEN,
        SK_REASON_LOCKED_OUT, SK_REASON_PERMIT_USED, SK_REASON_NO_CONTRACT,
        SK_REASON_OWN_ENTRY, SK_REASON_NOT_RECEIVER, SK_REASON_NOT_RECIPIENT, SK_REASON_KEPT_APART,
        /* of what is plugged in: policy-plugged.c and sekisho-plug */
        SK_REASON_DEVICE_CLASS, SK_REASON_DEVICE_UNREADABLE, SK_REASON_DEVICE_COMPOSITE,
        SK_REASON_DEVICE_EXPIRED, SK_REASON_DEVICE_FOREIGN, SK_REASON_DEVICE_PRESENT, SK_REASON_DEVICE_DRIVER, SK_REASON_BREAK_GLASS, SK_REASON_MEDIUM_UNKNOWN,
        SK_REASON_MEDIUM_EXPIRED, SK_REASON_MEDIUM_IDENTITY, SK_REASON_MEDIUM_UNUSABLE, SK_REASON_MEDIUM_TWICE,
        SK_REASON_MEDIUM_COPY,
        SK_REASON_MEDIUM_REVOKED,
        SK_REASON_PERMIT_VOID, SK_REASON_BEFORE_END, SK_REASON_NOT_INSIDE, SK_REASON_TOO_MANY,
        SK_REASON_OTHER_RECIPIENTS,
        SK_REASON_PERMIT_EXPIRED, SK_REASON_PERMIT_MISMATCH, SK_REASON_CONTENT_CHANGED};
    for (size_t i = 0; i < array_count(others); i++)
        reached[others[i]] = true;
    for (unsigned i = 0; i < SK_REASON_COUNT; i++) {
        if (!reached[i])
            print_message("never reached: %s\n", sk_reason_name((enum sk_reason)i));
        assert_true(reached[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_of_access),
        cmocka_unit_test(the_builtin_policy_refuses_all),
        cmocka_unit_test(the_person_is_named_in_refusals),
        cmocka_unit_test(every_reason_of_rooms),
        cmocka_unit_test(only_some_areas_ask_for_code),
        cmocka_unit_test(every_reason_of_transfers),
        cmocka_unit_test(every_kind_of_destination),
        cmocka_unit_test(a_registered_medium_must_fit),
        cmocka_unit_test(by_hand_without_a_path_goes_paper_only),
        cmocka_unit_test(who_may_enter_things),
        cmocka_unit_test(without_consents_there_is_nothing_to_approve),
        cmocka_unit_test(every_reason_of_approvals),
        cmocka_unit_test(approvers_are_trained_too),
        cmocka_unit_test(copies_inside),
        cmocka_unit_test(standing_permits_have_their_limits),
        cmocka_unit_test(purposes_fold_white_space),
        cmocka_unit_test(no_reason_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

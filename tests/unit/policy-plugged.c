/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy-plugged.c proves the decision about what is plugged in: each row is one device and one policy and
 * names verdict and reason; and what the check of a policy says about its devices and media. */
#include "policy/plugged.h"
#include <string.h>
#include "base/str.h"
#include "cmocka-head.h"
#include "policy-help.h"

#define IDENTITY "1fd33cb2c228f43f1a174b1108a630fe98705c52f4c834f4426c98c3a1714a54"
#define OTHER_ID "2fd33cb2c228f43f1a174b1108a630fe98705c52f4c834f4426c98c3a1714a54"
#define MEDIUM(id, serial, identity, expires)                                                      \
    "[medium " id "]\nvendor = 0951\nproduct = 1666\n" serial "owner = hana\ndirection = out\n"    \
    "areas = shared\nidentity = " identity "\nexpires = " expires "\n"
#define STICK   MEDIUM("s1", "serial = AB\n", IDENTITY, "2026-12-31")
#define CLASS(name, more) "[device-class " name "]\n" more "\n"
#define READER  "[device reader]\nvendor = 04e6\nproduct = 5116\nclasses = smartcard, hid\n"

/* "030101 080650": class, subclass, protocol of each interface. Its count. */
static size_t interfaces(const char *text, struct plugged_interface *ret)
{
    size_t count = 0;
    for (const char *at = text; *at; at += strspn(at, " ")) {
        unsigned long code = strtoul(at, NULL, 16);
        ret[count] = (struct plugged_interface){.configuration = 1, .number = (uint8_t)count,
                                                .class = (uint8_t)(code >> 16), .subclass = (uint8_t)(code >> 8),
                                                .protocol = (uint8_t)code};
        count++;
        at += strcspn(at, " ");
    }
    return count;
}

static struct plugged_question stick(const char *serial)
{
    return (struct plugged_question){.readable = true, .vendor = 0x0951, .product = 0x1666, .serial = serial,
                                     .port = "0000:00:14.0/2.3", .now = day("2026-06-01")};
}

struct row {
    const char *interfaces, *serial, *more; /* more: sections behind the small policy, NULL = no policy at all */
    enum plugged_verdict verdict;
    enum sk_reason reason;
    const char *section, *id;
};

static const struct row rows[] = {
    /* presets */
    {"030101", "", "", PLUGGED_ALLOWED, SK_REASON_ALLOWED, "", ""},
    {"090000", "", "", PLUGGED_ALLOWED, SK_REASON_ALLOWED, "", ""},
    {"010100 010200 030000", "", "", PLUGGED_ALLOWED, SK_REASON_ALLOWED, "", ""},
    {"0e0100 0e0200", "", "", PLUGGED_ALLOWED, SK_REASON_ALLOWED, "", ""},
    {"080650", "", "", PLUGGED_REFUSED, SK_REASON_MEDIUM_UNKNOWN, "", ""},
    {"060101", "", "", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    {"020600 0a0000", "", "", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    {"e00103 0a0000", "", "", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    {"ff0000", "", "", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    {"0a0000", "", "", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    {"", "", "", PLUGGED_REFUSED, SK_REASON_DEVICE_UNREADABLE, "", ""},
    /* without a policy: what one needs to work on */
    {"030101", "", NULL, PLUGGED_ALLOWED, SK_REASON_ALLOWED, "", ""},
    {"090000", "", NULL, PLUGGED_ALLOWED, SK_REASON_ALLOWED, "", ""},
    {"010100", "", NULL, PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    {"080650", "AB", NULL, PLUGGED_REFUSED, SK_REASON_MEDIUM_UNKNOWN, "", ""},
    /* what one works with loses its maker's half, not itself; a half that carries data makes it a stranger */
    {"030101 ff0000", "", NULL, PLUGGED_PARTLY, SK_REASON_DEVICE_CLASS, "", ""},
    {"030101 fe0101", "", "", PLUGGED_PARTLY, SK_REASON_DEVICE_CLASS, "", ""},
    {"090000 ff0000", "", "", PLUGGED_PARTLY, SK_REASON_DEVICE_CLASS, "", ""},
    {"030101 0b0000", "", "", PLUGGED_PARTLY, SK_REASON_DEVICE_CLASS, "", ""},
    {"030101 ff0000", "", CLASS("hid", "allow = no"), PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "device-class", "hid"},
    {"030101 ff0000 020600", "", "", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    {"030101 ff0000 060101", "", "", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    {"0e0100 ff0000", "", "", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    {"ff0000", "", "", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    {"090000 080650 ff0000", "AB", STICK, PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    /* classes */
    {"0e0100", "", CLASS("video", "allow = no"), PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "device-class", "video"},
    {"070102", "", CLASS("printer", "allow = yes"), PLUGGED_ALLOWED, SK_REASON_ALLOWED, "device-class", "printer"},
    /* media */
    {"080650", "AB", STICK, PLUGGED_ALLOWED, SK_REASON_ALLOWED, "medium", "s1"},
    {"080662", "AB", STICK, PLUGGED_ALLOWED, SK_REASON_ALLOWED, "medium", "s1"},
    {"080650", "AC", STICK, PLUGGED_REFUSED, SK_REASON_MEDIUM_UNKNOWN, "", ""},
    {"080650", "", STICK, PLUGGED_REFUSED, SK_REASON_MEDIUM_UNKNOWN, "", ""},
    {"080650", "AB", MEDIUM("s1", "serial = AB\n", IDENTITY, "2026-05-31"), PLUGGED_REFUSED,
     SK_REASON_MEDIUM_EXPIRED, "medium", "s1"},
    /* the last day counts whole; a second registration goes on where the first has expired */
    {"080650", "AB", MEDIUM("s1", "serial = AB\n", IDENTITY, "2026-06-01"), PLUGGED_ALLOWED, SK_REASON_ALLOWED,
     "medium", "s1"},
    {"080650", "AB", MEDIUM("s1", "serial = AB\n", IDENTITY, "2026-05-31")
     MEDIUM("s2", "serial = AB\n", OTHER_ID, "2026-12-31"), PLUGGED_ALLOWED, SK_REASON_ALLOWED, "medium", "s2"},
    /* a stick that types, a stick that is a network card, too */
    {"080650 030101", "AB", STICK, PLUGGED_REFUSED, SK_REASON_DEVICE_COMPOSITE, "", ""},
    {"080650 020600 0a0000", "AB", STICK, PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    {"080650 0e0100", "AB", STICK, PLUGGED_ALLOWED, SK_REASON_ALLOWED, "medium", "s1"},
    /* halves */
    {"010100 020600", "", CLASS("audio", "allow = yes\nsplit = yes"), PLUGGED_PARTLY, SK_REASON_DEVICE_CLASS, "",
     ""},
    {"010100 020600", "", "", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, "", ""},
    {"010100 0e0100 020600", "", CLASS("audio", "allow = yes\nsplit = yes"), PLUGGED_REFUSED,
     SK_REASON_DEVICE_CLASS, "", ""},
    {"010100 080650", "", CLASS("audio", "allow = yes\nsplit = yes"), PLUGGED_PARTLY, SK_REASON_MEDIUM_UNKNOWN, "",
     ""},
    {"080650 020600", "AB", STICK CLASS("audio", "allow = yes\nsplit = yes"), PLUGGED_REFUSED,
     SK_REASON_DEVICE_CLASS, "", ""},
    {"030101 080650", "", CLASS("hid", "allow = yes\nsplit = yes"), PLUGGED_REFUSED, SK_REASON_DEVICE_COMPOSITE, "",
     ""},
};

static struct policy *with(const char *more, struct policy_findings *f)
{
    autofree char *text = changed(small_policy, NULL, more);
    return parse_right(text, f);
}

static void each_device_gets_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(rows); i++) {
        const struct row *r = &rows[i];
        struct policy_findings f = {0};
        struct policy *own = r->more && *r->more ? with(r->more, &f) : parse_right(small_policy, &f);
        const struct policy *p = r->more ? own : policy_builtin();
        struct plugged_interface list[16];
        struct plugged_question q = stick(r->serial);
        q.interfaces = list;
        q.count = interfaces(r->interfaces, list);
        struct plugged_decision d;
        decide_plugged(p, &q, &d);
        if (d.verdict != r->verdict || d.reason != r->reason || !str_eq(d.section, r->section) ||
            !str_eq(d.id, r->id))
            fail_msg("row %zu (%s): %d %s [%s %s]", i, r->interfaces, (int)d.verdict, sk_reason_name(d.reason),
                     d.section, d.id);
        assert_true((d.verdict == PLUGGED_ALLOWED) == (d.reason == SK_REASON_ALLOWED));
        assert_true((d.verdict == PLUGGED_ALLOWED) == (d.refused == 0));
        policy_free(&own);
        policy_findings_free(&f);
    }
}

/* What says that it is unreadable is refused, whatever it has. */
static void what_cannot_be_read_is_refused(void **state)
{
    (void)state;
    struct plugged_interface list[1];
    struct plugged_question q = stick("");
    q.readable = false;
    q.interfaces = list;
    q.count = interfaces("030101", list);
    struct plugged_decision d;
    decide_plugged(policy_builtin(), &q, &d);
    assert_int_equal(d.verdict, PLUGGED_REFUSED);
    assert_int_equal(d.reason, SK_REASON_DEVICE_UNREADABLE);
}

/* Without a policy, of what worked before. refused: what does not go on of a device that does. */
static const struct keep_row {
    const char *interfaces;
    enum plugged_verdict verdict;
    enum sk_reason reason;
    unsigned refused;
    bool driven;
} keep_rows[] = {
    {"030101 ff0000", PLUGGED_ALLOWED, SK_REASON_DEVICE_PRESENT, 0, false},
    {"0e0100 ff0000", PLUGGED_ALLOWED, SK_REASON_DEVICE_PRESENT, 0, false},
    {"020600 0a0000", PLUGGED_ALLOWED, SK_REASON_DEVICE_PRESENT, 0, false},
    {"010100 060101", PLUGGED_PARTLY, SK_REASON_DEVICE_PRESENT, POLICY_CLASS_MTP, false},
    /* a phone's other ways to its files, with MTP and without */
    {"060101 ff4201", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, POLICY_CLASS_MTP | POLICY_CLASS_OTHER, false},
    {"ff4201", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, POLICY_CLASS_OTHER, false},
    {"ffff00 fffe02", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, POLICY_CLASS_OTHER, false},
    {"010100 060101 ff4201", PLUGGED_PARTLY, SK_REASON_DEVICE_PRESENT, POLICY_CLASS_MTP | POLICY_CLASS_OTHER, false},
    {"e00103 0a0000 ff4201", PLUGGED_PARTLY, SK_REASON_DEVICE_PRESENT, POLICY_CLASS_OTHER, false},
    {"030101 080650", PLUGGED_REFUSED, SK_REASON_DEVICE_COMPOSITE, POLICY_CLASS_HID | POLICY_CLASS_STORAGE, false},
    /* a network or serial adapter of its maker's own class; and a phone whose driver the kernel has */
    {"ff0000", PLUGGED_ALLOWED, SK_REASON_DEVICE_PRESENT, 0, true},
    {"ffff00 020600 0a0000", PLUGGED_ALLOWED, SK_REASON_DEVICE_PRESENT, 0, true},
    {"060101 ff4201", PLUGGED_REFUSED, SK_REASON_DEVICE_CLASS, POLICY_CLASS_MTP | POLICY_CLASS_OTHER, true},
};

static void what_worked_before_goes_on_without_its_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(keep_rows); i++) {
        const struct keep_row *r = &keep_rows[i];
        struct plugged_interface list[16];
        struct plugged_question q = stick("");
        q.interfaces = list;
        q.count = interfaces(r->interfaces, list);
        struct plugged_decision d;
        decide_plugged(policy_builtin(), &q, &d);
        plugged_keep(&d, r->driven);
        if (d.verdict != r->verdict || d.reason != r->reason || d.refused != r->refused)
            fail_msg("row %zu (%s): %d %s, refused %x", i, r->interfaces, (int)d.verdict, sk_reason_name(d.reason), d.refused);
    }
}

struct device_row {
    const char *interfaces, *serial, *port, *more;
    bool allowed;
};

/* [device reader] names vendor, product and classes; serial, port and a date narrow it. */
static const struct device_row device_rows[] = {
    {"0b0000", "X", "a/1", "", true},
    {"0b0000 030000", "X", "a/1", "", true},
    {"0b0000 020600", "X", "a/1", "", false},
    {"0b0000 080650", "X", "a/1", "", false},
    {"0b0000", "X", "a/1", "serial = X\n", true},
    {"0b0000", "Y", "a/1", "serial = X\n", false},
    {"0b0000", "", "a/1", "serial = X\n", false},
    {"0b0000", "X", "a/1", "port = a/1\n", true},
    {"0b0000", "X", "a/1.1", "port = a/1\n", false},
    {"0b0000", "X", "b/1", "port = a/1\n", false},
    {"0b0000", "X", "a/1", "expires = 2026-06-01\n", true},
    {"0b0000", "X", "a/1", "expires = 2026-05-31\n", false},
};

static void a_single_device_is_let_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(device_rows); i++) {
        const struct device_row *r = &device_rows[i];
        autobuf struct buf more = {0};
        buf_printf(&more, "%s%s", READER, r->more);
        struct policy_findings f = {0};
        struct policy *p = with(more.data, &f);
        struct plugged_interface list[4];
        struct plugged_question q = stick(r->serial);
        q.vendor = 0x04e6;
        q.product = 0x5116;
        q.port = r->port;
        q.interfaces = list;
        q.count = interfaces(r->interfaces, list);
        struct plugged_decision d;
        decide_plugged(p, &q, &d);
        if ((d.verdict == PLUGGED_ALLOWED) != r->allowed)
            fail_msg("row %zu: %s", i, sk_reason_name(d.reason));
        q.product = 0x5117;
        decide_plugged(p, &q, &d);
        assert_int_equal(d.verdict, d.classes & POLICY_CLASS_HID ? PLUGGED_PARTLY : PLUGGED_REFUSED);
        policy_free(&p);
        policy_findings_free(&f);
    }
}

static void an_approval_that_has_expired_is_told(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    struct policy *p = with(READER "expires = 2026-05-31\n", &f);
    struct plugged_interface list[1];
    struct plugged_question q = stick("");
    q.vendor = 0x04e6;
    q.product = 0x5116;
    q.interfaces = list;
    q.count = interfaces("0b0000", list);
    struct plugged_decision d;
    decide_plugged(p, &q, &d);
    assert_int_equal(d.reason, SK_REASON_DEVICE_EXPIRED);
    assert_string_equal(d.id, "reader");
    assert_int_not_equal(d.line, 0);
    policy_free(&p);
    policy_findings_free(&f);
}

/* Serial numbers are copied easily: what was written on a medium says which it is. */
static void the_identity_says_which_medium(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    struct policy *p = with(MEDIUM("s1", "", IDENTITY, "2026-12-31") MEDIUM("s2", "", OTHER_ID, "2026-05-31"), &f);
    struct plugged_question q = stick("");
    uint8_t none[32] = {0};
    assert_ptr_equal(plugged_medium(p, &q, p->mediums[0].identity), &p->mediums[0]);
    assert_null(plugged_medium(p, &q, p->mediums[1].identity)); /* expired */
    assert_null(plugged_medium(p, &q, none));
    q.now = day("2026-05-31");
    assert_ptr_equal(plugged_medium(p, &q, p->mediums[1].identity), &p->mediums[1]);
    q.serial = "AB";
    assert_null(plugged_medium(p, &q, p->mediums[0].identity));
    policy_free(&p);
    policy_findings_free(&f);
}

static void only_the_harmless_half_works(void **state)
{
    (void)state;
    struct policy_findings f = {0};
    struct policy *p = with(CLASS("audio", "allow = yes\nsplit = yes"), &f);
    struct plugged_interface list[4];
    struct plugged_question q = stick("");
    q.interfaces = list;
    q.count = interfaces("010100 010200 020600 0a0000", list);
    struct plugged_decision d;
    decide_plugged(p, &q, &d);
    assert_int_equal(d.verdict, PLUGGED_PARTLY);
    assert_true(plugged_part_allowed(&d, &list[0]));
    assert_true(plugged_part_allowed(&d, &list[1]));
    assert_false(plugged_part_allowed(&d, &list[2]));
    assert_false(plugged_part_allowed(&d, &list[3]));
    policy_free(&p);
    policy_findings_free(&f);
}

static void classes_have_names(void **state)
{
    (void)state;
    for (unsigned class = 1; class <= POLICY_CLASS_OTHER; class <<= 1)
        assert_int_equal(plugged_class_named(plugged_class_name(class)), class);
    assert_int_equal(plugged_class_named("floppy"), 0);
}

#define ONTO(more) "[destination onto]\ncontract = city\nmedium = s1\n" more
#define MEDIUM_IN                                                                                  \
    "[medium s1]\nvendor = 0951\nproduct = 1666\nserial = AB\nowner = hana\ndirection = in\nareas = shared\nidentity = " \
    IDENTITY "\nexpires = 2026-12-31\n"

struct lint_row {
    const char *more, *code; /* code: NULL = nothing is to be said */
};

static const struct lint_row lint_rows[] = {
    {CLASS("floppy", "allow = no"), "unknown-class"},
    {CLASS("storage", "allow = yes"), "storage-by-class"},
    {CLASS("storage", "allow = no"), NULL},
    {CLASS("hid", "allow = no"), "locked-out"},
    {CLASS("hub", "allow = no"), "locked-out"},
    {CLASS("hid", "allow = no") READER, NULL},
    {CLASS("audio", "allow = no\nsplit = yes"), "says-nothing"},
    {READER "expires = 2026-05-31\n", "expired"},
    {READER, NULL},
    {STICK, NULL},
    {STICK ONTO("kind = directory\n"), "medium-kind"},
    {STICK ONTO("kind = medium\nrecipients = office\npath = /media/x\n"), "says-nothing"},
    {MEDIUM_IN ONTO("kind = medium\nrecipients = office\n"), "medium-direction"},
    {MEDIUM("s1", "", IDENTITY, "2026-12-31"), "no-serial"},
    {MEDIUM("s1", "serial = AB\n", IDENTITY, "2026-05-31"), "expired"},
    {STICK MEDIUM("s2", "serial = CD\n", IDENTITY, "2026-12-31"), "same-medium"},
};

static void a_policy_is_checked(void **state)
{
    (void)state;
    struct policy_findings bare = {0};
    struct policy *p = parse_right(small_policy, &bare);
    assert_int_equal(policy_lint(p, day("2026-06-01"), NULL, &bare), 0);
    for (size_t i = 0; i < array_count(lint_rows); i++) {
        const struct lint_row *r = &lint_rows[i];
        struct policy_findings f = {0};
        struct policy *q = with(r->more, &f);
        assert_int_equal(policy_lint(q, day("2026-06-01"), NULL, &f), 0);
        if (r->code ? !has_finding(&f, r->code, 0) : f.count != bare.count)
            fail_msg("row %zu: %zu findings", i, f.count);
        policy_free(&q);
        policy_findings_free(&f);
    }
    policy_free(&p);
    policy_findings_free(&bare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_device_gets_its_verdict),
        cmocka_unit_test(what_cannot_be_read_is_refused),
        cmocka_unit_test(what_worked_before_goes_on_without_its_files),
        cmocka_unit_test(a_single_device_is_let_in),
        cmocka_unit_test(an_approval_that_has_expired_is_told),
        cmocka_unit_test(the_identity_says_which_medium),
        cmocka_unit_test(only_the_harmless_half_works),
        cmocka_unit_test(classes_have_names),
        cmocka_unit_test(a_policy_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

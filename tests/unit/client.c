/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people are offered and shown before and after they ask: where files may go, what a request
 * lacks, what can be done next, what is due, what somebody asked for before; which paths are taken,
 * and how a refusal is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <string.h>
#include <sys/stat.h>
#include "client/asking.h"
#include "client/handover.h"
#include "client/view.h"
#include "client/offers.h"
#include "client/paths.h"
#include "client/refusal.h"
#include "client/steps.h"
#include "client/suggest.h"
#include "record/record.h"

#define AT 1790000000 /* 2026-09-21 */

static const char policy_text[] =
    "[policy]\nversion = 1\ntitle = t\nissued = 2026-01-01\nexpires = 2099-03-31\n"
    "[contract city]\ntitle = t\nclient = c\ncontractor = k\nstart = 2026-01-01\nend = "
    "2099-03-31\nretention = 5 years\n"
    "[consent new]\ncontract = city\ndocument = d\ndate = 2026-01-10\n"
    "sha256 = 0000000000000000000000000000000000000000000000000000000000000000\n"
    "areas = shared\ndestinations = stick, folder\npurposes = delivery, meeting\nuntil = "
    "2099-03-31\n"
    "[consent old]\ncontract = city\ndocument = o\ndate = 2026-01-10\n"
    "sha256 = 1111111111111111111111111111111111111111111111111111111111111111\n"
    "areas = shared\ndestinations = attic\npurposes = old work\nuntil = 2026-02-01\n"
    "[person hana]\nuser = hana\nname = H\nrole = handler\nareas = shared\ntrained = "
    "2026-01-05\npledge = 2026-01-05\n"
    "[person novice]\nuser = novice\nname = N\nrole = handler\nareas = shared\npledge = "
    "2026-01-05\n"
    "[person boss]\nuser = boss\nname = B\nrole = manager\nareas = shared\ntrained = "
    "2026-01-05\npledge = 2026-01-05\n"
    "key = RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n"
    "[application tools]\nexe = /usr/bin/cat\n"
    "[area shared]\nlabel = s\nmount = /srv/shared\ncontract = city\nbacking = filesystem\ngate = "
    "open\nlevel = 1\n"
    "applications = tools\n"
    "[area other]\nlabel = o\nmount = /srv/other\ncontract = city\nbacking = filesystem\ngate = "
    "open\nlevel = 1\n"
    "applications = tools\nhandlers = hana\n"
    "[medium usb]\nvendor = 0951\nproduct = 1666\nserial = AB\nowner = hana\ndirection = out\n"
    "areas = shared\nidentity = 0000000000000000000000000000000000000000000000000000000000000000\n"
    "expires = 2098-12-31\n"
    "[destination stick]\ncontract = city\nkind = medium\nlabel = l\nmedium = usb\n"
    "recipients = office\n"
    "[destination attic]\ncontract = city\nkind = medium\nlabel = a\npath = "
    "/media/attic\nrecipients = office\n"
    "[destination folder]\ncontract = city\nkind = directory\nlabel = f\npath = /srv/folder\n"
    "[recipient office]\ncontract = city\nname = n\norganisation = o\n"
    "age = age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n";

static struct policy *read_policy(void)
{
    struct policy *p = NULL;
    struct policy_findings findings = {0};
    int r = policy_parse(policy_text, strlen(policy_text), &p, &findings);
    for (size_t i = 0; i < findings.count; i++)
        print_message("%u: %s\n", findings.items[i].line, findings.items[i].text);
    policy_findings_free(&findings);
    assert_int_equal(r, 0);
    assert_non_null(p);
    return p;
}

static void offers_are_what_the_policy_allows(void **state)
{
    (void)state;
    struct policy *p = read_policy();
    autooffers struct offers all = {0}, own = {0}, none = {0}, other = {0};
    assert_int_equal(offers_of(p, "shared", AT, &all), 0);
    assert_int_equal(all.count, 2); /* the old consent has ended */
    assert_int_equal(offers_for(p, "hana", "shared", AT, &own), 0);
    assert_int_equal(own.count, 2);
    assert_string_equal(own.items[0].destination->head.id, "stick");
    assert_false(offers_is_copy(own.items[0].destination));
    assert_string_equal(own.items[1].destination->head.id, "folder");
    assert_true(offers_is_copy(own.items[1].destination));
    assert_int_equal(offers_for(p, "novice", "shared", AT, &none), 0);
    assert_int_equal(none.count, 0);
    assert_int_equal(none.why, SK_REASON_NOT_TRAINED);
    assert_int_equal(offers_for(p, "hana", "other", AT, &other), 0);
    assert_int_equal(other.count, 0); /* no consent names that area */
    policy_free(&p);
}

static void expect_lack(const json_t *files, const char *to, const char *purpose, const char *kept,
                        const char *back, enum asking_lack lack)
{
    const struct asking a = {
        .files = files, .destination = to, .purpose = purpose, .kept = kept, .return_by = back};
    assert_int_equal(asking_lacks(&a), lack);
}

static void a_request_lacks_what_was_not_said(void **state)
{
    (void)state;
    autojson json_t *none = json_array();
    autojson json_t *one = json_pack("[s]", "/srv/shared/a");
    expect_lack(none, "stick", "p", "k", "", ASKING_FILES);
    expect_lack(one, "", "p", "k", "", ASKING_DESTINATION);
    expect_lack(one, "stick", NULL, "k", "", ASKING_PURPOSE);
    expect_lack(one, "stick", "p", "  ", "", ASKING_KEPT);
    expect_lack(one, "stick", "p", "k", "2026-02-30", ASKING_DATE);
    expect_lack(one, "stick", "p", "k", "tomorrow", ASKING_DATE);
    expect_lack(one, "stick", "p", "k", "", ASKING_NOTHING);
    expect_lack(one, "stick", "p", "k", "2026-12-01", ASKING_NOTHING);
    const struct asking a = {
        .files = one, .destination = "folder", .purpose = "p", .kept = "k", .copy = true};
    autojson json_t *question = asking_question(&a);
    assert_string_equal(record_text(question, "type"), "copy");
    assert_string_equal(record_text(question, "return-by"), "");
    const struct asking broken = {.files = one, .kept = "\xff"};
    assert_null(asking_question(&broken));
}

static void expect_steps(const char *state, const char *type, const char *kind, unsigned steps)
{
    autojson json_t *view =
        json_pack("{s:s, s:s, s:{s:s}}", "state", state, "type", type, "destination", "kind", kind);
    assert_int_equal(steps_of(view), steps);
}

static void steps_follow_from_the_state(void **state)
{
    (void)state;
    expect_steps("requested", "takeout", "medium", STEP_WITHDRAW);
    expect_steps("permitted", "takeout", "medium", STEP_CARRY_OUT | STEP_WITHDRAW);
    expect_steps("failed", "takeout", "medium", STEP_WITHDRAW);
    expect_steps("out", "takeout", "medium", STEP_RETURN | STEP_DESTROY);
    expect_steps("out", "takeout", "backup", STEP_DESTROY);
    expect_steps("out", "copy", "directory", STEP_DESTROY);
    expect_steps("returned", "takeout", "medium", STEP_DESTROY);
    for (const char *const *over =
             (const char *const[]){"rejected", "expired", "withdrawn", "disposed", "given",
                                   "running", "never heard of", NULL};
         *over; over++)
        expect_steps(*over, "takeout", "medium", 0);
    assert_int_equal(steps_of(NULL), 0);
}

static void expect_due(const char *state, const char *back, const char *expected)
{
    autojson json_t *view = json_pack("{s:s, s:s}", "state", state, "return-by", back);
    autobuf struct buf b = {0};
    buf_puts(&b, "");
    steps_put_due(&b, view, AT);
    assert_string_equal(b.data, expected);
}

static void what_is_due_is_said_in_days_of_japan(void **state)
{
    (void)state;
    expect_due("out", "2026-09-21", "today (2026-09-21)");
    expect_due("out", "2026-09-22", "in 1 day (2026-09-22)");
    expect_due("out", "2026-10-01", "in 10 days (2026-10-01)");
    expect_due("out", "2026-09-20", "1 day overdue (2026-09-20)");
    expect_due("unknown", "2026-08-22", "30 days overdue (2026-08-22)");
    expect_due("returned", "2026-08-22", "");
    expect_due("out", "", "");
}

static void history_is_of_one_person(void **state)
{
    (void)state;
    static const char *const rows[][4] = {{"T-1", "hana", "out", "overdue"},
                                          {"T-2", "hana", "returned", ""},
                                          {"T-3", "taro", "out", "overdue"},
                                          {"T-4", "hana", "rejected", ""},
                                          {"T-5", "hana", "requested", ""}};
    autojson json_t *cases = json_array();
    autobuf struct buf text = {0}, nothing = {0};
    struct history h;
    for (size_t i = 0; i < array_count(rows); i++)
        json_array_append_new(cases, json_pack("{s:s, s:{s:s}, s:s, s:b}", "case", rows[i][0],
                                               "person", "id", rows[i][1], "state", rows[i][2],
                                               "overdue", *rows[i][3] != '\0'));
    steps_history(cases, "hana", "T-5", &h);
    steps_put_history(&text, &h);
    assert_string_equal(
        text.data,
        "3 requests before this: 1 out now, 1 overdue, 1 given back or destroyed, 1 rejected");
    steps_history(cases, "nobody", "", &h);
    steps_put_history(&nothing, &h);
    assert_string_equal(nothing.data, "nothing before this");
}

static void paths_are_files_only(void **state)
{
    (void)state;
    char folder[] = "/tmp/client-test-XXXXXX", path[64], link_path[64];
    autojson json_t *files = json_array();
    struct fault f = {0};
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a\nb", folder);
    snprintf(link_path, sizeof link_path, "%s/link", folder);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(paths_walk(files, folder, &f), 0);
    assert_int_equal(paths_walk(files, path, &f), 0); /* once is enough */
    assert_int_equal(json_array_size(files), 1);
    assert_non_null(strstr(json_string_value(json_array_get(files, 0)), "/a\\nb"));
    assert_int_equal(symlink("/etc/passwd", link_path), 0);
    assert_int_equal(paths_walk(files, link_path, &f), SK_ERR_REFUSED);
    assert_non_null(strstr(f.why, "symbolic link"));
    struct fault g = {0};
    assert_int_equal(paths_walk(files, "/nonexistent/x", &g), -ENOENT);
    unlink(link_path);
    unlink(path);
    rmdir(folder);
}

static void paths_in_rooms_need_no_file(void **state)
{
    (void)state;
    autojson json_t *areas = json_pack("[{s:s, s:s}, {s:s, s:s}]", "gate", "room", "mount",
                                       "/srv/none/tax", "gate", "open", "mount", "/srv/none/city");
    autojson json_t *files = json_array();
    struct fault f = {0};
    assert_true(paths_in_rooms(files, "/srv/none/tax/list.ods", areas, &f));
    assert_false(paths_in_rooms(files, "/srv/none/tax/../city/x", areas, &f));
    assert_false(paths_in_rooms(files, "/srv/none/city/x", areas, &f));
    assert_false(paths_in_rooms(files, "/etc/passwd", areas, &f)); /* this one is there */
    assert_int_equal(json_array_size(files), 1);
    assert_int_equal(f.code, 0);
}

struct told {
    struct buf what, advice;
};

static void put(void *to, enum refusal_part part, const char *text)
{
    struct told *t = to;
    buf_puts(part == REFUSAL_WHAT ? &t->what : &t->advice, text);
    buf_puts(part == REFUSAL_WHAT ? &t->what : &t->advice, "|");
}

static void refusals_are_told_whole(void **state)
{
    (void)state;
    struct told t = {0};
    autojson json_t *error =
        json_pack("{s:s, s:s, s:s, s:{s:{s:s, s:[s, s]}}}", "code", "SK_ERR_REFUSED", "reason",
                  "no-destination", "why", "attic", "detail", "valid", "of", "destinations",
                  "words", "stick", "folder");
    refusal_tell(error, put, &t);
    assert_non_null(strstr(t.what.data, "attic [no-destination]|"));
    assert_non_null(strstr(t.advice.data, "the destinations are: stick, folder|"));
    assert_true(refusal_is(error));
    autojson json_t *broken = json_pack("{s:s, s:s}", "code", "EIO", "why", "the disk");
    assert_false(refusal_is(broken));
    buf_free(&t.what);
    buf_free(&t.advice);
}

static void every_approver_is_shown(void **state)
{
    (void)state;
    autojson json_t *two = json_loads("{\"approver\":{\"id\":\"b\"},\"approvals\":[{\"person\":{\"id\":\"a\",\"name\":\"A\"}},"
                                      "{\"person\":{\"id\":\"b\"},\"in-place-of\":{\"id\":\"c\"}}]}", 0, NULL);
    autojson json_t *one = json_loads("{\"approver\":{\"id\":\"b\"},\"in-place-of\":{\"id\":\"c\"},\"approvals\":[]}", 0, NULL);
    autobuf struct buf both = {0}, place = {0}, japanese = {0}, nobody = {0};
    view_approvers(&both, two, false);
    view_approvers(&japanese, two, true);
    view_approvers_here(&place, one);
    view_approvers_here(&nobody, NULL);
    assert_string_equal(both.data, "A (a), b (for c)");
    assert_string_equal(japanese.data, "A (a)、b（cの代理）");
    assert_string_equal(place.data, "b (for c)");
    assert_int_equal(nobody.len, 0);
}

/* H of sekisho/ops.h: hana hands something to taro, or to somebody outside. */
static json_t *handover(const char *state, const char *to, const char *kind)
{
    json_t *h = json_pack("{s:s, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s, s:s}}", "state", state,
                          "person", "id", "hana", "from", "id", "hana", "to", "person", to,
                          "destination", "id", "stick", "kind", kind);
    assert_non_null(h);
    return h;
}

static void steps_of_hand_overs_follow_from_state_and_party(void **state)
{
    static const struct {
        const char *state, *to, *kind, *person;
        bool manages;
        unsigned steps;
    } rows[] = {
        {"asked", "taro", "hand", "hana", false, HANDOVER_FAIL},
        {"asked", "taro", "hand", "taro", false, 0},
        {"permitted", "taro", "hand", "hana", false, HANDOVER_GIVE | HANDOVER_FAIL},
        {"permitted", "taro", "hand", "taro", false, 0},
        {"permitted", "taro", "hand", "boss", true, HANDOVER_GIVE | HANDOVER_FAIL},
        {"given", "taro", "hand", "hana", false, HANDOVER_FAIL},
        {"given", "taro", "hand", "boss", true, HANDOVER_FAIL},
        {"given", "taro", "hand", "taro", false, HANDOVER_CONFIRM | HANDOVER_FAIL},
        {"given", "taro", "hand", "jiro", false, 0},
        {"given", "", "hand", "hana", false, HANDOVER_CONFIRM | HANDOVER_FAIL},
        {"given", "", "hand", "", false, 0},
        {"given", "", "area", "hana", false, HANDOVER_FAIL},
        {"received", "taro", "hand", "taro", true, 0},
        {"failed", "", "hand", "hana", true, 0},
        {"rejected", "", "hand", "hana", true, 0},
    };
    (void)state;
    for (size_t i = 0; i < array_count(rows); i++) {
        autojson json_t *h = handover(rows[i].state, rows[i].to, rows[i].kind);
        assert_int_equal(handover_steps(h, rows[i].person, rows[i].manages), rows[i].steps);
    }
}

static void hand_overs_wait_for_who_may_permit_them(void **state)
{
    struct policy *p = read_policy();
    autojson json_t *asked = handover("asked", "", "medium"), *given = handover("given", "", "medium"),
                    *to_boss = handover("asked", "boss", "medium");
    (void)state;
    assert_true(handover_waits_for(asked, p, "boss", "boss", AT));
    assert_false(handover_waits_for(asked, p, "hana", "hana", AT)); /* not one's own */
    assert_false(handover_waits_for(asked, p, "novice", "novice", AT));
    assert_false(handover_waits_for(to_boss, p, "boss", "boss", AT)); /* nor what one gets */
    assert_false(handover_waits_for(given, p, "boss", "boss", AT));
    assert_false(handover_waits_for(asked, NULL, "boss", "boss", AT));
    policy_free(&p);
}

static void suggested(const char *event, const char *login, const char *file,
                      const char *destination)
{
    struct policy *p = read_policy();
    autojson json_t *e = json_loads(event, 0, NULL);
    autosuggestion struct suggestion s = {0};
    assert_non_null(e);
    suggest_of(p, login, e, AT, &s);
    assert_string_equal(s.file ? s.file : "", file);
    assert_string_equal(s.destination ? s.destination : "", destination);
    assert_true(suggest_may(e) || (!s.file && !s.destination));
    policy_free(&p);
}

#define REFUSED(more) "{\"kind\":\"access\",\"decision\":\"refused\"," more "}"
#define MEDIUM(more)  "{\"kind\":\"device\",\"decision\":\"allowed\",\"medium\":\"usb\"," more "}"

static void suggestions_are_what_the_policy_offers(void **state)
{
    (void)state;
    suggested(REFUSED("\"area\":\"shared\",\"file\":\"a/l\\\\n.txt\""), "hana",
              "/srv/shared/a/l\n.txt", "");
    suggested(REFUSED("\"area\":\"shared\",\"file\":\"-x\""), "hana", "/srv/shared/-x", "");
    suggested(REFUSED("\"area\":\"shared\",\"file\":\"a\""), "novice", "", "");
    suggested(REFUSED("\"area\":\"shared\",\"file\":\"a\""), "stranger", "", "");
    suggested(REFUSED("\"area\":\"other\",\"file\":\"a\""), "hana", "", ""); /* no consent */
    suggested(REFUSED("\"area\":\"gone\",\"file\":\"a\""), "hana", "", "");
    suggested(REFUSED("\"area\":\"shared\",\"file\":\"\""), "hana", "", "");
    suggested(REFUSED("\"area\":\"shared\",\"file\":\"…cut/a\""), "hana", "", "");
    suggested(REFUSED("\"area\":\"shared\",\"file\":\"a\\\\x00b\""), "hana", "", "");
    suggested(REFUSED("\"area\":\"shared\",\"file\":\"a\\\\x0\""), "hana", "", "");
    suggested("{\"kind\":\"access\",\"decision\":\"allowed\",\"area\":\"shared\",\"file\":\"a\"}",
              "hana", "", "");
    suggested(MEDIUM("\"phase\":\"plugged\",\"state\":\"open\""), "hana", "", "stick");
    suggested(MEDIUM("\"phase\":\"plugged\",\"state\":\"open\""), "novice", "", "");
    suggested(MEDIUM("\"phase\":\"plugged\",\"state\":\"checking\""), "hana", "", "");
    suggested(MEDIUM("\"phase\":\"removed\",\"state\":\"open\""), "hana", "", "");
    suggested("{\"kind\":\"device\",\"decision\":\"refused\",\"medium\":\"usb\",\"phase\":\"plugged\"}",
              "hana", "", "");
    suggested("{\"kind\":\"device\",\"decision\":\"allowed\",\"medium\":\"\",\"phase\":\"plugged\"}",
              "hana", "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_are_what_the_policy_allows),
        cmocka_unit_test(a_request_lacks_what_was_not_said),
        cmocka_unit_test(steps_follow_from_the_state),
        cmocka_unit_test(what_is_due_is_said_in_days_of_japan),
        cmocka_unit_test(history_is_of_one_person),
        cmocka_unit_test(steps_of_hand_overs_follow_from_state_and_party),
        cmocka_unit_test(hand_overs_wait_for_who_may_permit_them),
        cmocka_unit_test(suggestions_are_what_the_policy_offers),
        cmocka_unit_test(paths_are_files_only),
        cmocka_unit_test(paths_in_rooms_need_no_file),
        cmocka_unit_test(every_approver_is_shown),
        cmocka_unit_test(refusals_are_told_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-ops.c proves who may ask what, the form of questions, and the guard's status. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "control/control.h"

static bool may(const char *op, struct asker who, int *reason)
{
    const struct op_row *row = op_find(op);
    assert_non_null(row);
    return op_may(row, &who, reason);
}

static const struct asker nobody = {.approval = SK_REASON_NOT_APPROVER};
static const struct asker root = {.root = true, .approval = SK_REASON_NOT_APPROVER};

static struct asker person(unsigned roles)
{
    return (struct asker){.on_roster = true, .roles = roles, .manages = true,
                          .approval = SK_REASON_NOT_APPROVER};
}

static void test_every_op_says_who(void **state)
{
    (void)state;
    for (const struct op_row *row = op_rows; row->op; row++) {
        assert_true(row->may != 0);
        assert_non_null(row->run);
        assert_non_null(row->fields);
        assert_true(row->fds_least <= row->fds_most);
    }
    assert_null(op_find("no-such-op"));
}

/* op, then who may: n(obody) r(oot) h(andler) m(anager) a(dministrator) u(auditor) q(requester)
 * p(approver) */
static void test_rights(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"whoami", "nrhmauqp"},      {"status", "nrhmauqp"},       {"policy.install", "ra"},
        {"policy.show", "nrhmauqp"}, {"device.list", "nrhmauqp"}, {"device.approve", "ma"}, {"device.revoke", "ma"}, {"medium.return", "hm"}, {"area.create", "r"},         {"area.open", "r"},
        {"area.close", "r"},         {"area.list", "nrhmauqp"},    {"receive", "h"},
        {"request", "h"},            {"request.standing", "h"}, {"requests", "rhmauqp"}, {"request.withdraw", "q"},       {"request.text", "rmuqp"},
        {"permit.prepare", "p"},     {"permit.submit", "nrhmauqp"}, {"permit.reject", "p"},
        {"permit.revoke", "pm"},     {"permit.text", "qpm"},
        {"approval.failed", "p"},    {"export", "q"}, {"sent", "q"}, {"case", "rmuqp"},
        {"cases", "rhmauqp"},        {"return", "mq"},             {"dispose", "mq"},
        {"ledger.attest", "rmu"},
        {"room.start", "h"},         {"room.list", "nrhmauqp"},    {"room.end", "nrhmauqp"},
        {"watch", "nrhmauqp"},       {"why", "nrhmauqp"},          {"copies", "rhmauqp"},
        {"copies.confirm", "m"},     {"ledger.archives", "rmu"},   {"ledger.archive", "rm"},
        {"ledger.prune", "rm"},      {"register.add", "hm"},       {"register.list", "rhmauqp"},
        {"register.show", "rmuqp"},  {"register.check", "m"},      {"register.move", "mq"},
        {"clock.correct", "m"},      {"give", "mq"},              {"handover", "mq"},           {"handover.list", "rhmauqp"},
        {"handover.give", "hmauqp"}, {"handover.confirm", "hmauqp"},
        {"area.key", "rm"},
        {"paper.prepare", "hmauqp"},  {"paper.confirm", "hmauqp"},
        /* who the asker is in an incident is looked at with it (op_incident.c) */
        {"incident.open", "nrhmauqp"},   {"incident.add", "nrhmauqp"},  {"incident.report", "nrhmauqp"},
        {"incident.close", "nrhmauqp"},  {"incident.list", "nrhmauqp"}, {"incident.show", "nrhmauqp"},
        {"incident.draft", "nrhmauqp"},  {"lost", "nrhmauqp"},
        {"erase", "m"},               {"contract.list", "rhmauqp"},
        {"contract.show", "rmu"},    {"contract.close", "m"},
    };
    size_t rows = 0;
    while (op_rows[rows].op)
        rows++;
    assert_int_equal(rows, array_count(table));
    struct asker requester = person(0), approver = person(0);
    requester.requester = true;
    approver.approval = SK_REASON_ALLOWED;
    const struct {
        char letter;
        struct asker who;
    } askers[] = {{'n', nobody}, {'r', root}, {'h', person(POLICY_HANDLER)},
                  {'m', person(POLICY_MANAGER)}, {'a', person(POLICY_ADMINISTRATOR)},
                  {'u', person(POLICY_AUDITOR)}, {'q', requester}, {'p', approver}};
    for (size_t i = 0; i < array_count(table); i++)
        for (size_t j = 0; j < array_count(askers); j++) {
            int reason;
            bool wanted = strchr(table[i][1], askers[j].letter) != NULL;
            if (may(table[i][0], askers[j].who, &reason) != wanted)
                fail_msg("%s by %c", table[i][0], askers[j].letter);
        }
}

static void test_reasons(void **state)
{
    (void)state;
    int reason;
    assert_false(may("request", nobody, &reason));
    assert_int_equal(reason, SK_REASON_NOT_ON_ROSTER);
    struct asker who = person(POLICY_HANDLER);
    who.suspended = true;
    assert_false(may("request", who, &reason));
    assert_int_equal(reason, SK_REASON_SUSPENDED);
    who = person(POLICY_HANDLER | POLICY_MANAGER);
    who.approval = SK_REASON_OWN_REQUEST;
    assert_false(may("permit.prepare", who, &reason));
    assert_int_equal(reason, SK_REASON_OWN_REQUEST);
    who = person(POLICY_MANAGER);
    who.manages = false; /* of another area */
    assert_false(may("return", who, &reason));
}

static int checked(const char *op, const char *text)
{
    autobuf struct buf why = {0};
    const char *wrong = NULL;
    json_t *body = json_loads(text, 0, NULL);
    assert_non_null(body);
    int r = field_check(body, op_find(op)->fields, &why, &wrong);
    assert_true((r == 0) == (why.len == 0));
    json_decref(body);
    return r;
}

#define REQUEST(more)                                                                              \
    "{\"op\":\"request\",\"type\":\"takeout\",\"files\":[\"/a/b\"],\"destination\":\"stick\","     \
    "\"purpose\":\"p\",\"kept\":\"k\"" more "}"

static void test_fields(void **state)
{
    (void)state;
    assert_int_equal(checked("request", REQUEST("")), 0);
    assert_int_equal(checked("request", REQUEST(",\"return-by\":\"2026-12-01\"")), 0);
    assert_int_equal(checked("request", REQUEST(",\"return-by\":\"2026-02-30\"")), SK_ERR_FORMAT);
    assert_int_equal(checked("request", REQUEST(",\"unknown\":1")), SK_ERR_FORMAT);
    assert_int_equal(checked("request", REQUEST(",\"consent\":\"a b\"")), SK_ERR_FORMAT);
    assert_int_equal(checked("request", "{\"op\":\"request\"}"), SK_ERR_FORMAT);
    assert_int_equal(checked("permit.reject", "{\"case\":\"C-1\",\"why\":\"\"}"), SK_ERR_FORMAT);
    assert_int_equal(checked("permit.reject", "{\"case\":\"C-1\",\"why\":\"a\\u001b[31m\"}"),
                     SK_ERR_FORMAT);
    assert_int_equal(checked("permit.reject", "{\"case\":5,\"why\":\"x\"}"), SK_ERR_FORMAT);
    assert_int_equal(checked("permit.reject", "{\"case\":\"../x\",\"why\":\"x\"}"), SK_ERR_FORMAT);
    assert_int_equal(checked("cases", "{\"open\":\"yes\"}"), SK_ERR_FORMAT);
    assert_int_equal(checked("return", "{\"case\":\"C-1\",\"method\":\"m\",\"proof\":{\"sha256\":"
                                       "\"12\"}}"),
                     SK_ERR_FORMAT);
    assert_int_equal(checked("receive", "{\"area\":\"a\",\"from\":\"f\",\"how\":\"h\",\"files\":[]}"),
                     SK_ERR_FORMAT);
    assert_int_equal(checked("receive", "{\"area\":\"a\",\"from\":\"f\",\"how\":\"h\",\"files\":"
                                        "[{\"name\":\"bad\\\\q\"}]}"),
                     SK_ERR_FORMAT);
}

static void test_files_join(void **state)
{
    (void)state;
    static const char digest[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    autojson json_t *planned = json_pack("[{ss}]", "name", "a");
    autojson json_t *seen = json_pack("[{sisisssi}]", "bytes", 4, "x", 1, "sha256", digest, "y", 2);
    autojson json_t *joined = NULL;
    uint64_t bytes = 0;
    assert_int_equal(files_join(planned, seen, &joined, &bytes), 0);
    assert_int_equal(bytes, 4);
    autojson json_t *again = NULL;
    assert_int_equal(files_join(joined, seen, &again, &bytes), 0);
    json_object_set_new(json_array_get(seen, 0), "bytes", json_integer(5));
    autojson json_t *changed = NULL;
    assert_int_equal(files_join(joined, seen, &changed, &bytes), SK_ERR_DIGEST);
    json_array_clear(seen);
    assert_int_equal(files_join(joined, seen, &changed, &bytes), SK_ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_op_says_who), cmocka_unit_test(test_rights),
        cmocka_unit_test(test_reasons),           cmocka_unit_test(test_fields),
        cmocka_unit_test(test_files_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

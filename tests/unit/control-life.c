/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-life.c proves what records make of a contract's end: plans, incidents, erasures, and the
 * days that are left, worked out by hand from the calendar of Japan. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/clock.h"
#include "control-help.h"
#include "control/control.h"

#define PLAN "'what':'paper','role':'manager','sha256':'" HELP_DIGEST "'"

static struct fold *empty(void)
{
    struct fold *f = NULL;
    assert_int_equal(fold_new(HELP_BOOT, &f), 0);
    return f;
}

static void test_plans(void **state)
{
    (void)state;
    static const struct {
        const char *record;
        bool counts;
    } rows[] = {
        {"{'kind':'confirm','contract':'city','paper':'return-plan'," PLAN "}", true},
        {"{'kind':'confirm','contract':'city','paper':'plan'," PLAN "}", true},
        {"{'kind':'confirm','contract':'city','paper':'erasure-plan'," PLAN "}", true},
        {"{'kind':'confirm','contract':'city','paper':'register'," PLAN "}", false},
        {"{'kind':'confirm','contract':'town','paper':'return-plan'," PLAN "}", false},
        {"{'kind':'confirm','contract':'','paper':'return-plan'," PLAN "}", false},
        {"{'kind':'confirm','contract':'city','paper':'return-plan','what':'paper','role':'auditor',"
         "'sha256':'" HELP_DIGEST "'}", false},
        {"{'kind':'confirm','contract':'city','paper':'return-plan','what':'paper','role':'manager',"
         "'sha256':''}", false},
        {"{'kind':'confirm','contract':'city','what':'copies','areas':[],'through':0}", false},
    };
    for (size_t i = 0; i < array_count(rows); i++) {
        struct fold *f = empty();
        help_fold(f, rows[i].record);
        assert_int_equal(life_plan(&f->life, "city") != NULL, rows[i].counts);
        fold_free(&f);
    }
}

static void test_incidents(void **state)
{
    (void)state;
    struct fold *f = empty();
    assert_null(fold_incident_keeps(f, "city"));
    help_fold(f, "{'kind':'incident','incident':'I-1','phase':'opened','contract':'city'}");
    assert_string_equal(fold_incident_keeps(f, "city"), "I-1");
    assert_null(fold_incident_keeps(f, "town"));
    help_fold(f, "{'kind':'incident','incident':'I-1','phase':'added'}"); /* whose it is stays */
    assert_null(fold_incident_keeps(f, "town"));
    help_fold(f, "{'kind':'incident','incident':'I-2','phase':'opened','contract':''}"); /* the machine's */
    assert_string_equal(fold_incident_keeps(f, "town"), "I-2");
    help_fold(f, "{'kind':'incident','incident':'I-2','phase':'closed','contract':''}");
    assert_null(fold_incident_keeps(f, "town"));
    help_fold(f, "{'kind':'incident','incident':'I-1','phase':'closed','contract':'city'}");
    assert_null(fold_incident_keeps(f, "city"));
    fold_free(&f);
}

#define AREA "'object':{'kind':'area','id':'shared','name':'shared'}"

static void test_erasures(void **state)
{
    (void)state;
    struct fold *f = empty();
    help_fold(f, "{'kind':'erasure','erasure':'E-20261121-0003','phase':'intent','contract':'city'," AREA "}");
    assert_int_equal(fold_number(f, "E-20261121"), 3);
    assert_non_null(json_object_get(f->life.erasures, "E-20261121-0003"));
    help_fold(f, "{'kind':'erasure','erasure':'E-20261121-0003','phase':'unknown','contract':'city'," AREA "}");
    assert_null(json_object_get(f->life.erasures, "E-20261121-0003"));
    assert_int_equal(json_array_size(life_tried(&f->life, "area", "shared")), 1);
    assert_null(life_erased(&f->life, "city", "area", "shared"));
    help_fold(f, "{'kind':'erasure','erasure':'E-20261121-0004','phase':'intent','contract':'city'," AREA "}");
    help_fold(f, "{'kind':'erasure','erasure':'E-20261121-0004','phase':'failed','contract':'city'," AREA "}");
    assert_int_equal(json_array_size(life_tried(&f->life, "area", "shared")), 2);
    help_fold(f, "{'kind':'erasure','erasure':'E-20261121-0005','phase':'intent','contract':'city'," AREA "}");
    help_fold(f, "{'kind':'erasure','erasure':'E-20261121-0005','phase':'done','contract':'city'," AREA "}");
    assert_null(life_tried(&f->life, "area", "shared"));
    assert_string_equal(record_text(life_erased(&f->life, "city", "area", "shared"), "erasure"),
                        "E-20261121-0005");
    assert_null(life_erased(&f->life, "town", "area", "shared"));
    fold_free(&f);
}

static void test_closed(void **state)
{
    (void)state;
    struct fold *f = empty();
    assert_string_equal(life_closed(&f->life, "city"), "");
    help_fold(f, "{'kind':'contract','phase':'announced','contract':'city','areas':[]}");
    assert_string_equal(life_closed(&f->life, "city"), "");
    help_fold(f, "{'kind':'contract','phase':'closing','contract':'city'}");
    assert_string_equal(life_closed(&f->life, "city"), "closing");
    help_fold(f, "{'kind':'contract','phase':'closed','contract':'city'}");
    assert_string_equal(life_closed(&f->life, "city"), "closed");
    help_fold(f, "{'kind':'contract','phase':'ends','contract':'town','end':'2027-03-31','level':30}");
    assert_true(life_warned(&f->life, "town", "2027-03-31", 30));
    assert_false(life_warned(&f->life, "town", "2027-03-31", 7));
    assert_false(life_warned(&f->life, "town", "2028-03-31", 30)); /* prolonged: warned anew */
    fold_free(&f);
}

static void test_days(void **state)
{
    (void)state;
    static const struct {
        const char *now;
        int days, level;
    } rows[] = {
        {"2027-01-29T23:59:59+09:00", 61, -1}, {"2027-01-30T00:00:00+09:00", 60, 60},
        {"2027-02-28T23:59:59+09:00", 31, 60}, {"2027-03-01T00:00:00+09:00", 30, 30},
        {"2027-03-23T12:00:00+09:00", 8, 30},  {"2027-03-24T00:00:00+09:00", 7, 7},
        {"2027-03-30T23:59:59+09:00", 1, 7},   {"2027-03-31T00:00:00+09:00", 0, 0},
        {"2027-03-31T23:59:59+09:00", 0, 0},   {"2027-04-01T00:00:00+09:00", -1, 0},
        {"2027-03-31T15:00:00Z", -1, 0},       {"2030-01-01T00:00:00Z", -1, 0},
    };
    struct policy_contract c = {0};
    assert_int_equal(clock_parse_date("2027-04-01", &c.end), 0); /* the first second after 2027-03-31 */
    for (size_t i = 0; i < array_count(rows); i++) {
        int64_t now;
        assert_int_equal(clock_parse_time(rows[i].now, &now), 0);
        assert_int_equal(contract_days(&c, now), rows[i].days);
        assert_int_equal(contract_level(&c, now), rows[i].level);
    }
}

static void test_who_manages(void **state)
{
    (void)state;
    struct policy *p = help_policy();
    const struct policy_person *boss = policy_person(p, "boss");
    assert_non_null(boss);
    const char *contract = p->contracts[0].head.id;
    assert_true(contract_managed_by(p, boss, contract));
    assert_false(contract_managed_by(p, boss, "no-such"));
    assert_false(contract_managed_by(p, boss, ""));
    assert_false(contract_managed_by(p, NULL, contract));
    struct policy_person away = *boss;
    away.roles = POLICY_HANDLER | POLICY_AUDITOR | POLICY_ADMINISTRATOR;
    assert_false(contract_managed_by(p, &away, contract));
    away = *boss;
    away.areas.count = 0; /* of all */
    assert_true(contract_managed_by(p, &away, contract));
    away.suspended = true;
    assert_false(contract_managed_by(p, &away, contract));
    policy_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans),  cmocka_unit_test(test_incidents), cmocka_unit_test(test_erasures),
  cmocka_unit_test(test_closed),    cmocka_unit_test(test_days),
        cmocka_unit_test(test_who_manages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

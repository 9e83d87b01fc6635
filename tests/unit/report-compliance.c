/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of compliance: what a few records make of a requirement, each beside the same without them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "record/record.h"
#include "report/paper.h"
#include "report/source.h"

#define RECORDS_MAX 8

static struct policy_contract contract = {.head = {.id = (char[]){"c"}}, .title = (char[]){""}, .client = (char[]){""},
                                          .contractor = (char[]){""}, .chapter_5 = true, .equipment = true,
                                          .retention_s = CLOCK_DAY_S, .access_review_s = 31 * CLOCK_DAY_S,
                                          .compliance_review_s = 365 * CLOCK_DAY_S, .plans_before_s = 30 * CLOCK_DAY_S};
static struct policy_area area = {.head = {.id = (char[]){"a"}}, .label = (char[]){""}, .contract = (char[]){"c"},
                                  .backing = POLICY_LUKS, .gate = POLICY_ROOM};
static struct policy policy = {.version = 1, .change_consent = (char[]){""}, .contracts = &contract,
                               .contract_count = 1, .areas = &area, .area_count = 1};

/* The paper of these records, whose times are in their order. */
static json_t *make_from(const char *records, const char *from, const char *to)
{
    struct report_record rows[RECORDS_MAX] = {0};
    struct report_source s = {.contract = "c", .policy = &policy, .records = rows};
    json_t *document = NULL;
    autojson json_t *list = json_loads(records, 0, NULL);
    assert_non_null(list);
    assert_int_equal(report_source_range(&s, from, to), 0);
    for (s.count = 0; s.count < json_array_size(list); s.count++) {
        json_t *one = json_array_get(list, s.count);
        assert_true(s.count < RECORDS_MAX);
        rows[s.count] = (struct report_record){.record = one, .kind = record_text(one, "kind"), .seq = s.count};
        assert_int_equal(clock_parse_time(record_text(one, "at"), &rows[s.count].at_s), 0);
    }
    assert_int_equal(report_build(report_find("compliance"), &s, false, "", &document), 0);
    return document;
}

static json_t *make(const char *records, const char *to)
{
    return make_from(records, "", to);
}

static const char *cell(const json_t *document, const char *id, size_t column)
{
    const json_t *rows = json_object_get(json_array_get(json_object_get(document, "tables"), 0), "rows");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *text = json_string_value(json_array_get(row, column));
        if (str_eq(json_string_value(json_array_get(row, 0)), id))
            return text ? text : "";
    }
    fail_msg("no line %s", id);
    return "";
}

#define YES "in force"
#define NO  "not in force"
#define COPY(more)                                                                                                  \
    "{\"kind\":\"copy\",\"phase\":\"done\",\"at\":\"2026-04-02\",\"contract\":\"c\",\"area\":\"a\",\"copy\":\"C-1\"," \
    "\"person\":{\"id\":\"sato\"},\"content\":{\"count\":1},\"purpose\":\"work\"," more "}"
#define OPENED(trigger)                                                                                           \
    "{\"kind\":\"incident\",\"phase\":\"opened\",\"incident\":\"I-1\",\"at\":\"2026-04-02\",\"trigger\":\"" trigger "\"}"
#define LATER "{\"kind\":\"clock\",\"clock\":\"synchronised\",\"at\":\"2026-06-01\"}"
#define CONFIRM(paper, role)                                                                             \
    "{\"kind\":\"confirm\",\"what\":\"paper\",\"paper\":\"" paper "\",\"role\":\"" role                  \
    "\",\"from\":\"\",\"to\":\"\",\"at\":\"2026-05-31\"}"

static const struct {
    const char *id, *records, *expected;
} rows[] = {
    {"REC-1", "[" COPY("\"found\":\"copy\",\"kept\":\"safe\",\"permission\":{\"granted\":true}") "]", YES},
    {"REC-1", "[" COPY("\"found\":\"copy\",\"kept\":\"\",\"permission\":{\"granted\":true}") "]", NO},
    {"REC-4", "[" COPY("\"found\":\"copy\",\"kept\":\"safe\",\"permission\":{\"granted\":true}") "]", YES},
    {"REC-4", "[" COPY("\"found\":\"copy\",\"kept\":\"safe\",\"permission\":{\"granted\":false}") "]", NO},
    {"REC-5", "[" COPY("\"found\":\"copy\",\"kept\":\"safe\",\"permission\":{\"granted\":false}") "]", YES},
    {"REC-5", "[" COPY("\"found\":\"outside\",\"kept\":\"safe\",\"permission\":{\"granted\":false}") "]", NO},
    {"REC-6", "[]", YES},
    {"REC-6", "[" COPY("\"found\":\"copy\",\"seq\":3,\"permission\":{\"granted\":false}") "]", NO},
    {"REC-6", "[" COPY("\"found\":\"copy\",\"seq\":3,\"permission\":{\"granted\":false}")
              ",{\"kind\":\"confirm\",\"what\":\"copies\",\"through\":3,\"at\":\"2026-04-03\"}]", YES},
    {"REC-7", "[]", NO},
    {"REC-7", "[" CONFIRM("inspection", "handler") "]", NO},
    {"REC-7", "[" CONFIRM("inspection", "manager") "]", YES},
    {"ACC-3", "[]", NO},
    {"ACC-3", "[{\"kind\":\"policy\",\"phase\":\"installed\",\"at\":\"2026-04-01\"}]", YES},
    {"ACC-4", "[{\"kind\":\"clock\",\"at\":\"2026-05-01\"}]", YES}, /* a month is not over */
    {"ACC-4", "[" LATER "]", NO},
    {"ACC-4", "[" CONFIRM("access-review", "manager") "," LATER "]", YES},
    {"ACC-4", "[" CONFIRM("access-review", "auditor") "," LATER "]", YES},
    {"ACC-4", "[" CONFIRM("access-review", "handler") "," LATER "]", NO},
    {"MED-1", "[]", ""},
    {"MED-1", "[" OPENED("unknown-files") "]", NO},
    {"CLD-2", "[" CONFIRM("storage", "manager") "]", YES},
    {"CLD-2", "[" CONFIRM("storage", "handler") "]", NO},
    {"ENC-1", "[{\"kind\":\"area\",\"phase\":\"opened\",\"area\":\"a\",\"encrypted\":true,\"at\":\"2026-04-02\"}]", YES},
    {"ENC-1", "[{\"kind\":\"area\",\"phase\":\"opened\",\"area\":\"a\",\"encrypted\":false,\"at\":\"2026-04-02\"}]", NO},
    {"LOG-4", "[{\"kind\":\"clock\",\"clock\":\"unsynchronised\",\"at\":\"2026-04-02\"}," LATER "]", YES},
    {"LOG-4", "[" LATER ",{\"kind\":\"clock\",\"clock\":\"unsynchronised\",\"at\":\"2026-06-02\"}]", NO},
    {"DSP-1", "[" LATER "]", YES},
    {"DSP-1", "[{\"kind\":\"clock\",\"at\":\"2027-04-01\"}]", NO},
    {"DSP-1", "[{\"kind\":\"contract\",\"phase\":\"closed\",\"at\":\"2027-03-31\"},{\"kind\":\"clock\",\"at\":\"2027-04-01\"}]", YES},
    {"DSP-2", "[" CONFIRM("plan", "manager") "]", YES},
    {"DSP-2", "[" CONFIRM("plan", "manager") ",{\"kind\":\"clock\",\"at\":\"2027-04-01\"}]", NO}, /* no report */
    {"DSP-3", "[" LATER "]", YES},
    {"DSP-3", "[{\"kind\":\"erasure\",\"phase\":\"done\",\"class\":\"not-reached\",\"at\":\"2026-04-02\"}," CONFIRM(
                  "erasure-plan", "manager") "]", NO},
    {"DSP-4", "[" COPY("\"found\":\"copy\",\"permission\":{\"granted\":true}") "]", YES},
    {"DSP-4", "[" COPY("\"found\":\"copy\",\"permission\":{\"granted\":true}") ",{\"kind\":\"clock\",\"at\":\"2027-04-01\"}]", NO},
    {"INC-2", "[" OPENED("") "]", YES},
    {"INC-2", "[" OPENED("") ",{\"kind\":\"incident\",\"phase\":\"notified\",\"notice\":\"late:first\",\"at\":\"2026-04-02\"}]", NO},
    {"INC-3", "[]", NO}, /* the policy names nobody who is told */
    {"RUN-3", "[" OPENED("uncovered") "]", NO},
    {"RUN-3", "[" OPENED("uncovered") ",{\"kind\":\"incident\",\"phase\":\"closed\",\"incident\":\"I-1\",\"at\":\"2026-04-03\"}]", YES},
    {"RUN-8", "[]", ""},
};

static void records_make_the_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(rows); i++) {
        autojson json_t *document = make(rows[i].records, "");
        const char *found = cell(document, rows[i].id, 2);
        if (!str_eq(found, rows[i].expected))
            fail_msg("%s of %s: \"%s\", not \"%s\" (%s)", rows[i].id, rows[i].records, found, rows[i].expected,
                     cell(document, rows[i].id, 3));
    }
}

static void what_comes_later_does_not_count(void **state)
{
    (void)state;
    autojson json_t *document = make("[" OPENED("uncovered") "]", "2026-04-01");
    assert_string_equal(cell(document, "RUN-3", 2), YES);
}

static void an_inspection_is_of_its_range(void **state)
{
    (void)state;
    autojson json_t *within = make_from("[" CONFIRM("inspection", "manager") "]", "2026-05-01", "");
    assert_string_equal(cell(within, "REC-7", 2), YES);
    autojson json_t *before = make_from("[" CONFIRM("inspection", "manager") "," LATER "]", "2026-06-01", "");
    assert_string_equal(cell(before, "REC-7", 2), NO);
}

/* Else nobody could print again what was confirmed. */
static void its_own_confirmation_changes_nothing(void **state)
{
    (void)state;
    autojson json_t *before = make("[" LATER "]", "");
    autojson json_t *after = make("[" CONFIRM("compliance", "manager") "," LATER "]", "");
    autojson json_t *of_all = make("[" CONFIRM("compliance", "manager") "]", "2026-12-31");
    assert_string_equal(record_text(before, "content"), record_text(after, "content"));
    assert_non_null(strstr(cell(of_all, "RUN-1", 3), "2026-05-31"));
}

static void a_change_needs_its_consent(void **state)
{
    (void)state;
    policy.version = 2;
    autojson json_t *without = make("[]", "");
    assert_string_equal(cell(without, "RUN-7", 2), NO);
    policy.change_consent = (char[]){"letter 9"};
    autojson json_t *with = make("[]", "");
    assert_string_equal(cell(with, "RUN-7", 2), YES);
    policy.version = 1;
    policy.change_consent = (char[]){""};
}

static int set_days(void **state)
{
    (void)state;
    return clock_parse_date("2026-04-01", &contract.start) + clock_parse_date("2027-04-01", &contract.end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_make_the_state),
        cmocka_unit_test(what_comes_later_does_not_count),
        cmocka_unit_test(an_inspection_is_of_its_range),
        cmocka_unit_test(its_own_confirmation_changes_nothing),
        cmocka_unit_test(a_change_needs_its_consent),
    };
    return cmocka_run_group_tests(tests, set_days, NULL);
}

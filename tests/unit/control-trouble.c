/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-trouble.c proves what in the ledger's lines asks for an incident, that it asks once, and that whoever
 * begins anew from the first line finds the same. */
#include <sekisho/err.h>
#include <string.h>
#include "base/clock.h"
#include "cmocka-head.h"
#include "control-help.h"
#include "control/trouble.h"
#include "proof/reader.h"
#include "record/record.h"

#define LINES_MAX 256

/* A ledger in memory. */
static char *lines[LINES_MAX];
static size_t line_count;
static int64_t now_s, booted_s;
static const char *boot;
static bool synchronised;

static void begin(void)
{
    while (line_count > 0)
        free(lines[--line_count]);
    booted_s = now_s = 1795000000;
    boot = "boot-1";
    synchronised = true;
}

/* Append a record of these members at the present time; seconds later the next. */
static size_t put(const char *members)
{
    char text[2048], at[CLOCK_TIME_CAP];
    autobuf struct buf line = {0};
    clock_format(at, now_s, 0);
    snprintf(text, sizeof text, "{\"seq\":%zu,\"at\":\"%s\",\"boot\":\"%s\",\"boottime\":%lld,\"clock\":\"%s\",%s}",
             line_count, at, boot, (long long)(now_s - booted_s) * 1000000000,
             synchronised ? "synchronised" : "unsynchronised", members);
    autojson json_t *record = json_loads(text, 0, NULL);
    assert_non_null(record);
    assert_int_equal(record_write(record, &line), 0);
    buf_puts(&line, "");
    lines[line_count] = buf_steal(&line);
    now_s++;
    return line_count++;
}

static struct ledger_line line_at(size_t i)
{
    struct ledger_line l = {.text = lines[i], .len = strlen(lines[i]), .seq = i};
    struct scan_field fields[] = {{.key = "at"}, {.key = "clock"}, {.key = "kind"}, {.key = "phase"}, {.key = "series"}};
    assert_int_equal(scan_record(l.text, l.len, fields, array_count(fields), NULL), 0);
    l.at = fields[0];
    l.clock = fields[1];
    l.kind = fields[2];
    l.phase = fields[3];
    l.series = fields[4];
    return l;
}

/* What waits after all lines, by one who reads them from the first. */
static struct trouble *read_all(const struct policy *p)
{
    struct trouble *t = NULL;
    assert_int_equal(trouble_new(&t), 0);
    for (size_t i = 0; i < line_count; i++) {
        struct ledger_line l = line_at(i);
        assert_int_equal(trouble_line(t, &l, p), 0);
    }
    assert_int_equal(trouble_next(t), line_count);
    return t;
}

/* "TRIGGER AREA;TRIGGER AREA": what waits */
static void waits_for(const char *what, const char *wanted)
{
    struct trouble *t = read_all(policy_builtin());
    const json_t *pending = trouble_pending(t);
    autobuf struct buf got = {0};
    for (size_t i = 0; i < json_array_size(pending); i++)
        buf_printf(&got, "%s%s %s", i ? ";" : "", record_text(json_array_get(pending, i), "trigger"),
                   record_text(json_array_get(pending, i), "area"));
    if (strcmp(got.data ? got.data : "", wanted) != 0)
        fail_msg("%s: waits \"%s\", not \"%s\"", what, got.data ? got.data : "", wanted);
    trouble_free(&t);
}

static void refusals(int count, const char *area, int uid, const char *reason)
{
    char text[512];
    snprintf(text, sizeof text, "\"kind\":\"access\",\"decision\":\"refused\",\"reason\":\"%s\",\"area\":\"%s\",\"uid\":%d,"
             "\"person\":{\"id\":\"p%d\"}", reason, area, uid, uid);
    for (int i = 0; i < count; i++)
        put(text);
}

static void incident(const char *id, const char *phase, const char *trigger, const char *area, int uid)
{
    char text[512];
    snprintf(text, sizeof text, "\"kind\":\"incident\",\"incident\":\"%s\",\"phase\":\"%s\",\"trigger\":\"%s\",\"area\":\"%s\","
             "\"concerned\":[{\"uid\":%d}]", id, phase, trigger, area, uid);
    put(text);
}

static void bursts_are_counted(void **state)
{
    (void)state;
    begin();
    refusals(9, "shared", 1000, "not-listed");
    waits_for("nine", "");
    now_s += 601;
    refusals(9, "shared", 1000, "not-listed");
    waits_for("nine more, after the period", "");
    refusals(1, "shared", 1000, "not-listed");
    waits_for("the tenth in it", "refusal-burst shared");
    begin();
    refusals(9, "shared", 1000, "not-listed");
    refusals(9, "shared", 1001, "not-listed");
    refusals(9, "other", 1000, "not-listed");
    waits_for("another person, another area", "");
    refusals(40, "shared", 1000, "ledger-behind");
    refusals(40, "shared", 1000, "guard-replaced");
    waits_for("refusals of the agent's own making", "");
    static const char *const slips[] = {"no-area", "no-contract", "no-destination", "destination-kind", "not-inside"};
    for (size_t i = 0; i < array_count(slips); i++)
        refusals(12, "shared", 1000, slips[i]);
    waits_for("mistyped names, and what is typed in the wrong place", "");
    refusals(1, "other", 0x70000000 + 1000, "not-listed");
    waits_for("in a room it is the same person", "refusal-burst other");
    begin();
    put("\"kind\":\"refusal\",\"count\":30,\"what\":\"request\",\"reason\":\"no-consent\",\"person\":{\"id\":\"p\",\"uid\":1000}");
    waits_for("thirty in one record", "refusal-burst ");
}

static void one_incident_for_one_trouble(void **state)
{
    (void)state;
    begin();
    refusals(30, "shared", 1000, "not-listed");
    waits_for("one waits", "refusal-burst shared");
    incident("I-1", "opened", "refusal-burst", "shared", 1000);
    waits_for("it has its incident", "");
    refusals(30, "shared", 1000, "not-listed");
    waits_for("that one is open", "");
    refusals(10, "shared", 1001, "not-listed");
    waits_for("another person is news to it", "refusal-burst shared");
    incident("I-1", "added", "refusal-burst", "shared", 1001);
    waits_for("and was added", "");
    refusals(10, "other", 1001, "not-listed");
    waits_for("another area has its own", "refusal-burst other");
    incident("I-2", "opened", "refusal-burst", "other", 1001);
    incident("I-1", "closed", "", "", 0);
    waits_for("closed, and nothing new", "");
    refusals(9, "shared", 1000, "not-listed");
    waits_for("nine", "");
    refusals(1, "shared", 1000, "not-listed");
    waits_for("ten after it was closed", "refusal-burst shared");
}

/* An incident that is left open hides nothing that comes later. */
static void an_open_incident_hides_nothing(void **state)
{
    (void)state;
    begin();
    put("\"kind\":\"clock\",\"wall-before\":\"2026-11-27T00:00:00Z\",\"wall-after\":\"2026-11-27T00:11:00Z\"");
    waits_for("eleven minutes", "clock ");
    put("\"kind\":\"incident\",\"incident\":\"I-1\",\"phase\":\"opened\",\"trigger\":\"clock\",\"area\":\"\",\"of\":\"clock:0\","
        "\"concerned\":[]");
    waits_for("it has its incident", "");
    put("\"kind\":\"clock\",\"wall-before\":\"2026-11-27T09:00:00Z\",\"wall-after\":\"2026-11-27T00:00:00Z\"");
    put("\"kind\":\"clock\",\"wall-before\":\"2026-11-27T08:00:00Z\",\"wall-after\":\"2026-11-27T00:00:00Z\"");
    waits_for("two more, hours", "clock ;clock ");
    put("\"kind\":\"incident\",\"incident\":\"I-1\",\"phase\":\"added\",\"trigger\":\"clock\",\"area\":\"\",\"of\":\"clock:2\","
        "\"concerned\":[]");
    waits_for("one was added", "clock ");
    for (int i = 0; i < 80; i++) {
        char text[256];
        put("\"kind\":\"clock\",\"wall-before\":\"2026-11-27T09:00:00Z\",\"wall-after\":\"2026-11-27T00:00:00Z\"");
        snprintf(text, sizeof text, "\"kind\":\"incident\",\"incident\":\"I-1\",\"phase\":\"added\",\"trigger\":\"clock\",\"area\":\"\","
                 "\"of\":\"clock:%zu\",\"concerned\":[]", line_count - 1);
        put(text);
    }
    put("\"kind\":\"clock\",\"wall-before\":\"2026-11-27T09:00:00Z\",\"wall-after\":\"2026-11-27T00:00:00Z\"");
    waits_for("not without end", "clock ");
    incident("I-1", "closed", "", "", 0);
    put("\"kind\":\"clock\",\"wall-before\":\"2026-11-27T09:00:00Z\",\"wall-after\":\"2026-11-27T00:00:00Z\"");
    waits_for("closed, it takes in nothing more", "clock ;clock ");
    begin();
    refusals(10, "shared", 1000, "not-listed");
    incident("I-2", "opened", "refusal-burst", "shared", 1000);
    now_s += 80000;
    refusals(10, "shared", 1000, "not-listed");
    waits_for("the same person on the same day", "");
    now_s += 90000;
    refusals(10, "shared", 1000, "not-listed");
    waits_for("a day later", "refusal-burst shared");
}

/* Somebody who joins what waits, after which the incident of the others comes, waits under a key of their own. */
static void nobody_is_told_by_anothers_key(void **state)
{
    (void)state;
    begin();
    refusals(10, "shared", 1000, "not-listed");
    refusals(10, "shared", 1001, "not-listed");
    put("\"kind\":\"incident\",\"incident\":\"I-1\",\"phase\":\"opened\",\"trigger\":\"refusal-burst\",\"area\":\"shared\","
        "\"of\":\"refusal-burst:9\",\"concerned\":[{\"uid\":1000}]");
    struct trouble *t = read_all(policy_builtin());
    const json_t *left = json_array_get(trouble_pending(t), 0);
    assert_int_equal(json_array_size(trouble_pending(t)), 1);
    assert_string_equal(record_text(left, "of"), "refusal-burst:19");
    assert_int_equal(record_number(json_array_get(record_member(left, "concerned"), 0), "uid"), 1001);
    trouble_free(&t);
}

static void what_was_looked_at_does_not_come_back(void **state)
{
    (void)state;
    begin();
    refusals(10, "shared", 1000, "not-listed");
    put("\"kind\":\"agent\",\"phase\":\"start\",\"process\":\"sekisho-control\",\"manifest-key\":\"A\",\"looked\":10");
    waits_for("a start that had looked at it", "");
    refusals(10, "shared", 1001, "not-listed");
    put("\"kind\":\"agent\",\"phase\":\"start\",\"process\":\"sekisho-control\",\"manifest-key\":\"A\",\"looked\":11");
    waits_for("one that had not come so far", "refusal-burst shared");
    put("\"kind\":\"policy\",\"phase\":\"in-force\",\"looked\":21");
    waits_for("a policy that came later", "");
}

static void the_agents_own_trouble(void **state)
{
    (void)state;
    begin();
    put("\"kind\":\"agent\",\"phase\":\"gap\",\"process\":\"sekisho-ledger\",\"why\":\"the ledger could not write everything\"");
    waits_for("a gap", "ledger ");
    put("\"kind\":\"agent\",\"phase\":\"overflow\",\"counts\":{\"lost\":3,\"unsound\":1}");
    waits_for("unsound records", "ledger ;tampering ;ledger ");
    begin();
    put("\"kind\":\"clock\",\"wall-before\":\"2026-11-27T00:00:00Z\",\"wall-after\":\"2026-11-27T00:09:59Z\"");
    waits_for("a small step", "");
    put("\"kind\":\"clock\",\"wall-before\":\"2026-11-27T01:00:00Z\",\"wall-after\":\"2026-11-27T00:00:00Z\"");
    waits_for("an hour back", "clock ");
    begin();
    put("\"kind\":\"agent\",\"phase\":\"start\",\"process\":\"sekisho-control\",\"manifest-key\":\"A\",\"looked\":0");
    put("\"kind\":\"agent\",\"phase\":\"start\",\"process\":\"sekisho-control\",\"manifest-key\":\"A\",\"looked\":1");
    waits_for("the same key", "");
    put("\"kind\":\"agent\",\"phase\":\"start\",\"process\":\"sekisho-control\",\"manifest-key\":\"B\",\"looked\":2");
    waits_for("another key", "tampering ");
    begin();
    synchronised = false;
    put("\"kind\":\"seal\"");
    now_s += 86000;
    put("\"kind\":\"seal\"");
    waits_for("not synchronised for less than a day", "");
    now_s += 900;
    put("\"kind\":\"seal\"");
    put("\"kind\":\"seal\"");
    waits_for("for longer", "clock ");
    begin();
    synchronised = false;
    put("\"kind\":\"seal\"");
    now_s += 80000;
    synchronised = true;
    put("\"kind\":\"seal\"");
    synchronised = false;
    now_s += 80000;
    put("\"kind\":\"seal\"");
    waits_for("with a time between in which it was", "");
}

#define LEDGER_START(after) "\"kind\":\"agent\",\"phase\":\"start\",\"process\":\"sekisho-ledger\",\"after\":\"" after "\""

static void time_without_the_agent(void **state)
{
    (void)state;
    begin();
    put(LEDGER_START("installation"));
    put("\"kind\":\"agent\",\"phase\":\"stop\"");
    now_s += 599;
    put(LEDGER_START("stop"));
    waits_for("ten minutes", "");
    put("\"kind\":\"agent\",\"phase\":\"stop\"");
    now_s += 700;
    put(LEDGER_START("stop"));
    waits_for("longer, on the same boot", "uncovered ");
    begin();
    put("\"kind\":\"seal\"");
    now_s += 600 + 890; /* the last seal may be a quarter of an hour old when it crashes */
    put(LEDGER_START("crash"));
    waits_for("a crash that may have been short", "");
    now_s += 1600;
    put(LEDGER_START("crash"));
    waits_for("one that was not", "uncovered ");
    begin();
    put("\"kind\":\"seal\"");
    now_s += 90000;
    booted_s = now_s - 20;
    boot = "boot-2";
    put(LEDGER_START("crash"));
    waits_for("the PC was off meanwhile", "");
    begin();
    put("\"kind\":\"seal\"");
    now_s += 90000;
    booted_s = now_s - 3600;
    boot = "boot-2";
    put(LEDGER_START("stop"));
    waits_for("the PC was up for an hour before", "uncovered ");
}

#define LOOK(phase, more) \
    "\"kind\":\"medium\",\"phase\":\"" phase "\",\"medium\":\"usb-1\",\"area\":\"shared\",\"unknown\":{\"count\":1,\"more\":false}," more

static void files_on_a_medium(void **state)
{
    (void)state;
    begin();
    put(LOOK("files", "\"state\":\"\""));
    put(LOOK("cut-short", "\"names\":\"aa\",\"news\":false"));
    put(LOOK("came-back", "\"cases\":[]"));
    waits_for("nothing new", "");
    put(LOOK("cut-short", "\"names\":\"aa\",\"news\":true"));
    waits_for("names that were new when the medium was pulled out", "unknown-files shared");
    begin();
    put(LOOK("files", "\"state\":\"aa\""));
    waits_for("a whole look", "unknown-files shared");
}

static void a_copy_of_a_medium(void **state)
{
    (void)state;
    begin();
    put("\"kind\":\"device\",\"phase\":\"checked\",\"reason\":\"medium-identity\",\"medium\":\"usb-1\"");
    put("\"kind\":\"device\",\"phase\":\"removed\",\"reason\":\"medium-copy\",\"medium\":\"usb-1\"");
    put("\"kind\":\"takeout\",\"phase\":\"done\",\"reason\":\"\",\"medium\":\"usb-1\",\"area\":\"shared\"");
    waits_for("what is no copy", "");
    put("\"kind\":\"device\",\"phase\":\"checked\",\"reason\":\"medium-copy\",\"medium\":\"usb-1\"");
    waits_for("one that was plugged in", "medium-copy ");
    begin();
    put("\"kind\":\"takeout\",\"phase\":\"failed\",\"reason\":\"medium-copy\",\"medium\":\"usb-1\",\"area\":\"shared\"");
    waits_for("one that something was to be written onto", "medium-copy shared");
    begin();
    put("\"kind\":\"device\",\"phase\":\"judged\",\"reason\":\"medium-twice\",\"medium\":\"usb-1\"");
    waits_for("one of two that are judged anew", "");
    put("\"kind\":\"device\",\"phase\":\"checked\",\"reason\":\"medium-twice\",\"medium\":\"usb-1\"");
    waits_for("two that are plugged in", "medium-twice ");
}

static int end(void **state)
{
    (void)state;
    begin();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_are_counted),
        cmocka_unit_test(one_incident_for_one_trouble),
        cmocka_unit_test(an_open_incident_hides_nothing),
        cmocka_unit_test(nobody_is_told_by_anothers_key),
        cmocka_unit_test(what_was_looked_at_does_not_come_back),
        cmocka_unit_test(the_agents_own_trouble),
        cmocka_unit_test(time_without_the_agent),
        cmocka_unit_test(files_on_a_medium),
        cmocka_unit_test(a_copy_of_a_medium),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}

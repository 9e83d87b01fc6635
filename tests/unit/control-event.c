/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-event.c proves what is told of devices, and whom it concerns. */
#include <sekisho/record.h>
#include <string.h>
#include "cmocka-head.h"
#include "control/control.h"
#include "control/watcher.h"

static json_t *device(const char *phase, const char *decision, const char *medium)
{
    return json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:{s:s,s:s}}", "seq", (json_int_t)7, "at",
                     "2026-11-20T23:15:30.123Z", "kind", SK_KIND_DEVICE, "phase", phase, "decision", decision, "reason",
                     "medium-unknown", "medium", medium, "state", "shut", "bus", "usb", "count", 40, "device", "port",
                     "0000:00:14.0/1", "name", "DataTraveler");
}

static void an_event_says_what_was_plugged_in(void **state)
{
    (void)state;
    autojson json_t *record = device("plugged", "refused", "");
    autojson json_t *event = event_of(record, false);
    assert_string_equal(record_text(event, "decision"), "refused");
    assert_string_equal(record_text(event, "device.port"), "0000:00:14.0/1");
    assert_string_equal(record_text(event, "state"), "shut");
    assert_string_equal(record_text(event, "what"), "DataTraveler");
    assert_int_equal(record_number(event, "count"), 40);
    assert_true(event_is_of(record, 12345)); /* it concerns all who sit at the PC */
}

static bool looked_at_matters(void)
{
    autojson json_t *record = device("plugged", "allowed", "s1");
    assert_int_equal(json_object_set_new(record, "state", json_string("checking")), 0);
    return event_of_device_matters(record);
}

static bool matters(const char *phase, const char *decision, const char *medium)
{
    autojson json_t *record = device(phase, decision, medium);
    return event_of_device_matters(record);
}

static void keyboards_that_come_and_go_are_no_news(void **state)
{
    (void)state;
    assert_true(matters("plugged", "refused", ""));
    assert_true(matters("plugged", "partly", ""));
    assert_true(matters("again", "refused", ""));
    assert_true(matters("cut", "refused", ""));
    assert_true(matters("plugged", "allowed", "s1"));
    assert_true(matters("failed", "allowed", ""));
    assert_true(matters("break-glass", "", ""));
    assert_false(matters("plugged", "allowed", ""));
    assert_false(matters("removed", "refused", ""));
    assert_false(matters("removed", "allowed", "s1"));
}

/* Nothing is let in before its identity is known; that is what people are told. */
static void what_a_look_at_a_medium_found_is_news(void **state)
{
    (void)state;
    assert_false(looked_at_matters());
    assert_true(matters("checked", "allowed", "s1"));
    assert_true(matters("checked", "refused", ""));
    assert_true(matters("checked", "refused", "s1"));
    assert_true(matters("not-marked", "allowed", ""));
    assert_false(matters("marked", "allowed", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_says_what_was_plugged_in),
        cmocka_unit_test(keyboards_that_come_and_go_are_no_news),
        cmocka_unit_test(what_a_look_at_a_medium_found_is_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

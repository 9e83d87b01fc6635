/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plug-descriptors.c proves the reading of USB descriptors: real ones, and every way in which they can be cut,
 * stretched or put together wrongly. */
#include "plug/descriptors.h"
#include <sekisho/err.h>
#include <string.h>
#include "base/buf.h"
#include "cmocka-head.h"

#define DEVICE(configurations)                                                                     \
    18, 1, 0x00, 0x02, 0, 0, 0, 64, 0x51, 0x09, 0x66, 0x16, 0x00, 0x01, 1, 2, 3, configurations
#define CONFIGURATION(total, interfaces, number) 9, 2, (uint8_t)((total) & 0xff), (uint8_t)((total) >> 8), interfaces, number, 0, 0x80, 50
#define INTERFACE(number, alternate, class, subclass, protocol)                                    \
    9, 4, number, alternate, 2, class, subclass, protocol, 0
#define ENDPOINT 7, 5, 0x81, 2, 0x00, 0x02, 0

/* A stick as QEMU makes one. */
static const uint8_t stick[] = {DEVICE(1), CONFIGURATION(32, 1, 1), INTERFACE(0, 0, 8, 6, 0x50), ENDPOINT, ENDPOINT};

/* Two configurations, the second with what the first does not show; alternate settings. */
static const uint8_t two_faced[] = {DEVICE(2),
                                    CONFIGURATION(18, 1, 1), INTERFACE(0, 0, 3, 1, 1),
                                    CONFIGURATION(36, 2, 2), INTERFACE(0, 0, 3, 1, 1), INTERFACE(1, 0, 8, 6, 0x50),
                                    INTERFACE(1, 1, 8, 6, 0x62)};

static void a_stick_is_read(void **state)
{
    (void)state;
    struct descriptors d;
    assert_int_equal(descriptors_parse(stick, sizeof stick, &d), 0);
    assert_int_equal(d.vendor, 0x0951);
    assert_int_equal(d.product, 0x1666);
    assert_int_equal(d.count, 1);
    assert_int_equal(d.interfaces[0].configuration, 1);
    assert_int_equal(d.interfaces[0].class, 8);
    assert_int_equal(d.interfaces[0].subclass, 6);
    assert_int_equal(d.interfaces[0].protocol, 0x50);
    assert_int_equal(plugged_class(&d.interfaces[0]), POLICY_CLASS_STORAGE);
}

static void all_configurations_count(void **state)
{
    (void)state;
    struct descriptors d;
    assert_int_equal(descriptors_parse(two_faced, sizeof two_faced, &d), 0);
    assert_int_equal(d.count, 4);
    assert_int_equal(d.interfaces[2].configuration, 2);
    assert_int_equal(d.interfaces[3].alternate, 1);
    assert_int_equal(d.interfaces[3].protocol, 0x62);
}

static void what_is_cut_off_is_none(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof two_faced; len++) {
        struct descriptors d = {.vendor = 7};
        int r = descriptors_parse(two_faced, len, &d);
        /* the kernel shows whole descriptors only: at 63 and 72 it has found no more in the second configuration */
        if (len == 45 || len == 54 || len == 63)
            assert_int_equal(r, 0);
        else
            assert_int_equal(r, SK_ERR_FORMAT);
        assert_true(r == 0 || d.vendor == 7);
    }
    struct descriptors d;
    uint8_t longer[sizeof stick + 1] = {0};
    memcpy(longer, stick, sizeof stick);
    assert_int_equal(descriptors_parse(longer, sizeof longer, &d), SK_ERR_FORMAT);
}

/* One byte of a stick changed: where, and to what. */
static const struct {
    size_t at;
    uint8_t to;
} changes[] = {
    {1, 2},                            /* the device descriptor's type */
    {17, 0}, {17, 2}, {17, 255},       /* configurations that are not there, or more than announced */
    {18, 8}, {18, 0}, {18, 33}, {19, 1}, {19, 4}, /* the configuration's length and type */
    {27, 0}, {27, 1}, {27, 8}, {27, 25}, {28, 2},
    {36, 0}, {36, 1}, {36, 250},       /* an endpoint that reaches too far, or not at all */
};

static void what_is_not_in_order_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_count(changes); i++) {
        struct descriptors d;
        uint8_t bytes[sizeof stick];
        memcpy(bytes, stick, sizeof stick);
        bytes[changes[i].at] = changes[i].to;
        if (descriptors_parse(bytes, sizeof bytes, &d) == 0)
            fail_msg("byte %zu as %u", changes[i].at, changes[i].to);
    }
}

/* The kernel cuts a configuration where it is not well formed, but shows the lengths and numbers that the device gave. */
static void what_promises_more_than_there_is_is_read(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t to;
    } promises[] = {{0, 17}, {20, 33}, {20, 200}, {21, 1}, {20, 20}, {22, 2}, {22, 0}};
    for (size_t i = 0; i < array_count(promises); i++) {
        struct descriptors d;
        uint8_t bytes[sizeof stick];
        memcpy(bytes, stick, sizeof stick);
        bytes[promises[i].at] = promises[i].to;
        assert_int_equal(descriptors_parse(bytes, sizeof bytes, &d), 0);
        assert_int_equal(d.vendor, 0x0951);
        assert_int_equal(d.count, 1);
        assert_int_equal(d.interfaces[0].class, 8);
    }
}

/* Two configurations, the first of which was cut before what it promised; a short interface is none, one that follows is. */
static void a_cut_configuration_hides_nothing(void **state)
{
    (void)state;
    static const uint8_t cut[] = {DEVICE(2), CONFIGURATION(60, 2, 1), INTERFACE(0, 0, 3, 1, 1), 8, 4, 1, 0, 0, 8, 6, 0x50,
                                  CONFIGURATION(18, 1, 2), INTERFACE(0, 0, 8, 6, 0x50)};
    struct descriptors d;
    assert_int_equal(descriptors_parse(cut, sizeof cut, &d), 0);
    assert_int_equal(d.count, 2);
    assert_int_equal(d.interfaces[0].class, 3);
    assert_int_equal(d.interfaces[1].class, 8);
    assert_int_equal(d.interfaces[1].configuration, 2);
}

static void there_is_a_limit(void **state)
{
    (void)state;
    static struct descriptors d;
    for (unsigned extra = 0; extra <= 1; extra++) {
        autobuf struct buf b = {0};
        unsigned count = PLUGGED_INTERFACES_MAX + extra, total = 9 + 9 * count;
        const uint8_t head[] = {DEVICE(1), CONFIGURATION(total, 1, 1)};
        buf_put(&b, head, sizeof head);
        for (unsigned i = 0; i < count; i++) {
            const uint8_t one[] = {INTERFACE(0, (uint8_t)i, 3, 0, 0)};
            buf_put(&b, one, sizeof one);
        }
        assert_int_equal(b.err, 0);
        assert_int_equal(descriptors_parse(b.data, b.len, &d), extra ? SK_ERR_LIMIT : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stick_is_read),
        cmocka_unit_test(all_configurations_count),
        cmocka_unit_test(what_is_cut_off_is_none),
        cmocka_unit_test(what_is_not_in_order_is_none),
        cmocka_unit_test(what_promises_more_than_there_is_is_read),
        cmocka_unit_test(a_cut_configuration_hides_nothing),
        cmocka_unit_test(there_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

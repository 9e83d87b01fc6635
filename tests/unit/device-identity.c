/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device-identity.c proves that a medium's identity file has one form: what was written is read, each other byte is
 * another identity or none. */
#include "device/identity.h"
#include <sekisho/err.h>
#include <string.h>
#include "cmocka-head.h"
#include "device/medium_read.h"

#define TOKEN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEAD  "sekisho-medium 1\n"
#define BODY  "medium usb-1\nowner hana\nareas shared,other.2\nuntil 2027-03-31\n"
#define LAST  "token " TOKEN "\n"

static int parse(const char *text, struct identity *ret)
{
    return identity_parse(text, strlen(text), ret);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    struct identity i = {0}, back = {0};
    autobuf struct buf text = {0};
    assert_int_equal(parse(HEAD BODY LAST, &i), 0);
    assert_string_equal(i.medium, "usb-1");
    assert_string_equal(i.owner, "hana");
    assert_string_equal(i.areas, "shared,other.2");
    assert_string_equal(i.until, "2027-03-31");
    assert_string_equal(i.token, TOKEN);
    assert_int_equal(identity_write(&i, &text), 0);
    assert_string_equal(text.data, HEAD BODY LAST);
    assert_int_equal(identity_parse(text.data, text.len, &back), 0);
    assert_memory_equal(&i, &back, sizeof i);
}

static void no_other_form_is_taken(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "\n", HEAD, HEAD BODY, HEAD BODY LAST "\n", HEAD BODY LAST "more\n", HEAD LAST BODY, BODY LAST,
        "sekisho-medium 2\n" BODY LAST, " " HEAD BODY LAST, HEAD BODY "token " TOKEN,
        HEAD "medium \nowner hana\nareas a\nuntil 2027-03-31\n" LAST,
        HEAD "medium ../x\nowner hana\nareas a\nuntil 2027-03-31\n" LAST,
        HEAD "medium -x\nowner hana\nareas a\nuntil 2027-03-31\n" LAST,
        HEAD "medium x\nowner hana\nareas \nuntil 2027-03-31\n" LAST,
        HEAD "medium x\nowner hana\nareas a,\nuntil 2027-03-31\n" LAST,
        HEAD "medium x\nowner hana\nareas a,,b\nuntil 2027-03-31\n" LAST,
        HEAD "medium x\nowner hana\nareas a, b\nuntil 2027-03-31\n" LAST,
        HEAD "medium x\nowner hana\nareas a\nuntil 2027-3-31\n" LAST,
        HEAD "medium x\nowner hana\nareas a\nuntil 2027-03-310\n" LAST,
        HEAD "medium x\nowner hana\r\nareas a\nuntil 2027-03-31\n" LAST,
        HEAD BODY "token 0123\n",
        HEAD BODY "token 0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\n",
    };
    struct identity i;
    for (size_t k = 0; k < array_count(wrong); k++)
        assert_int_equal(parse(wrong[k], &i), SK_ERR_FORMAT);
    static const char nul[] = HEAD "medium a\0b\nowner hana\nareas a\nuntil 2027-03-31\n" LAST;
    assert_int_equal(identity_parse(nul, sizeof nul - 1, &i), SK_ERR_FORMAT);
    char large[IDENTITY_MAX + 2];
    memset(large, 'a', sizeof large);
    assert_int_equal(identity_parse(large, sizeof large - 1, &i), SK_ERR_LIMIT);
}

static void nothing_is_written_that_would_not_be_read(void **state)
{
    (void)state;
    struct identity i = {.medium = "x", .owner = "hana", .areas = "a", .until = "2027-03-31", .token = TOKEN};
    autobuf struct buf text = {0};
    assert_int_equal(identity_write(&i, &text), 0);
    buf_reset(&text);
    snprintf(i.owner, sizeof i.owner, "a\nareas b");
    assert_int_equal(identity_write(&i, &text), SK_ERR_FORMAT);
    assert_int_equal(text.len, 0);
}

static void numbers_of_disks(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", ":", "8", "8:", ":0", "8:0:0", "../8:0", "8:0\n", "-1:0", "8: 0",
                                        "99999999999:0", "1234567890123456789012345:0"};
    dev_t disk;
    assert_int_equal(medium_number("8:17", &disk), 0);
    for (size_t k = 0; k < array_count(wrong); k++)
        assert_int_equal(medium_number(wrong[k], &disk), SK_ERR_FORMAT);
    assert_true(medium_can_write("vfat") && medium_can_write("exfat") && medium_can_write("ext4"));
    assert_false(medium_can_write("ntfs") || medium_can_write("") || medium_can_write("xfs"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(no_other_form_is_taken),
        cmocka_unit_test(nothing_is_written_that_would_not_be_read),
        cmocka_unit_test(numbers_of_disks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

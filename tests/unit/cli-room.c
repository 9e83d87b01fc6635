/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The X authority file, and events as lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/buf.h"
#include "cli/watch_line.h"
#include "cli/xauth.h"
#include "record/record.h"

static void put_text(struct buf *b, const char *text, size_t len)
{
    buf_putc(b, (char)(len >> 8));
    buf_putc(b, (char)(len & 0xff));
    buf_put(b, text, len);
}

static void put_entry(struct buf *b, unsigned family, const char *address, const char *number,
                      const char *name, const char *cookie)
{
    buf_putc(b, (char)(family >> 8));
    buf_putc(b, (char)(family & 0xff));
    put_text(b, address, strlen(address));
    put_text(b, number, strlen(number));
    put_text(b, name, strlen(name));
    put_text(b, cookie, strlen(cookie));
}

#define MAGIC "MIT-MAGIC-COOKIE-1"

static void numbers_of_displays(void **state)
{
    (void)state;
    char number[XAUTH_NUMBER_CAP];
    assert_true(xauth_number(":0", number));
    assert_string_equal(number, "0");
    assert_true(xauth_number(":12.3", number));
    assert_string_equal(number, "12");
    assert_true(xauth_number("unix:7", number));
    assert_string_equal(number, "7");
    static const char *const none[] = {"", ":", ":x", "localhost:10.0", ":1x", ":12345678", "host/unix:1"};
    for (size_t i = 0; i < array_count(none); i++)
        assert_false(xauth_number(none[i], number));
}

static void the_cookie_that_fits_best(void **state)
{
    (void)state;
    char hex[XAUTH_HEX_CAP] = "";
    autobuf struct buf b = {0};
    put_entry(&b, 256, "elsewhere", "1", MAGIC, "\x01\x02");
    put_entry(&b, 65535, "", "", MAGIC, "\x0a\x0b");
    put_entry(&b, 256, "here", "2", MAGIC, "\x03\x04");
    put_entry(&b, 256, "here", "1", "XDM-AUTHORIZATION-1", "\x05\x06");
    put_entry(&b, 256, "here", "1", MAGIC, "\x0c\xff");
    assert_int_equal(xauth_cookie(b.data, b.len, "here", "1", hex), 0);
    assert_string_equal(hex, "0cff");
    assert_int_equal(xauth_cookie(b.data, b.len, "there", "1", hex), 0);
    assert_string_equal(hex, "0a0b");
    assert_int_equal(xauth_cookie(NULL, 0, "here", "1", hex), SK_ERR_NOT_FOUND);
}

static void a_file_that_is_cut_off(void **state)
{
    (void)state;
    char hex[XAUTH_HEX_CAP] = "";
    autobuf struct buf b = {0};
    put_entry(&b, 256, "here", "1", MAGIC, "\x0c\xff");
    for (size_t len = 1; len < b.len; len++)
        assert_int_equal(xauth_cookie(b.data, len, "here", "1", hex), SK_ERR_FORMAT);
    char whole[64] = "";
    memset(whole, 'x', sizeof whole - 1);
    autobuf struct buf longer = {0};
    put_entry(&longer, 256, "here", "1", MAGIC, whole);
    assert_int_equal(xauth_cookie(longer.data, longer.len, "here", "1", hex), SK_ERR_NOT_FOUND);
}

static json_t *event(const char *text)
{
    json_t *parsed = NULL;
    assert_int_equal(record_parse(text, strlen(text), 4096, &parsed), 0);
    return parsed;
}

static void lines(void **state)
{
    (void)state;
    autobuf struct buf line = {0}, notice = {0};
    autojson json_t *refused = event(
        "{\"seq\":42,\"at\":\"2026-11-20T23:15:30.123Z\",\"kind\":\"access\",\"decision\":\"refused\","
        "\"reason\":\"not-in-room\",\"area\":\"tax\",\"file\":\"a\\\\n\\\\x1b[31m\",\"exe\":\"/usr/bin/cat\","
        "\"login\":\"hana\",\"person\":\"\",\"count\":2}");
    watch_line(&line, refused);
    assert_string_equal(line.data, "#42  08:15:30  hana  REFUSED  open a file  tax: a\\n\\x1b[31m  "
                                   "/usr/bin/cat  ×2  – the area opens only inside its room");
    watch_notice(&notice, refused, 3);
    assert_string_equal(notice.data, "tax: a\\n\\x1b[31m (cat)\nthe area opens only inside its room\n"
                                     "3 refusals in the last seconds");
    autobuf struct buf bare = {0};
    autojson json_t *nothing = event("{}");
    watch_line(&bare, nothing);
    assert_non_null(strstr(bare.data, "#0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_displays),
        cmocka_unit_test(the_cookie_that_fits_best),
        cmocka_unit_test(a_file_that_is_cut_off),
        cmocka_unit_test(lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

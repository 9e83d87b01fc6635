/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base-buf.c owns the tests of growable buffers and of the cursor: growth, limits, errors that stick,
 * and that nothing is read beyond the end. It must never depend on the order of its tests. */
#include "cmocka-head.h"
#include <sekisho/err.h>
#include <string.h>
#include "base/buf.h"

static void appends_and_terminates(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    buf_puts(&b, "abc");
    buf_putc(&b, 'd');
    buf_put(&b, "e\0f", 3);
    buf_printf(&b, "%d-%s", 42, "x");
    assert_int_equal(b.err, 0);
    assert_int_equal(b.len, 11);
    assert_memory_equal(b.data, "abcde\0f42-x", 12);
}

static void grows_over_many_steps(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    for (int i = 0; i < 100000; i++)
        buf_printf(&b, "%05d", i);
    assert_int_equal(b.err, 0);
    assert_int_equal(b.len, 500000);
    assert_memory_equal(b.data, "000000000100002", 15);
    assert_string_equal(b.data + b.len - 5, "99999");
}

static void limit_appends_nothing_and_sticks(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    buf_puts(&b, "kept");
    assert_null(buf_room(&b, BUF_MAX));
    assert_int_equal(b.err, SK_ERR_LIMIT);
    buf_puts(&b, "more");
    assert_string_equal(b.data, "kept");
    assert_null(buf_room(&b, SIZE_MAX));
    buf_reset(&b);
    assert_int_equal(b.err, 0);
    buf_puts(&b, "again");
    assert_string_equal(b.data, "again");
}

static void fills_to_the_last_byte(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    assert_non_null(buf_room(&b, BUF_MAX - 1));
    buf_grow(&b, BUF_MAX - 1);
    assert_int_equal(b.data[BUF_MAX - 1], '\0');
    buf_putc(&b, 'x');
    assert_int_equal(b.err, SK_ERR_LIMIT);
    assert_int_equal(b.len, BUF_MAX - 1);
}

static void steal_hands_over(void **state)
{
    (void)state;
    struct buf b = {0};
    char *empty = buf_steal(&b);
    assert_string_equal(empty, "");
    free(empty);
    buf_puts(&b, "text");
    char *text = buf_steal(&b);
    assert_string_equal(text, "text");
    assert_null(b.data);
    free(text);
    buf_puts(&b, "text");
    assert_null(buf_room(&b, BUF_MAX));
    assert_null(buf_steal(&b));
    assert_null(b.data);
    buf_free(&b);
    buf_free(NULL);
}

static void integers_are_little_endian(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    buf_put_u8(&b, 0x01);
    buf_put_u16(&b, 0x0302);
    buf_put_u32(&b, 0x07060504);
    buf_put_u64(&b, 0x0f0e0d0c0b0a0908);
    buf_put_str(&b, "hi", 2);
    static const unsigned char want[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                                         2, 0, 0, 0, 'h', 'i'};
    assert_int_equal(b.len, sizeof want);
    assert_memory_equal(b.data, want, sizeof want);

    struct cursor c;
    size_t len;
    cursor_init(&c, b.data, b.len);
    assert_int_equal(cursor_u8(&c), 0x01);
    assert_int_equal(cursor_u16(&c), 0x0302);
    assert_int_equal(cursor_u32(&c), 0x07060504);
    assert_true(cursor_u64(&c) == 0x0f0e0d0c0b0a0908);
    assert_memory_equal(cursor_str(&c, 2, &len), "hi", 2);
    assert_int_equal(len, 2);
    assert_int_equal(cursor_done(&c), 0);
}

static void cursor_never_passes_the_end(void **state)
{
    (void)state;
    struct cursor c;
    size_t len = 99;
    cursor_init(&c, "abc", 3);
    assert_int_equal(cursor_u32(&c), 0);
    assert_int_equal(c.err, SK_ERR_FORMAT);
    assert_int_equal(cursor_u8(&c), 0);
    assert_null(cursor_bytes(&c, 0));
    assert_string_equal(cursor_str(&c, 10, &len), "");
    assert_int_equal(len, 0);
    assert_int_equal(cursor_done(&c), SK_ERR_FORMAT);
    cursor_init(&c, "abc", 3);
    assert_null(cursor_bytes(&c, SIZE_MAX));
    cursor_init(&c, "abc", 3);
    assert_int_equal(cursor_done(&c), SK_ERR_FORMAT);
}

static void cursor_strings_are_checked(void **state)
{
    (void)state;
    struct cursor c;
    size_t len;
    static const char with_nul[] = "\3\0\0\0a\0b";
    cursor_init(&c, with_nul, 7);
    cursor_str(&c, 10, &len);
    assert_int_equal(c.err, SK_ERR_FORMAT);
    static const char longer[] = "\3\0\0\0abc";
    cursor_init(&c, longer, 7);
    cursor_str(&c, 2, &len);
    assert_int_equal(c.err, SK_ERR_FORMAT);
    static const char cut[] = "\4\0\0\0abc";
    cursor_init(&c, cut, 7);
    cursor_str(&c, 10, &len);
    assert_int_equal(c.err, SK_ERR_FORMAT);
    static const char empty[] = "\0\0\0\0";
    cursor_init(&c, empty, 4);
    assert_string_equal(cursor_str(&c, 0, &len), "");
    assert_int_equal(cursor_done(&c), 0);
}

static void cursor_lines(void **state)
{
    (void)state;
    struct cursor c;
    const char *line;
    size_t len;
    cursor_init(&c, "a\n\nlast", 7);
    assert_true(cursor_line(&c, &line, &len));
    assert_int_equal(len, 1);
    assert_true(cursor_line(&c, &line, &len));
    assert_int_equal(len, 0);
    assert_true(cursor_line(&c, &line, &len));
    assert_memory_equal(line, "last", len);
    assert_false(cursor_line(&c, &line, &len));
    assert_int_equal(cursor_done(&c), 0);
    cursor_init(&c, "", 0);
    assert_false(cursor_line(&c, &line, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_and_terminates),
        cmocka_unit_test(grows_over_many_steps),
        cmocka_unit_test(limit_appends_nothing_and_sticks),
        cmocka_unit_test(fills_to_the_last_byte),
        cmocka_unit_test(steal_hands_over),
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(cursor_never_passes_the_end),
        cmocka_unit_test(cursor_strings_are_checked),
        cmocka_unit_test(cursor_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

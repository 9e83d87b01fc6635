/* SPDX-License-Identifier: GPL-3.0-or-later */
/* egress-hello.c proves that a ClientHello is read the same however it comes: whole, in segments, in records, a byte at
 * a time, and that what no client sends is none. */
#include "egress/hello.h"
#include <string.h>
#include "base/buf.h"
#include "cmocka-head.h"
#include "egress/stream.h"

static void put_be(struct buf *b, size_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        buf_putc(b, (char)(v >> (8 * i)));
}

static void put_part(struct buf *b, const struct buf *part, int length_bytes)
{
    put_be(b, part->len, length_bytes);
    buf_put(b, part->data ? part->data : "", part->len);
}

static void put_extension(struct buf *b, unsigned type, const struct buf *content)
{
    put_be(b, type, 2);
    put_part(b, content, 2);
}

static void put_names(struct buf *extensions, int kind, const char *const *names, size_t count)
{
    autobuf struct buf list = {0}, extension = {0};
    for (size_t i = 0; i < count; i++) {
        buf_putc(&list, (char)kind);
        put_be(&list, strlen(names[i]), 2);
        buf_puts(&list, names[i]);
    }
    put_part(&extension, &list, 2);
    put_extension(extensions, 0, &extension);
}

/* A hello of those extensions, in records of that many bytes; filler makes it as long as those with keys of a later
 * century. */
static void make(const struct buf *extensions, size_t filler, size_t record, struct buf *ret)
{
    static const char zeros[HELLO_MAX];
    autobuf struct buf body = {0}, message = {0}, all = {0}, share = {0};
    buf_put(&all, extensions->data ? extensions->data : "", extensions->len);
    buf_put(&share, zeros, filler);
    put_extension(&all, 51, &share);
    put_be(&body, 0x0303, 2);
    buf_put(&body, zeros, 32);
    buf_putc(&body, 0);
    put_be(&body, 2, 2);
    put_be(&body, 0x1301, 2);
    put_be(&body, 0x0100, 2);
    put_part(&body, &all, 2);
    buf_putc(&message, 1);
    put_part(&message, &body, 3);
    for (size_t at = 0; at < message.len; at += record) {
        size_t len = record < message.len - at ? record : message.len - at;
        put_be(ret, 0x160301, 3);
        put_be(ret, len, 2);
        buf_put(ret, message.data + at, len);
    }
    assert_int_equal(ret->err, 0);
}

static void named(const char *name, size_t filler, size_t record, struct buf *ret)
{
    autobuf struct buf extensions = {0};
    put_names(&extensions, 0, &name, 1);
    make(&extensions, filler, record, ret);
}

static enum hello_found read_all(const struct buf *b, struct hello *ret)
{
    return hello_read((const uint8_t *)b->data, b->len, ret);
}

static void a_name_is_found_however_it_comes(void **state)
{
    (void)state;
    static const size_t fillers[] = {32, 1216, 9000};
    static const size_t records[] = {16384, 100, 1};
    for (size_t i = 0; i < 9; i++) {
        autobuf struct buf b = {0};
        struct hello h;
        named("Files.Example.JP", fillers[i / 3], records[i % 3], &b);
        if (b.len > HELLO_MAX)
            continue; /* 9,000 records of a byte are no hello any more */
        for (size_t len = 0; len < b.len; len++)
            assert_int_equal(hello_read((const uint8_t *)b.data, len, &h), HELLO_MORE);
        assert_int_equal(read_all(&b, &h), HELLO_NAMED);
        assert_string_equal(h.name, "files.example.jp");
        assert_false(h.hidden);
        buf_puts(&b, "and what follows");
        assert_int_equal(read_all(&b, &h), HELLO_NAMED);
    }
}

static void a_hello_may_have_no_name(void **state)
{
    (void)state;
    autobuf struct buf none = {0}, b = {0};
    struct hello h;
    make(&none, 32, 16384, &b);
    assert_int_equal(read_all(&b, &h), HELLO_NAMELESS);
    assert_string_equal(h.name, "");
}

static void a_hidden_hello_is_seen(void **state)
{
    (void)state;
    autobuf struct buf extensions = {0}, content = {0}, b = {0};
    struct hello h;
    const char *name = "outer.example";
    put_names(&extensions, 0, &name, 1);
    buf_puts(&content, "grease");
    put_extension(&extensions, 0xfe0d, &content);
    make(&extensions, 32, 16384, &b);
    assert_int_equal(read_all(&b, &h), HELLO_NAMED);
    assert_true(h.hidden);
}

static void what_no_client_sends_is_none(void **state)
{
    (void)state;
    static const char *const two[] = {"a.example", "b.example"};
    static const char *const odd[] = {"a.example\n"};
    struct hello h;
    for (int i = 0; i < 4; i++) {
        autobuf struct buf extensions = {0}, b = {0};
        if (i == 0)
            put_names(&extensions, 0, two, 2);
        if (i == 1) {
            put_names(&extensions, 0, two, 1);
            put_names(&extensions, 0, two, 1);
        }
        if (i == 2)
            put_names(&extensions, 7, two, 1);
        if (i == 3)
            put_names(&extensions, 0, odd, 1);
        make(&extensions, 32, 16384, &b);
        assert_int_equal(read_all(&b, &h), HELLO_NONE);
    }
    assert_int_equal(hello_read((const uint8_t *)"GET / HTTP/1.1\r\n", 16, &h), HELLO_NONE);
    assert_int_equal(hello_read((const uint8_t *)"SSH-2.0-x", 1, &h), HELLO_NONE);
    assert_int_equal(hello_read((const uint8_t *)"\x16\x02", 2, &h), HELLO_NONE);
    assert_int_equal(hello_read((const uint8_t *)"\x16\x03\x01\x00\x00", 5, &h), HELLO_NONE);
    assert_int_equal(hello_read((const uint8_t *)"\x16\x03\x01\x40\x01", 5, &h), HELLO_NONE);
    assert_int_equal(hello_read((const uint8_t *)"\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9, &h), HELLO_NONE);
    /* longer than any */
    assert_int_equal(hello_read((const uint8_t *)"\x16\x03\x01\x00\x04\x01\xff\xff\xff", 9, &h), HELLO_NONE);
}

/* Each length within is wrong once: nothing is read beyond, and never a name that isn't there. */
static void wrong_lengths_name_nothing(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    struct hello h;
    named("files.example.jp", 32, 16384, &b);
    for (size_t i = 0; i < b.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            b.data[i] = (char)(b.data[i] ^ (1 << bit));
            if (read_all(&b, &h) == HELLO_NAMED)
                assert_int_equal(strlen(h.name), strlen("files.example.jp"));
            b.data[i] = (char)(b.data[i] ^ (1 << bit));
        }
}

static void take(struct stream *s, uint32_t sequence, const char *text, enum stream_taken expected)
{
    enum stream_taken taken;
    assert_int_equal(stream_take(s, sequence, (const uint8_t *)text, strlen(text), 16, &taken), 0);
    assert_int_equal(taken, expected);
}

static void segments_make_a_stream(void **state)
{
    (void)state;
    autostream struct stream *s = NULL;
    const uint32_t first = UINT32_MAX - 1; /* the numbers wrap around within */
    size_t len;
    assert_int_equal(stream_new(first - 1, &s), 0);
    take(s, first, "", STREAM_GREW);
    take(s, first, "abc", STREAM_GREW);
    take(s, first + 5, "fgh", STREAM_EARLY);
    take(s, first, "abc", STREAM_OLD);
    take(s, first + 1, "bcde", STREAM_GREW);
    take(s, first + 1, "bXde", STREAM_FORGED);
    take(s, first + 4, "Xf", STREAM_FORGED);
    take(s, first - 1, "\x01", STREAM_OLD);
    take(s, first - 2, "zzab", STREAM_FORGED);
    take(s, first + 5, "fghijklmnop", STREAM_GREW);
    take(s, first + 16, "q", STREAM_FULL);
    const uint8_t *data = stream_data(s, &len);
    assert_int_equal(len, 16);
    assert_memory_equal(data, "abcdefghijklmnop", 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_found_however_it_comes), cmocka_unit_test(a_hello_may_have_no_name),
        cmocka_unit_test(a_hidden_hello_is_seen),           cmocka_unit_test(what_no_client_sends_is_none),
        cmocka_unit_test(wrong_lengths_name_nothing),       cmocka_unit_test(segments_make_a_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

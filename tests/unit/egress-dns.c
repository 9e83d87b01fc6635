/* SPDX-License-Identifier: GPL-3.0-or-later */
/* egress-dns.c proves which addresses an answer gives a name: its own and those of its other names, nobody else's. */
#include "egress/dns.h"
#include <sekisho/err.h>
#include <string.h>
#include "base/buf.h"
#include "cmocka-head.h"

#define QUERY  0x0100
#define ANSWER 0x8180

static void put16(struct buf *b, unsigned v)
{
    buf_putc(b, (char)(v >> 8));
    buf_putc(b, (char)v);
}

static void put_name(struct buf *b, const char *name)
{
    while (*name) {
        size_t len = strcspn(name, ".");
        buf_putc(b, (char)len);
        buf_put(b, name, len);
        name += len + (name[len] == '.');
    }
    buf_putc(b, 0);
}

static void begin(struct buf *b, unsigned flags, const char *name, unsigned type, unsigned answers)
{
    put16(b, 4711);
    put16(b, flags);
    put16(b, 1);
    put16(b, answers);
    put16(b, 0);
    put16(b, 0);
    put_name(b, name);
    put16(b, type);
    put16(b, 1);
}

static void put_record(struct buf *b, unsigned type, unsigned seconds, const void *data, size_t len)
{
    put16(b, type);
    put16(b, 1);
    put16(b, 0);
    put16(b, seconds);
    put16(b, (unsigned)len);
    buf_put(b, data, len);
}

static void put_alias(struct buf *b, const char *owner, const char *other)
{
    autobuf struct buf data = {0};
    put_name(&data, other);
    put_name(b, owner);
    put_record(b, DNS_TYPE_CNAME, 30, data.data, data.len);
}

static int answer(const struct buf *b, struct dns_answer *ret)
{
    return dns_answer((const uint8_t *)b->data, b->len, ret);
}

static void a_question_is_read(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    struct dns_answer a;
    begin(&b, QUERY, "Drive.Google.com", DNS_TYPE_HTTPS, 0);
    assert_int_equal(dns_question((const uint8_t *)b.data, b.len, &a), 0);
    assert_string_equal(a.name, "drive.google.com");
    assert_int_equal(a.type, DNS_TYPE_HTTPS);
    assert_int_equal(answer(&b, &a), SK_ERR_FORMAT);
    for (size_t len = 0; len < b.len; len++)
        assert_int_equal(dns_question((const uint8_t *)b.data, len, &a), SK_ERR_FORMAT);
}

static void a_name_has_its_addresses(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    struct dns_answer a;
    begin(&b, ANSWER, "share.example.jp", DNS_TYPE_A, 3);
    put16(&b, 0xc00c);
    put_record(&b, DNS_TYPE_A, 300, "\x0a\0\0\1", 4);
    put16(&b, 0xc00c);
    put_record(&b, DNS_TYPE_A, 60, "\x0a\0\0\2", 4);
    put16(&b, 0xc00c);
    put_record(&b, DNS_TYPE_AAAA, 900, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    assert_int_equal(answer(&b, &a), 0);
    assert_string_equal(a.name, "share.example.jp");
    assert_int_equal(a.count, 3);
    assert_int_equal(a.seconds, 60);
    assert_memory_equal(a.addresses[1].bytes, "\x0a\0\0\2", 4);
    assert_false(a.addresses[1].six);
    assert_true(a.addresses[2].six);
    for (size_t len = 0; len < b.len; len++)
        assert_int_equal(dns_answer((const uint8_t *)b.data, len, &a), SK_ERR_FORMAT);
}

/* The last name's address stands first in the message, one of a stranger's between. */
static void other_names_are_followed(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    struct dns_answer a;
    begin(&b, ANSWER, "www.example.jp", DNS_TYPE_A, 4);
    put_name(&b, "edge.cdn.example");
    put_record(&b, DNS_TYPE_A, 20, "\x0a\0\0\7", 4);
    put_name(&b, "bank.example.jp");
    put_record(&b, DNS_TYPE_A, 20, "\x0a\0\0\x8", 4);
    put_alias(&b, "Mid.cdn.example", "edge.CDN.example");
    put_alias(&b, "www.example.jp", "mid.cdn.example");
    assert_int_equal(answer(&b, &a), 0);
    assert_int_equal(a.count, 1);
    assert_memory_equal(a.addresses[0].bytes, "\x0a\0\0\7", 4);
}

static void circles_end(void **state)
{
    (void)state;
    autobuf struct buf names = {0}, pointers = {0};
    struct dns_answer a;
    begin(&names, ANSWER, "a.example", DNS_TYPE_A, 2);
    put_alias(&names, "a.example", "b.example");
    put_alias(&names, "b.example", "a.example");
    assert_int_equal(answer(&names, &a), 0);
    assert_int_equal(a.count, 0);
    begin(&pointers, ANSWER, "a.example", DNS_TYPE_A, 1);
    put16(&pointers, 0xc000 | (unsigned)pointers.len);
    put_record(&pointers, DNS_TYPE_A, 1, "\x0a\0\0\1", 4);
    assert_int_equal(answer(&pointers, &a), SK_ERR_FORMAT);
}

static void no_host_has_a_dot_in_a_label(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    struct dns_answer a;
    begin(&b, ANSWER, "x.jp", DNS_TYPE_A, 1);
    buf_put(&b, "\4x.jp\0", 6); /* one label, "x.jp" */
    put_record(&b, DNS_TYPE_A, 1, "\x0a\0\0\1", 4);
    assert_int_equal(answer(&b, &a), 0);
    assert_int_equal(a.count, 0);
}

static void refusals_have_no_addresses(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    struct dns_answer a;
    begin(&b, ANSWER | 3, "nowhere.example", DNS_TYPE_A, 0);
    assert_int_equal(answer(&b, &a), 0);
    assert_int_equal(a.count, 0);
    assert_int_equal(a.seconds, 0);
}

static void too_many_are_refused(void **state)
{
    (void)state;
    autobuf struct buf b = {0};
    struct dns_answer a = {.count = 7};
    begin(&b, ANSWER, "many.example", DNS_TYPE_A, DNS_ADDRESSES_MAX + 1);
    for (int i = 0; i <= DNS_ADDRESSES_MAX; i++) {
        put16(&b, 0xc00c);
        put_record(&b, DNS_TYPE_A, 1, "\x0a\0\0\1", 4);
    }
    assert_int_equal(answer(&b, &a), SK_ERR_LIMIT);
    assert_int_equal(a.count, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_read),       cmocka_unit_test(a_name_has_its_addresses),
        cmocka_unit_test(other_names_are_followed), cmocka_unit_test(circles_end),
        cmocka_unit_test(no_host_has_a_dot_in_a_label), cmocka_unit_test(refusals_have_no_addresses),
        cmocka_unit_test(too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

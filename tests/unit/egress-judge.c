/* SPDX-License-Identifier: GPL-3.0-or-later */
/* egress-judge.c proves that a connection is let or refused once, by what it said, however it was cut up; and that many
 * of them push nothing through. */
#include "egress/judge.h"
#include <sekisho/err.h>
#include <string.h>
#include "base/buf.h"
#include "cmocka-head.h"

#define SECOND 1000000000ull /* nanoseconds */

/* A hello for ok.example or no.example, as long as those with post-quantum keys. */
static void make_hello(const char *name, struct buf *b)
{
    static const char zeros[2048];
    size_t n = strlen(name), share = 1300, extensions = 9 + n + 4 + share, body = 2 + 32 + 1 + 4 + 2 + 2 + extensions;
#define BE16(v) buf_putc(b, (char)((v) >> 8)), buf_putc(b, (char)(v))
    buf_put(b, "\x16\x03\x01", 3), BE16(body + 4);
    buf_put(b, "\1", 2), BE16(body);
    buf_put(b, "\x03\x03", 2), buf_put(b, zeros, 32), buf_putc(b, 0);
    buf_put(b, "\0\2\x13\1\1", 6), BE16(extensions);
    BE16(0), BE16(n + 5), BE16(n + 3), buf_putc(b, 0), BE16(n), buf_puts(b, name);
    BE16(51), BE16(share), buf_put(b, zeros, share);
    assert_int_equal(b->err, 0);
}

struct asked {
    int times;
    char name[NAME_CAP];
    bool none;
};

static enum judge_word answer(void *context, const struct packet *segment, const struct hello *hello)
{
    struct asked *a = context;
    (void)segment;
    a->times++;
    a->none = !hello;
    strcpy(a->name, hello ? hello->name : "");
    return hello && strcmp(hello->name, "ok.example") == 0 ? JUDGE_LET : JUDGE_REFUSE;
}

struct client {
    struct judge *j;
    struct packet p;
    uint32_t first;
    uint64_t now;
    enum judge_why why;
};

static struct client connected(struct judge *j, uint16_t port, bool six)
{
    struct client c = {.j = j, .first = UINT32_MAX - 700, .now = 5 * SECOND};
    c.p = (struct packet){.from = {.six = six, .address = {10, 0, 0, 1}, .port = port},
                          .to = {.six = six, .address = {10, 0, 0, 2}, .port = 443},
                          .syn = true, .sequence = c.first - 1};
    assert_int_equal(judge_take(j, &c.p, c.now, &c.why), JUDGE_PART);
    c.p.syn = false;
    c.p.ack = true;
    return c;
}

static enum judge_word sends(struct client *c, size_t at, const void *data, size_t len)
{
    c->p.sequence = c->first + (uint32_t)at;
    c->p.data = data;
    c->p.len = len;
    return judge_take(c->j, &c->p, c->now, &c->why);
}

static void cut_up(const char *name, size_t segment, bool six, enum judge_word expected)
{
    struct asked asked = {0};
    autojudge struct judge *j = NULL;
    autobuf struct buf b = {0};
    make_hello(name, &b);
    assert_int_equal(judge_new(answer, &asked, &j), 0);
    struct client c = connected(j, 40000, six);
    for (size_t at = 0; at < b.len; at += segment) {
        size_t len = segment < b.len - at ? segment : b.len - at;
        bool last = at + len == b.len;
        assert_int_equal(sends(&c, at, b.data + at, len), last ? expected : JUDGE_PART);
        if (!last) /* sent again */
            assert_int_equal(sends(&c, at, b.data + at, len), JUDGE_PART);
        c.now += SECOND / 1000;
    }
    assert_int_equal(c.why, JUDGE_BY_RULES);
    assert_int_equal(asked.times, 1);
    assert_string_equal(asked.name, name);
    assert_int_equal(judge_flows(j, NULL), 0);
}

static void however_it_is_cut_up(void **state)
{
    (void)state;
    static const size_t segments[] = {65536, 1448, 700, 500, 100, 1};
    for (size_t i = 0; i < sizeof segments / sizeof *segments; i++)
        for (int six = 0; six < 2; six++) {
            cut_up("ok.example", segments[i], six, JUDGE_LET);
            cut_up("no.example", segments[i], six, JUDGE_REFUSE);
        }
}

static void in_any_order_with_pauses(void **state)
{
    (void)state;
    struct asked asked = {0};
    autojudge struct judge *j = NULL;
    autobuf struct buf b = {0};
    make_hello("no.example", &b);
    assert_int_equal(judge_new(answer, &asked, &j), 0);
    struct client c = connected(j, 40000, false);
    assert_int_equal(sends(&c, 500, b.data + 500, 500), JUDGE_HOLD);
    assert_int_equal(sends(&c, 0, b.data, 500), JUDGE_PART);
    c.now += 2 * SECOND;
    assert_int_equal(sends(&c, 1000, b.data + 1000, b.len - 1000), JUDGE_HOLD);
    assert_int_equal(sends(&c, 500, b.data + 500, 500), JUDGE_PART);
    c.now += 2 * SECOND;
    assert_int_equal(sends(&c, 900, b.data + 900, b.len - 900), JUDGE_REFUSE);
    assert_string_equal(asked.name, "no.example");
}

static void what_is_sent_twice_is_the_same(void **state)
{
    (void)state;
    struct asked asked = {0};
    autojudge struct judge *j = NULL;
    autobuf struct buf good = {0}, bad = {0};
    make_hello("ok.example", &good);
    make_hello("no.example", &bad);
    assert_int_equal(judge_new(answer, &asked, &j), 0);
    struct client c = connected(j, 40000, false);
    assert_int_equal(sends(&c, 0, bad.data, 200), JUDGE_PART);
    assert_int_equal(sends(&c, 0, good.data, good.len), JUDGE_REFUSE);
    assert_int_equal(c.why, JUDGE_FORGED);
    assert_int_equal(asked.times, 0);
    /* and what comes after has no beginning */
    assert_int_equal(sends(&c, 200, good.data + 200, good.len - 200), JUDGE_REFUSE);
    assert_int_equal(c.why, JUDGE_UNKNOWN);
}

static void a_new_beginning_is_another_connection(void **state)
{
    (void)state;
    struct asked asked = {0};
    autojudge struct judge *j = NULL;
    autobuf struct buf b = {0};
    make_hello("no.example", &b);
    assert_int_equal(judge_new(answer, &asked, &j), 0);
    struct client c = connected(j, 40000, false);
    assert_int_equal(sends(&c, 0, b.data, 200), JUDGE_PART);
    c = connected(j, 40000, false);
    assert_int_equal(sends(&c, 0, b.data, b.len), JUDGE_REFUSE);
    assert_int_equal(c.why, JUDGE_BY_RULES);
    /* data with the SYN are not let through */
    c.p.syn = true;
    c.p.ack = false;
    assert_int_equal(sends(&c, UINT32_MAX, b.data, 20), JUDGE_HOLD);
}

static void what_is_not_tls_is_asked_of(void **state)
{
    (void)state;
    struct asked asked = {0};
    autojudge struct judge *j = NULL;
    assert_int_equal(judge_new(answer, &asked, &j), 0);
    struct client c = connected(j, 40000, false);
    assert_int_equal(sends(&c, 0, "GET / HTTP/1.1", 14), JUDGE_REFUSE);
    assert_int_equal(c.why, JUDGE_NOT_TLS);
    assert_true(asked.none);
}

static void who_takes_too_long_is_refused(void **state)
{
    (void)state;
    struct asked asked = {0};
    autojudge struct judge *j = NULL;
    autobuf struct buf b = {0};
    make_hello("ok.example", &b);
    assert_int_equal(judge_new(answer, &asked, &j), 0);
    struct client c = connected(j, 40000, false);
    struct client other = connected(j, 40001, false);
    assert_int_equal(sends(&c, 0, b.data, 100), JUDGE_PART);
    assert_int_equal(sends(&other, 0, b.data, 100), JUDGE_PART);
    c.now += JUDGE_HELLO_NS;
    assert_int_equal(sends(&c, 100, b.data + 100, b.len - 100), JUDGE_REFUSE);
    assert_int_equal(c.why, JUDGE_LATE);
    judge_tidy(j, other.now);
    assert_int_equal(judge_flows(j, NULL), 1);
    judge_tidy(j, c.now);
    assert_int_equal(judge_flows(j, NULL), 0);
    assert_int_equal(asked.times, 0);
}

/* Three times as many as are kept, each with nearly a whole hello: the last are judged, the first refused. */
static void many_stay_within_the_limits(void **state)
{
    (void)state;
    struct asked asked = {0};
    autojudge struct judge *j = NULL;
    autobuf struct buf b = {0};
    const unsigned many = 3 * JUDGE_FLOWS_MAX;
    make_hello("ok.example", &b);
    assert_int_equal(judge_new(answer, &asked, &j), 0);
    for (unsigned i = 0; i < many; i++) {
        size_t bytes;
        struct client c = connected(j, (uint16_t)(i % 60000), i >= 60000);
        assert_int_equal(sends(&c, 0, b.data, b.len - 1), JUDGE_PART);
        assert_in_range(judge_flows(j, &bytes), 1, JUDGE_FLOWS_MAX);
        assert_in_range(bytes, 1, JUDGE_BYTES_MAX);
    }
    struct client c = connected(j, 1, false);
    c.p.from.port = (uint16_t)((many - 1) % 60000);
    c.p.from.six = c.p.to.six = many - 1 >= 60000;
    assert_int_equal(sends(&c, b.len - 1, b.data + b.len - 1, 1), JUDGE_LET);
    c.p.from = (struct endpoint){.address = {10, 0, 0, 1}, .port = 0};
    c.p.to.six = false;
    assert_int_equal(sends(&c, b.len - 1, b.data + b.len - 1, 1), JUDGE_REFUSE);
    assert_int_equal(c.why, JUDGE_UNKNOWN);
}

static const uint8_t v4[] = {0x46, 0, 0, 48, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 1, /* TCP */
                             0x9c, 0x40, 1, 0xbb, 0, 0, 0, 7, 0, 0, 0, 9, 0x50, 0x18, 1, 0, 0, 0, 0, 0, 'h', 'e', 'l', 'o'};
static const uint8_t v6[] = {0x60, 0, 0, 0, 0, 20, 0, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
                             0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, /* hop by hop */ 17, 0, 1, 4, 0, 0, 0, 0,
                             /* UDP */ 0xc0, 0, 0, 53, 0, 12, 0, 0, 'd', 'n', 's', '?'};

static void packets_are_read(void **state)
{
    (void)state;
    struct packet p;
    assert_int_equal(packet_read(v4, sizeof v4, &p), 0);
    assert_int_equal(p.from.port, 40000);
    assert_int_equal(p.to.port, 443);
    assert_int_equal(p.sequence, 7);
    assert_true(p.ack && !p.syn && !p.udp && !p.from.six);
    assert_memory_equal(p.to.address, "\x0a\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_int_equal(p.len, 4);
    assert_memory_equal(p.data, "helo", 4);
    assert_int_equal(packet_read(v6, sizeof v6, &p), 0);
    assert_true(p.udp && p.from.six);
    assert_int_equal(p.to.port, 53);
    assert_int_equal(p.len, 4);
    assert_memory_equal(p.data, "dns?", 4);
    for (size_t len = 0; len < sizeof v4; len++)
        assert_int_equal(packet_read(v4, len, &p), SK_ERR_FORMAT);
    for (size_t len = 0; len < sizeof v6; len++)
        assert_int_equal(packet_read(v6, len, &p), SK_ERR_FORMAT);
}

static void fragments_and_strange_lengths_are_none(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } wrong[] = {{0, 0x44}, {0, 0x56}, {3, 20}, {3, 60}, {6, 0x20}, {7, 1}, {9, 47}, {36, 0x40}, {36, 0xf0}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t bytes[sizeof v4];
        struct packet p;
        memcpy(bytes, v4, sizeof v4);
        bytes[wrong[i].at] = wrong[i].value;
        assert_int_equal(packet_read(bytes, sizeof bytes, &p), SK_ERR_FORMAT);
    }
    uint8_t bytes[sizeof v6];
    struct packet p;
    memcpy(bytes, v6, sizeof v6);
    bytes[6] = 44; /* a fragment's header */
    assert_int_equal(packet_read(bytes, sizeof bytes, &p), SK_ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(however_it_is_cut_up),
        cmocka_unit_test(in_any_order_with_pauses),
        cmocka_unit_test(what_is_sent_twice_is_the_same),
        cmocka_unit_test(a_new_beginning_is_another_connection),
        cmocka_unit_test(what_is_not_tls_is_asked_of),
        cmocka_unit_test(who_takes_too_long_is_refused),
        cmocka_unit_test(many_stay_within_the_limits),
        cmocka_unit_test(packets_are_read),
        cmocka_unit_test(fragments_and_strange_lengths_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* packet.c owns the reading of IP packets. It must never take other bytes for a segment's data than
 * the receiver would. */
#include "egress/packet.h"
#include <netinet/in.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/buf.h"

#define V4_HEAD_LEN    20     /* bytes, without options */
#define V6_HEAD_LEN    40     /* bytes */
#define FRAGMENT_MASK  0x3fff /* more fragments, and the offset */
#define TCP_HEAD_LEN   20     /* bytes, without options */
#define WORD           4      /* bytes: header lengths are told in these */
#define EXTENSIONS_MAX 8      /* headers before the segment; no honest stack sends that many */
#define EXTENSION_UNIT 8      /* bytes */

#define FLAG_FIN 0x01
#define FLAG_SYN 0x02
#define FLAG_RST 0x04
#define FLAG_ACK 0x10

/* Leaves c at what the packet carries, and no more than that. */
static void narrow(struct cursor *c, size_t len)
{
    if (c->err == 0 && c->left >= len)
        c->left = len;
    else
        c->err = SK_ERR_FORMAT;
}

static void take_address(struct cursor *c, bool six, struct endpoint *ret)
{
    const void *bytes = cursor_bytes(c, six ? 16 : 4);
    ret->six = six;
    if (bytes)
        memcpy(ret->address, bytes, six ? 16 : 4);
}

/* The number of the protocol that is carried. */
static uint8_t read_v4(struct cursor *c, struct packet *p)
{
    size_t head = (size_t)(cursor_u8(c) & 0x0f) * WORD;
    (void)cursor_u8(c); /* kind of service */
    size_t whole = cursor_be16(c);
    (void)cursor_be16(c); /* number */
    bool fragment = (cursor_be16(c) & FRAGMENT_MASK) != 0;
    (void)cursor_u8(c); /* time to live */
    uint8_t protocol = cursor_u8(c);
    (void)cursor_be16(c); /* sum */
    take_address(c, false, &p->from);
    take_address(c, false, &p->to);
    if (head < V4_HEAD_LEN || fragment)
        c->err = SK_ERR_FORMAT;
    (void)cursor_bytes(c, head - V4_HEAD_LEN);
    /* 0: larger than can be told, before the kernel cuts it up; then all of it is the segment */
    if (whole != 0 && whole < head)
        c->err = SK_ERR_FORMAT;
    if (whole != 0)
        narrow(c, whole - head);
    return protocol;
}

static uint8_t read_v6(struct cursor *c, struct packet *p)
{
    (void)cursor_be32(c); /* version, class, label */
    size_t carried = cursor_be16(c);
    uint8_t next = cursor_u8(c);
    (void)cursor_u8(c); /* hop limit */
    take_address(c, true, &p->from);
    take_address(c, true, &p->to);
    if (carried != 0) /* 0: as above */
        narrow(c, carried);
    for (int i = 0; i < EXTENSIONS_MAX; i++) {
        if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS)
            return next;
        next = cursor_u8(c);
        size_t more = (size_t)cursor_u8(c) * EXTENSION_UNIT;
        (void)cursor_bytes(c, EXTENSION_UNIT - 2 + more);
    }
    c->err = SK_ERR_FORMAT;
    return next;
}

static void read_tcp(struct cursor *c, struct packet *p)
{
    p->from.port = cursor_be16(c);
    p->to.port = cursor_be16(c);
    p->sequence = cursor_be32(c);
    (void)cursor_be32(c); /* acknowledged */
    size_t head = (size_t)(cursor_u8(c) >> 4) * WORD;
    uint8_t flags = cursor_u8(c);
    (void)cursor_bytes(c, 6); /* window, sum, urgent */
    if (head < TCP_HEAD_LEN)
        c->err = SK_ERR_FORMAT;
    (void)cursor_bytes(c, head - TCP_HEAD_LEN);
    p->fin = flags & FLAG_FIN;
    p->syn = flags & FLAG_SYN;
    p->rst = flags & FLAG_RST;
    p->ack = flags & FLAG_ACK;
}

static void read_udp(struct cursor *c, struct packet *p)
{
    p->udp = true;
    p->from.port = cursor_be16(c);
    p->to.port = cursor_be16(c);
    size_t whole = cursor_be16(c);
    (void)cursor_be16(c); /* sum */
    if (whole < 8)
        c->err = SK_ERR_FORMAT;
    else
        narrow(c, whole - 8);
}

int packet_read(const uint8_t *bytes, size_t len, struct packet *ret)
{
    struct packet p = {0};
    struct cursor c;
    cursor_init(&c, bytes, len);
    uint8_t version = len > 0 ? bytes[0] >> 4 : 0;
    uint8_t protocol = version == 4 ? read_v4(&c, &p) : version == 6 ? read_v6(&c, &p) : 0;
    if (protocol == IPPROTO_TCP)
        read_tcp(&c, &p);
    else if (protocol == IPPROTO_UDP)
        read_udp(&c, &p);
    else
        return SK_ERR_FORMAT;
    if (c.err != 0)
        return SK_ERR_FORMAT;
    p.data = c.at;
    p.len = c.left;
    *ret = p;
    return 0;
}

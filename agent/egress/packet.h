/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP segments and UDP datagrams in IP packets as a queue of the kernel's hands them over (RFC 791,
 * 8200, 9293, 768). */
#ifndef EGRESS_PACKET_H
#define EGRESS_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct endpoint {
    bool six;            /* IPv6 */
    uint8_t address[16]; /* the first 4 bytes of it for IPv4, the others 0 */
    uint16_t port;
};

struct packet {
    struct endpoint from, to;
    bool udp;          /* else TCP */
    uint32_t sequence; /* TCP */
    bool syn, ack, rst, fin;
    const uint8_t *data; /* within the packet */
    size_t len;          /* bytes of data */
};

/* SK_ERR_FORMAT: neither, a fragment, or lengths that don't fit: what the queue's rules don't send
 * there, so nothing to let through. */
int packet_read(const uint8_t *bytes, size_t len, struct packet *ret);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of the domain name system, as far as it must be known which addresses a name was
 * answered with (RFC 1035, 4; RFC 3596). */
#ifndef EGRESS_DNS_H
#define EGRESS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "egress/names.h"

#define DNS_MESSAGE_MAX   ((size_t)65535) /* bytes: RFC 1035, 4.2.2 */
#define DNS_ADDRESSES_MAX 64              /* of one answer; more is SK_ERR_LIMIT */
#define DNS_RECORDS_MAX   256             /* of one answer */

/* RFC 1035, 3.2.2; RFC 3596; RFC 9460 */
#define DNS_TYPE_A     1
#define DNS_TYPE_CNAME 5
#define DNS_TYPE_AAAA  28
#define DNS_TYPE_SVCB  64
#define DNS_TYPE_HTTPS 65

struct dns_address {
    bool six;          /* IPv6 */
    uint8_t bytes[16]; /* the first 4 of them for IPv4 */
};

struct dns_answer {
    char name[NAME_CAP]; /* that was asked for, normal */
    uint16_t type;       /* that was asked for */
    uint32_t seconds;    /* for so long the addresses hold; 0 without any */
    size_t count;
    struct dns_address addresses[DNS_ADDRESSES_MAX];
};

/* Which one question a message asks. SK_ERR_FORMAT: it is an answer, asks no or several questions
 * or for a name that is no host's, or is cut off. */
int dns_question(const uint8_t *message, size_t len, struct dns_answer *ret);

/* An answer's addresses, of the name that was asked for or that it is another name of (CNAME)
 * within this answer; none of others. An error or an answer without addresses is one with count 0.
 * SK_ERR_FORMAT: no answer, or not whole. */
int dns_answer(const uint8_t *message, size_t len, struct dns_answer *ret);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which addresses names were answered with lately: who says an approved name to another address is
 * lying. */
#ifndef EGRESS_PINS_H
#define EGRESS_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "egress/dns.h"

#define PINS_MAX 65536 /* pairs of a name and an address */
/* Nanoseconds. A pair holds as long as the answer said, within bounds, and then a while: programs
 * use it longer. */
#define PINS_LEAST_NS ((uint64_t)60 * 1000000000)
#define PINS_MOST_NS  ((uint64_t)86400 * 1000000000)
#define PINS_GRACE_NS ((uint64_t)600 * 1000000000)

struct pins;
int pins_new(struct pins **ret);
void pins_free(struct pins **p);

/* now: nanoseconds of any clock that never goes back. When there are too many those that end first
 * go. */
void pins_learn(struct pins *p, const struct dns_answer *answer, uint64_t now);

/* Was that normal name answered with that address, and does it hold still? */
bool pins_have(const struct pins *p, const char *name, const struct dns_address *address,
               uint64_t now);

#define autopins __attribute__((cleanup(pins_free)))

#endif

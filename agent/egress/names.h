/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host names as DNS and TLS carry them, and which service a name belongs to. */
#ifndef EGRESS_NAMES_H
#define EGRESS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_CAP       254       /* bytes: RFC 1035, 2.3.4, as text and with its NUL */
#define NAME_LABEL_MAX 63        /* bytes: as above */
#define NAMES_MAX      (1 << 14) /* domains of one list */

/* The normal form of a host name: lower case, without the final dot. Letters, digits, '-' and '_'
 * in labels that
 * '.' joins; what is not ASCII comes as A-labels (RFC 5890). SK_ERR_FORMAT: no such name. */
int name_normal(const char *text, size_t len, char ret[static NAME_CAP]);

/* Is it domain itself, or below it? Both normal. */
bool name_within(const char *name, const char *domain);

/* Domains with the service of each. */
struct names;
int names_new(struct names **ret);
void names_free(struct names **n);

/* domain covers what is below it; service is the caller's number. SK_ERR_FORMAT: not normal;
 * SK_ERR_EXISTS: listed for another service; SK_ERR_LIMIT: more than NAMES_MAX; -ENOMEM. */
int names_add(struct names *n, const char *domain, uint32_t service);

/* The service of the longest listed domain that a normal name is within; false: none. ret_domain
 * (may be NULL) lives until the next names_add. */
bool names_find(const struct names *n, const char *name, uint32_t *ret_service,
                const char **ret_domain);

#define autonames __attribute__((cleanup(names_free)))

#endif

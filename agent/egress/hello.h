/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a TLS client says first, in the clear: whom it wants to talk to (RFC 8446, 4.1.2 and 5.1;
 * RFC 6066, 3). */
#ifndef EGRESS_HELLO_H
#define EGRESS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "egress/names.h"

/* Bytes of a ClientHello with its records. Browsers send some 2,000; the longest that servers take
 * is hardly more than a record's 16,384. */
#define HELLO_MAX ((size_t)20 * 1024)

enum hello_found {
    HELLO_MORE,     /* so far it may become one */
    HELLO_NAMED,    /* whole, with a name */
    HELLO_NAMELESS, /* whole, without one */
    HELLO_NONE,     /* not TLS, or what no client sends: two names, an unknown kind of name, lengths
                       that don't fit */
};

struct hello {
    char name[NAME_CAP]; /* HELLO_NAMED: normal; else "" */
    bool hidden; /* an encrypted ClientHello comes with it (type 0xfe0d), meant or for show */
};

/* The first len bytes that the client sent on a connection. What comes behind a whole hello is not
 * looked at. *ret is only set where it is whole. */
enum hello_found hello_read(const uint8_t *data, size_t len, struct hello *ret);

#endif

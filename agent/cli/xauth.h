/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The X display of this session: its number and its cookie. */
#ifndef CLI_XAUTH_H
#define CLI_XAUTH_H

#include <stdbool.h>
#include <stddef.h>
#include "base/clean.h"

#define XAUTH_COOKIE_MAX 31                         /* bytes of a cookie */
#define XAUTH_HEX_CAP    (2 * XAUTH_COOKIE_MAX + 1) /* of its text with NUL */
#define XAUTH_NUMBER_CAP 8                          /* of a display's number with NUL */

/* ":1.0", "unix:1" → "1". False for a display over the network, or what is none. */
bool xauth_number(const char *display, char ret[static XAUTH_NUMBER_CAP]);

/* The MIT-MAGIC-COOKIE-1 for this display in the bytes of an authority file (Xau(3)): this host's own
 * before one for all hosts. 0; SK_ERR_NOT_FOUND; SK_ERR_FORMAT when the file is cut off before it. */
int xauth_cookie(const void *bytes, size_t len, const char *host, const char *number,
                 char ret[static XAUTH_HEX_CAP]) SK_MUST_CHECK;

#endif

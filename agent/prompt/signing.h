/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing a permit beside the main loop: opening a key takes a second and 1 GiB. */
#ifndef PROMPT_SIGNING_H
#define PROMPT_SIGNING_H

#include <jansson.h>
#include <stdbool.h>

/* How it went; lent for the time of the call. */
struct signed_permit {
    const char *signature; /* NULL = there is none */
    bool wrong_passphrase; /* then: to be told to control, else `why` */
    const char *why;       /* in the reader's words, made safe */
};
typedef void signing_end(void *context, const struct signed_permit *permit);

/* Sign what permit.prepare gave out for the case with the key of this file; takes the passphrase
 * (sodium_malloc), which is wiped. `end` is called from the main loop. */
void signing_start(const char *path, char *passphrase, const char *id, const json_t *prepared,
                   signing_end *end, void *context);

#endif

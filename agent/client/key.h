/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A person's signing key, as long as it is open, and what is signed with it. */
#ifndef CLIENT_KEY_H
#define CLIENT_KEY_H

#include <jansson.h>
#include <stdbool.h>
#include "base/fault.h"
#include "crypto/minisign.h"

/* $XDG_CONFIG_HOME/sekisho/approver.key (XDG Base Directory Specification), whose folders are made
 * with `make`. 0 and a string of the caller's, or the code of the fault. */
int key_default_path(bool make, char **ret, struct fault *f) SK_MUST_CHECK;

/* Make a key in a new file that only its owner may read, closed by the passphrase; takes a second and
 * 1 GiB. What is there already is never replaced. 0, or the code of the fault. */
int key_make(const char *path, const char *passphrase, struct minisign_public *ret,
             struct fault *f) SK_MUST_CHECK;

/* The text of a key's file. A key that opens without a passphrase is refused (ACC-2). 0 and a
 * string of the caller's, or the code of the fault. */
int key_read(const char *path, char **ret, struct fault *f) SK_MUST_CHECK;

/* Open it; takes a second and 1 GiB. Wipe *ret (minisign_secret_wipe). 0, SK_ERR_PASSPHRASE (a
 * wrong one, no fault set: it is to be told to control), or the code of the fault. */
int key_open(const char *path, const char *text, const char *passphrase,
             struct minisign_secret *ret, struct fault *f) SK_MUST_CHECK;

/* Append the signature over a text. 0, or the code of the fault. */
int key_sign(const struct minisign_secret *secret, const char *text, const char *comment,
             struct buf *out, struct fault *f) SK_MUST_CHECK;

/* The same over what permit.prepare has given out (sekisho/ops.h), by the key that the policy names
 * and no other. */
int key_sign_permit(const struct minisign_secret *secret, const char *path, const char *id,
                    const json_t *prepared, struct buf *out, struct fault *f) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A person's signing key and what is signed with it: permits and confirmations. */
#ifndef CLI_APPROVER_H
#define CLI_APPROVER_H

#include "cli/cli.h"
#include "crypto/minisign.h"

/* The key's file: the given one, or $XDG_CONFIG_HOME/sekisho/approver.key (XDG Base Directory
 * Specification), whose folders are made with `make`. CLI_OK, or a code after a message. */
int approver_key_path(const char *given, bool make, char **ret) SK_MUST_CHECK;

/* The secret key of a file. A key that opens without a passphrase is refused (ACC-2). CLI_OK; CLI_REFUSED
 * with *ret_wrong true (wrong passphrase, nothing printed yet); or a code after a message. Wipe it. */
int approver_key_open(const char *path, struct minisign_secret *ret, bool *ret_wrong) SK_MUST_CHECK;

/* Append the signature. CLI_OK, or a code after a message. */
int approver_sign(const struct minisign_secret *secret, const char *text, const char *comment,
                  struct buf *out) SK_MUST_CHECK;

/* The same over what permit.prepare has given out (key_sign_permit). */
int approver_sign_permit(const struct minisign_secret *secret, const char *path, const char *id,
                         const json_t *prepared, struct buf *out) SK_MUST_CHECK;

/* The text as people check it before they sign (screen_lines). CLI_OK, or a code after a message. */
int approver_print(const char *text);

/* "what: why" to stderr; CLI_FAILED. */
int approver_failed(const char *what, int error);

#endif

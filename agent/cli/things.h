/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands about the register have in common: the questions that people's options become. */
#ifndef CLI_THINGS_H
#define CLI_THINGS_H

#include "cli/cli.h"

/* {"text","file","sha256"} of --proof or --proof-file, the caller's. CLI_OK, or a code after a message;
 * with neither *ret is NULL when needed is false. */
int things_proof(const struct cli_args *args, bool needed, json_t **ret) SK_MUST_CHECK;

/* "receipt" and "signature" into the request, of FILE and FILE.minisig. CLI_OK, or a code after a message. */
int things_receipt(json_t *request, const char *path) SK_MUST_CHECK;

/* {"person","name","organisation"} of --to-person, --to and --organisation. CLI_OK, or a code after a
 * message. */
int things_to(const struct cli_args *args, json_t **ret) SK_MUST_CHECK;

/* Enter each of the words as an item of this form (register.add), and tell its id. An enum cli_exit. */
int things_enter(struct cli *cli, const struct cli_args *args, const char *form) SK_MUST_CHECK;

/* The hand-over with that id, as handover.list shows it (H of ops.h); the caller's. An enum cli_exit. */
int things_handover(struct cli *cli, const char *id, json_t **ret) SK_MUST_CHECK;

#endif

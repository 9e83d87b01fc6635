/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tool's own files need beside cli_ask. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <jansson.h>
#include "cli/cli.h"

/* To stderr "  → text": what to do next. Nothing with --quiet or --json. */
void ask_hint(const struct cli *cli, const char *format, ...) SK_PRINTF(2, 3);

/* What to do next about a reason (its name) or an error's code; English, for gettext. NULL = nothing
 * is known. */
const char *ask_advice(const char *name);

/* A question that stays open: ask, then take what comes, then close the socket. */
enum ask_step { ASK_PROGRESS, ASK_ANSWER, ASK_REFUSED };

/* Ask; the descriptors stay the caller's. CLI_OK and the socket, or the code after a message. */
int ask_begin(struct cli *cli, const char *op, json_t *request, const int *fds, size_t fd_count,
              int *ret_sock) SK_MUST_CHECK;

/* The next message, the caller's reference. 0, or a negative code (SK_ERR_TIMEOUT: none yet). */
int ask_next(int sock, int timeout_ms, json_t **ret, enum ask_step *ret_step) SK_MUST_CHECK;

/* Tell a refusal, or that the agent was lost in between. The exit code. */
int ask_refused(const struct cli *cli, const json_t *error);
int ask_lost(const struct cli *cli, int code);

#endif

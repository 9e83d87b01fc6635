/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tool's own files need beside cli_ask. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <jansson.h>
#include "cli/cli.h"
#include "client/talk.h"

/* To stderr "  → text": what to do next. Nothing with --quiet or --json. */
void ask_hint(const struct cli *cli, const char *format, ...) SK_PRINTF(2, 3);

/* talk_begin; CLI_OK and the socket, or the code after a message. */
int ask_begin(struct cli *cli, const char *op, json_t *request, const int *fds, size_t fd_count,
              int *ret_sock) SK_MUST_CHECK;

/* Tell a refusal, or that the agent was lost in between. The exit code. */
int ask_refused(const struct cli *cli, const json_t *error);
int ask_lost(const struct cli *cli, int code);

/* Have a person type yes, unless --yes was given: question without a newline, and what is said to every other
 * answer. CLI_OK, CLI_NO, or CLI_INCOMPLETE where nobody can be asked. */
int ask_yes(const struct cli *cli, const struct cli_args *args, const char *question, const char *refusal)
    SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The request as a dialogue in a terminal: what the window (agent/prompt) asks, one question after
 * the other. */
#ifndef CLI_DIALOGUE_H
#define CLI_DIALOGUE_H

#include "cli/cli.h"
#include "client/asking.h"

/* What was answered; the strings of `asking` lie in here. */
struct dialogue {
    struct asking asking;
    json_t *files;
    char *destination, *purpose, *kept, *return_by;
};
void dialogue_free(struct dialogue *d);
#define autodialogue __attribute__((cleanup(dialogue_free)))

/* Have a person at a terminal say what is to go where, and say yes to it. CLI_OK, CLI_NO, or a code
 * after a message. */
int dialogue_ask(struct cli *cli, const struct cli_args *args, struct dialogue *ret) SK_MUST_CHECK;

#endif

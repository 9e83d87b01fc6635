/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tables say, for screens, man page and shells. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>
#include "cli/cli.h"

/* All commands: pointers into the tables, in their order. */
struct help_commands {
    const struct cli_command *const *items;
    size_t count;
};

/* The list of all commands / one command's help / the commands whose name starts with `group`. */
void help_all(FILE *out, const struct help_commands *commands);
void help_one(FILE *out, const struct cli_command *command);
void help_group(FILE *out, const struct help_commands *commands, const char *group);

/* The command's example number `turn` (from 0), translated; NULL: it has no more. */
const char *help_example(const char *command, size_t turn);

/* "man", "bash", "zsh" or "fish" to stdout: the COMMANDS part of sekisho(1), or a whole completion
 * script. CLI_OK, or CLI_USAGE after a message for another format. */
int help_generate(const char *format, const struct help_commands *commands) SK_MUST_CHECK;

#endif

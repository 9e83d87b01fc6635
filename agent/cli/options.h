/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a command line against a command's table. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/cli.h"

/* The options that every command has; the same rows as in --help, man page and completions. */
extern const struct cli_option cli_common_options[];

/* What the common options said. Strings live as long as argv. */
struct cli_common {
    const char *instance; /* NULL = not given */
    const char *lang;     /* NULL = not given */
    bool json, quiet, help, version;
};

/* Common options that stand before the command: the index of the first argument that is none of
 * them, or -1 after an error message. */
int options_leading(int argc, char **argv, struct cli_common *common) SK_MUST_CHECK;

/* What stands behind the command's name. ret->words is an array that the caller frees; its strings
 * are argv's. Words behind "--" are words as well where the command takes any number of them.
 * CLI_OK, or CLI_USAGE / CLI_FAILED after an error message. With --help nothing is required. */
int options_read(const struct cli_command *command, int argc, char **argv,
                 struct cli_common *common, struct cli_args *ret) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `sekisho return MEDIUM`. */
#ifndef CLI_MEDIUM_RETURN_H
#define CLI_MEDIUM_RETURN_H

#include <stdbool.h>
#include "cli/cli.h"

/* Is it the id of a medium, and not of a thing of the register? */
bool medium_return_is(const char *word);

/* Have the medium's files compared with its cases, and with wiped what is unchanged overwritten. CLI_NO: something else
 * is on it than what is on record, or the class that the contract asks for was not reached. */
int medium_return(struct cli *cli, const char *medium, bool wiped, const char *witness);

#endif

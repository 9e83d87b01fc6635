/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking again for what an earlier request asked for, and what has changed since. */
#ifndef CLI_AGAIN_H
#define CLI_AGAIN_H

#include "cli/cli.h"
#include "client/asking.h"

/* Fill in what the earlier case says and the person has not said: destination, purpose, how it is kept, day of return (one
 * that is to come), kind; and its files that are still there, where files is empty. *ret_view is what the texts stand in. */
int again_fill(struct cli *cli, const char *id, struct asking *asking, json_t *files, json_t **ret_view);

/* File by file what a view or an answer says of it; nothing when it does not ask again. */
void again_print(const json_t *view);

#endif

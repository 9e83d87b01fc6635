/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Approval with files between two PCs: the text out, the signature on a PC without the agent, the answer back. */
#ifndef CLI_AWAY_H
#define CLI_AWAY_H

#include "cli/cli.h"

#define AWAY_PERMIT_MAX ((size_t)4 * 1024 * 1024 + 8192) /* bytes of a permit's text */

/* The text of this case to a new file, or to stdout ("-"); with qr as a code on the terminal too. CLI_OK, or a code
 * after a message. The answer that it was told by goes to *ret_answer. */
int away_write(struct cli *cli, const char *id, const char *out, bool qr, json_t **ret_answer) SK_MUST_CHECK;

/* What to do with it next. */
void away_hint(const struct cli *cli, const char *id, const char *out);

/* A permit's text (a file, or "-": pasted), shown, asked about and signed; the signature goes beside it. */
int away_sign(struct cli *cli, const struct cli_args *args, const char *file) SK_MUST_CHECK;

/* The same, or where it is a signature: handed in, by submit. */
typedef int away_submit(struct cli *cli, const char *id, const char *permit, const char *signature);
int away_take(struct cli *cli, const struct cli_args *args, const char *file, away_submit *submit) SK_MUST_CHECK;

#endif

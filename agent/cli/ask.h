/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tool's own files need beside cli_ask. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli/cli.h"

/* To stderr "  → text": what to do next. Nothing with --quiet or --json. */
void ask_hint(const struct cli *cli, const char *format, ...) SK_PRINTF(2, 3);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a paper lacks, as a file that a person fills in and gives back with --entries. */
#ifndef CLI_REPORT_BLANKS_H
#define CLI_REPORT_BLANKS_H

#include <jansson.h>
#include "cli/cli.h"

/* Write the document's blanks into the new file. CLI_OK, or CLI_FAILED after a message. */
int report_blanks_write(const struct cli *cli, const json_t *document, const char *file) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A paper's document as the bytes of a file, for `report` to print and for `confirm` to compare. */
#ifndef CLI_REPORT_PRINT_H
#define CLI_REPORT_PRINT_H

#include <jansson.h>
#include "base/buf.h"
#include "cli/cli.h"
#include "report/paper.h"

#define REPORT_PRINT_OPTIONS                                                                       \
    {"forms", N_("DIR"), N_("templates that go before those of the program")}

/* The paper in the format: "html", "pdf", "csv" or "json". CLI_OK, or a code after a message. */
int report_print(const struct cli_args *args, const char *format, const struct report_row *row,
                 const json_t *document, struct buf *out) SK_MUST_CHECK;

/* The format that a printed file has. */
const char *report_print_format(const char *bytes, size_t len);

#endif

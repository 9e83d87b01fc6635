/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the ledger's commands share: which folder, and picking records out of it. */
#ifndef CLI_LEDGER_LINES_H
#define CLI_LEDGER_LINES_H

#include "base/clock.h"
#include "cli/cli.h"
#include "proof/reader.h"

/* What a record must be; NULL = anything. */
struct ledger_filter {
    const char *person, *area, *kind, *case_id;
    char since[CLOCK_TIME_CAP], until[CLOCK_TIME_CAP]; /* as "at" is written; "" = anything */
    char *text; /* as it stands inside a JSON string; the filter's own */
};

/* From --person --area --kind --since --until --case --text. CLI_OK, or CLI_USAGE after a message. */
int ledger_filter_read(const struct cli_args *args, struct ledger_filter *ret) SK_MUST_CHECK;
void ledger_filter_clear(struct ledger_filter *f);
#define autofilter __attribute__((cleanup(ledger_filter_clear)))

/* Does the line fit? *ret_record is its parsed form when it does (the caller's reference). */
bool ledger_filter_fits(const struct ledger_filter *f, const struct ledger_line *line,
                        json_t **ret_record);

/* Open the ledger that --dir or the instance names. CLI_OK, or CLI_FAILED after a message. */
int ledger_lines_open(const struct cli_args *args, uint64_t from, struct ledger_reader **ret)
    SK_MUST_CHECK;

/* The folder that --dir or the instance names. */
const char *ledger_folder(const struct cli_args *args);

/* After ledger_reader_next gave a negative code: say so. Returns CLI_NO or CLI_FAILED. */
int ledger_lines_error(const struct ledger_reader *reader, int code);

/* Print a record on one line for people, or with json the line itself. */
void ledger_line_print(const struct ledger_line *line, const json_t *record, bool json);

/* The commands, listed in cmd_ledger.c. */
int ledger_run_search(struct cli *cli, const struct cli_args *args);
int ledger_run_show(struct cli *cli, const struct cli_args *args);
int ledger_run_follow(struct cli *cli, const struct cli_args *args);
int ledger_run_verify(struct cli *cli, const struct cli_args *args);
int ledger_run_head(struct cli *cli, const struct cli_args *args);
int ledger_run_export(struct cli *cli, const struct cli_args *args);

#endif

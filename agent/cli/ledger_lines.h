/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the ledger's commands share: which folder, and picking records out of it. */
#ifndef CLI_LEDGER_LINES_H
#define CLI_LEDGER_LINES_H

#include <sekisho/paths.h>
#include "base/clock.h"
#include "cli/cli.h"
#include "proof/reader.h"
#include "record/facts.h"
#include "search/search.h"

#define LEDGER_TEXTS 7 /* options whose value is a text */

/* What a record must be. */
struct ledger_filter {
    struct search_query query;
    char since[CLOCK_TIME_CAP], until[CLOCK_TIME_CAP]; /* as "at" is written; "" = anything */
    char *own[LEDGER_TEXTS];
    struct facts facts; /* of the last line */
};

/* From --person --area --kind --contract --case --file --since --until --text, into a filter that was
 * {0}. CLI_OK, or CLI_USAGE after a message. And from --limit. */
int ledger_filter_read(const struct cli_args *args, struct ledger_filter *ret) SK_MUST_CHECK;
int ledger_limit_read(const struct cli_args *args, struct ledger_filter *f) SK_MUST_CHECK;
void ledger_filter_clear(struct ledger_filter *f);
#define autofilter __attribute__((cleanup(ledger_filter_clear)))

/* Does the line fit? */
bool ledger_filter_fits(struct ledger_filter *f, const struct ledger_line *line);

/* The folder in which the caller's indexes lie; it may not exist yet. 0, SK_ERR_NOT_FOUND (the
 * environment names no home), SK_ERR_LIMIT. */
int ledger_cache_folder(char ret[static SK_PATH_CAP]) SK_MUST_CHECK;

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
int ledger_run_archives(struct cli *cli, const struct cli_args *args);
int ledger_run_archive(struct cli *cli, const struct cli_args *args);
int ledger_run_prune(struct cli *cli, const struct cli_args *args);
int ledger_run_prove(struct cli *cli, const struct cli_args *args);
int ledger_run_attest(struct cli *cli, const struct cli_args *args);
int ledger_run_consistency(struct cli *cli, const struct cli_args *args);
int ledger_run_enrolment(struct cli *cli, const struct cli_args *args);
int ledger_run_start_report(struct cli *cli, const struct cli_args *args);
int ledger_run_extract(struct cli *cli, const struct cli_args *args);
int ledger_run_export(struct cli *cli, const struct cli_args *args);

#endif

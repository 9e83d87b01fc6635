/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command-line tool's own small frame: tables of commands and options, output in two languages
 * or as JSON, questions to control. A command file cmd_<name>.c defines one table and nothing else
 * public; main.c lists the tables. --help, man page and completions all come from these tables. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"
#include "base/str.h"
#include "client/language.h"

/* Exit codes, documented in sekisho(1). */
enum cli_exit {
    CLI_OK = 0,
    CLI_NO = 1,          /* the answer is no: findings, a failed verification, something not in force */
    CLI_USAGE = 2,       /* the command line is wrong */
    CLI_INCOMPLETE = 3,  /* something that a person must enter is missing */
    CLI_NO_AGENT = 4,    /* the agent can't be reached */
    CLI_REFUSED = 5,     /* the policy or the agent refused */
    CLI_FAILED = 6,      /* an error of the system: a file, a disk, a key */
};

#define CLI_OPTIONS_MAX 24 /* options of one command */

struct cli_option {
    const char *name;  /* "until", given as --until */
    const char *value; /* N_("TIME"), or NULL for a flag */
    const char *help;  /* N_("…") */
};

struct cli_args {
    const struct cli_option *options;
    const char *value[CLI_OPTIONS_MAX]; /* NULL = not given, "" for a flag that is */
    char **words;                       /* what is no option */
    int count;                          /* of words */
    char **after;                       /* what stands behind "--", NULL = no "--" */
    int after_count;
};

struct cli {
    bool json;          /* --json */
    const char *lang;   /* "ja" or "en", for forms; screens follow the locale */
    bool quiet;         /* --quiet: no progress */
};

struct cli_command {
    const char *name;   /* "policy check" */
    const char *words;  /* N_("FILE…"), "" = none */
    const char *summary;/* N_("Check a policy file and report every error") */
    const struct cli_option *options; /* ends with a row of NULLs; may be NULL */
    int least, most;    /* words allowed; most < 0 = any number */
    int (*run)(struct cli *cli, const struct cli_args *args); /* an enum cli_exit */
};

/* Every option may also be given as --name=value. --json, --lang, --quiet, --instance and --help
 * are common to all commands and are not in the tables. */

/* The value of an option, or NULL. name must be in the command's table. */
const char *cli_value(const struct cli_args *args, const char *name);
bool cli_flag(const struct cli_args *args, const char *name);

/* To stderr "sekisho: text" (already translated). Returns code, so a command may end with it. */
int cli_error(int code, const char *format, ...) SK_PRINTF(2, 3);

/* What an error code (base or -errno) means, in the reader's language. */
const char *cli_strerror(int code);

/* Print one JSON value with a newline to stdout. Returns CLI_OK. */
int cli_json(const json_t *value);

/* A progress bar on a terminal's stderr, nothing elsewhere or with --quiet. done == total ends it. */
void cli_progress(const struct cli *cli, const char *what, uint64_t done, uint64_t total);

/* The same for a number of things instead of bytes. */
void cli_progress_count(const struct cli *cli, const char *what, uint64_t done, uint64_t total);

/* Take a bar away that was not ended, before anything else is written. */
void cli_progress_end(void);

/* Ask control. request gets "op" set. Descriptors stay the caller's. On CLI_OK *ret_answer is the
 * caller's reference. On failure the error was printed (or, with --json, the ERROR object) and the
 * exit code is returned. */
int cli_ask(struct cli *cli, const char *op, json_t *request, const int *fds, size_t fd_count,
            json_t **ret_answer) SK_MUST_CHECK;

/* Read a passphrase from the terminal without echo (or from the descriptor that
 * SEKISHO_PASSPHRASE_FD names). *ret is to be wiped and freed with cli_passphrase_free.
 * CLI_OK or CLI_INCOMPLETE / CLI_FAILED with a message printed. */
int cli_passphrase(const char *prompt, bool twice, char **ret) SK_MUST_CHECK;
void cli_passphrase_free(char *passphrase);

/* The tables, one for each command file. Each ends with a row whose name is NULL. */
extern const struct cli_command cmd_policy_commands[];
extern const struct cli_command cmd_ledger_commands[];
extern const struct cli_command cmd_area_commands[];
extern const struct cli_command cmd_device_commands[];
extern const struct cli_command cmd_device_watch_commands[];
extern const struct cli_command cmd_receive_commands[];
extern const struct cli_command cmd_request_commands[];
extern const struct cli_command cmd_standing_commands[];
extern const struct cli_command cmd_destinations_commands[];
extern const struct cli_command cmd_approve_commands[];
extern const struct cli_command cmd_export_commands[];
extern const struct cli_command cmd_case_commands[];
extern const struct cli_command cmd_copies_commands[];
extern const struct cli_command cmd_report_commands[];
extern const struct cli_command cmd_confirm_commands[];
extern const struct cli_command cmd_register_commands[];
extern const struct cli_command cmd_end_commands[];
extern const struct cli_command cmd_handover_commands[];
extern const struct cli_command cmd_status_commands[];
extern const struct cli_command cmd_room_commands[];
extern const struct cli_command cmd_watch_commands[];
extern const struct cli_command cmd_incident_commands[];
extern const struct cli_command cmd_erase_commands[];
extern const struct cli_command cmd_contract_commands[];
extern const struct cli_command cmd_clock_commands[];
extern const struct cli_command cmd_draft_commands[];

#endif

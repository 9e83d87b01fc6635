/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policy files as the `sekisho policy` commands read and judge them. */
#ifndef CLI_POLICY_FILE_H
#define CLI_POLICY_FILE_H

#include "cli/cli.h"
#include "policy/policy.h"

/* A file read, and what the policy library says about it. */
struct policy_file {
    struct buf bytes;
    struct policy *policy; /* NULL = it has errors that keep it from being read */
    struct policy_findings findings;
};
void policy_file_clear(struct policy_file *file);
#define autopolicy __attribute__((cleanup(policy_file_clear)))

/* Read and parse path, and lint what could be parsed. CLI_OK also when there are findings;
 * CLI_FAILED after a message. host may be NULL. */
int policy_file_read(const char *path, int64_t now, const char *host,
                     struct policy_file *ret) SK_MUST_CHECK;
/* Parse and lint bytes that are there already (file->bytes). name is for messages. */
int policy_file_judge(struct policy_file *file, const char *name, int64_t now,
                      const char *host) SK_MUST_CHECK;

/* The same of the policy in force, which control is asked for. CLI_NO after a message: there is none. */
int policy_file_installed(struct cli *cli, int64_t now, struct policy_file *ret) SK_MUST_CHECK;

/* Findings as the agent's answers have them: an array of {"severity","line","code","found",
 * "allowed","nearest","text"}; NULL when memory is short. */
json_t *policy_file_findings(const struct policy_findings *findings);

/* Print such an array to out, each as "name:line: error: text" with what is allowed and what may
 * have been meant. */
void policy_file_print(FILE *out, const char *name, const json_t *findings);

/* What differs between two policies: an array of {"direction","section","key","before","after"}, NULL when memory is
 * short; and one line for each. */
json_t *policy_file_changes(const struct policy_changes *changes);
void policy_file_print_changes(const json_t *changes);

/* The value of --at, or now. CLI_OK, or CLI_USAGE after a message. */
int policy_file_time(const struct cli_args *args, int64_t *ret) SK_MUST_CHECK;

/* cmd_policy_explain.c and cmd_policy_sign.c, for the table in cmd_policy.c. */
int cmd_policy_explain(struct cli *cli, const struct cli_args *args);
int cmd_policy_sign(struct cli *cli, const struct cli_args *args);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `report` and `confirm` share: the way from a command line to a paper's document. */
#ifndef CLI_REPORT_INPUT_H
#define CLI_REPORT_INPUT_H

#include <jansson.h>
#include "cli/cli.h"
#include "policy/policy.h"
#include "report/paper.h"
#include "report/source.h"
#include "report/system.h"

#define REPORT_SOURCE_OPTIONS                                                                      \
    {"from-ledger", N_("DIR"), N_("the ledger's folder or an extract, instead of this machine's; more may "  \
                                  "follow as words")},                                            \
        {"enrolment", N_("FILE"), N_("the ledgers' enrolment lines, one a line: a ledger with another is "  \
                                     "refused")},                                                 \
        {"policy", N_("FILE"), N_("the policy for names, roster and settings, where the agent can't be " \
                                  "asked for it")},                                               \
        {"entries", N_("FILE"), N_("what people fill in that no record says, as lines KEY = TEXT; a paper's "   \
                                   "keys stand in --format json")},                                \
        {"photos", N_("DIR"), N_("the folder with the pictures that records name")}

/* Everything a paper is built from. Zero-initialise; free with report_input_free. */
struct report_input {
    struct report_source source;
    struct policy *policy;
    char *enrolment;  /* text of --enrolment */
    json_t *entries;  /* of --entries */
    struct system_fact system[SYSTEM_COUNT]; /* of this PC, where its own ledger is read */
};
void report_input_free(struct report_input *in);
#define autoinput __attribute__((cleanup(report_input_free)))

/* Read what the options name, for the paper and this contract ("" = the only one there is) and range.
 * The words from `first` on are further folders. CLI_OK, or a code after a message. */
int report_input_read(struct cli *cli, const struct cli_args *args, int first,
                      const struct report_row *row, const char *contract, const char *from,
                      const char *to, struct report_input *ret) SK_MUST_CHECK;

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ledger.c owns the table of the ledger's commands. All of them read the ledger's files
 * directly: who may read them is the file system's word, and an auditor needs no agent. It
 * must never change a file of the ledger. */
#include "cli/ledger_lines.h"

#define LEDGER_DIR {"dir", N_("DIR"), N_("the ledger's folder, instead of this machine's")}
#define LEDGER_FILTERS                                                                             \
    {"person", N_("WHO"), N_("records of this person: id, login, name or uid")},                   \
        {"area", N_("AREA"), N_("records of this area")},                                          \
        {"kind", N_("KIND"), N_("access, receive, request, permit, copy, takeout, …")},            \
        {"since", N_("TIME"), N_("from this day or time on")},                                     \
        {"until", N_("TIME"), N_("up to this day or time")},                                       \
        {"case", N_("CASE"), N_("records of this case")},                                          \
        {"text", N_("TEXT"), N_("records in which this text stands")}

static const struct cli_option verify_options[] = {
    {"enrolment", N_("LINE|FILE"), N_("the line printed at installation, or a file that holds it")},
    {"strict", NULL, N_("parse each record a second time with another parser")},
    {NULL, NULL, NULL},
};
static const struct cli_option search_options[] = {
    LEDGER_FILTERS,
    LEDGER_DIR,
    {NULL, NULL, NULL},
};
static const struct cli_option follow_options[] = {
    LEDGER_FILTERS,
    {"from", N_("SEQ"), N_("begin with this record instead of the next one")},
    LEDGER_DIR,
    {NULL, NULL, NULL},
};
static const struct cli_option export_options[] = {
    {"out", N_("DIR"), N_("copy the sealed ledger there, ready to be verified")},
    {"format", N_("jsonl|csv"), N_("print records instead")},
    LEDGER_FILTERS,
    LEDGER_DIR,
    {NULL, NULL, NULL},
};
static const struct cli_option dir_options[] = {
    LEDGER_DIR,
    {NULL, NULL, NULL},
};

const struct cli_command cmd_ledger_commands[] = {
    {"ledger verify", N_("[DIR]"), N_("Check every record and checkpoint from the enrolment line"),
     verify_options, 0, 1, ledger_run_verify},
    {"ledger search", "", N_("Find records by person, area, kind, time, case or text"),
     search_options, 0, 0, ledger_run_search},
    {"ledger show", N_("SEQ"), N_("Show one record whole"), dir_options, 1, 1, ledger_run_show},
    {"ledger follow", "", N_("Print records as they are written"), follow_options, 0, 0,
     ledger_run_follow},
    {"ledger export", "", N_("Copy the ledger for an auditor, or print records as a table"),
     export_options, 0, 0, ledger_run_export},
    {"ledger head", "", N_("Show the ledger's size, root and last checkpoint"), dir_options, 0, 0,
     ledger_run_head},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

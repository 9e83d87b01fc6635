/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ledger.c owns the table of the ledger's commands. Those that look read the ledger's files
 * directly: who may read them is the file system's word, and an auditor needs no agent (but for
 * attest, archive and prune, which are the agent's acts). It must never change a file of the ledger. */
#include "cli/ledger_lines.h"

#define LEDGER_DIR {"dir", N_("DIR"), N_("the ledger's folder, instead of this machine's")}
#define LEDGER_FILTERS                                                                             \
    {"person", N_("WHO"), N_("records of this person: id, login, name or uid")},                   \
        {"area", N_("AREA"), N_("records of this area")},                                          \
        {"kind", N_("KIND"), N_("access, receive, request, permit, copy, takeout, …")},            \
        {"contract", N_("CONTRACT"), N_("records of this contract")},                              \
        {"file", N_("TEXT"), N_("records of files in whose name this text stands")},               \
        {"since", N_("TIME"), N_("from this day or time on")},                                     \
        {"until", N_("TIME"), N_("up to this day or time")},                                       \
        {"case", N_("CASE"), N_("records of this case")},                                          \
        {"text", N_("TEXT"), N_("records in which this text stands")}

static const struct cli_option verify_options[] = {
    {"enrolment", N_("LINE|FILE"), N_("the line printed at installation, or a file that holds it")},
    {"anchor", N_("FILE"), N_("a text that holds a head of this ledger: request, permit, manifest, "
                              "checkpoint, start report, proof; more may follow DIR")},
    {"nonce", N_("NUMBER"), N_("is the auditor's number (ledger attest) in what is sealed?")},
    {"strict", NULL, N_("parse each record a second time with another parser")},
    {NULL, NULL, NULL},
};
static const struct cli_option search_options[] = {
    LEDGER_FILTERS,
    {"limit", N_("N"), N_("only the last N records")},
    {"csv", NULL, N_("a table for spreadsheets")},
    {"scan", NULL, N_("read every record, without the index")},
    {"rebuild", NULL, N_("throw the index away and make it anew")},
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
static const struct cli_option archive_options[] = {
    {"dry-run", NULL, N_("only say what would be done")},
    {NULL, NULL, NULL},
};
static const struct cli_option prune_options[] = {
    {"why", N_("TEXT"), N_("the reason, for the record")},
    {"dry-run", NULL, N_("only say what would be done")},
    {NULL, NULL, NULL},
};
static const struct cli_option extract_options[] = {
    {"contract", N_("ID"), N_("the contract whose records are shown")},
    {"out", N_("DIR"), N_("make this folder, ready to be handed to the client")},
    LEDGER_DIR,
    {NULL, NULL, NULL},
};
static const struct cli_option proof_options[] = {
    {"out", N_("FILE"), N_("write the proof there instead of printing it")},
    LEDGER_DIR,
    {NULL, NULL, NULL},
};
static const struct cli_option enrolment_options[] = {
    {"qr", NULL, N_("draw it as a QR code too")},
    {"svg", N_("FILE"), N_("write the QR code there as an SVG picture")},
    LEDGER_DIR,
    {NULL, NULL, NULL},
};
static const struct cli_option start_options[] = {
    {"contract", N_("ID"), N_("the contract that begins")},
    {"out", N_("FILE"), N_("write the page there")},
    LEDGER_DIR,
    {NULL, NULL, NULL},
};
static const struct cli_option dir_options[] = {
    LEDGER_DIR,
    {NULL, NULL, NULL},
};

const struct cli_command cmd_ledger_commands[] = {
    {"ledger verify", N_("[DIR] [FILE…]"),
     N_("Check every record and checkpoint from the enrolment line, and heads that were kept"),
     verify_options, 0, -1, ledger_run_verify},
    {"ledger search", "", N_("Find records by person, area, kind, contract, case, file, time or text"),
     search_options, 0, 0, ledger_run_search},
    {"ledger show", N_("SEQ"), N_("Show one record whole"), dir_options, 1, 1, ledger_run_show},
    {"ledger follow", "", N_("Print records as they are written"), follow_options, 0, 0,
     ledger_run_follow},
    {"ledger export", "", N_("Copy the ledger for an auditor, or print records as a table"),
     export_options, 0, 0, ledger_run_export},
    {"ledger archives", "", N_("List the ledger's closed segments and what keeps them"), NULL, 0, 0,
     ledger_run_archives},
    {"ledger archive", "", N_("Compress the ledger's closed segments"), archive_options, 0, 0,
     ledger_run_archive},
    {"ledger prune", "", N_("Remove records whose period is over; their hashes stay"), prune_options,
     0, 0, ledger_run_prune},
    {"ledger extract", "",
     N_("One contract's records alone, each provable, with a verifier, for its client"),
     extract_options, 0, 0, ledger_run_extract},
    {"ledger prove", N_("SEQ"), N_("Prove that a record is in the ledger (c2sp.org/tlog-proof)"),
     proof_options, 1, 1, ledger_run_prove},
    {"ledger attest", N_("NUMBER"),
     N_("Put an auditor's number on record, seal it, and prove it while they wait"), proof_options, 1,
     1, ledger_run_attest},
    {"ledger consistency", N_("OLD [NEW]"),
     N_("Prove that the ledger only grew since a checkpoint that was kept"), proof_options, 1, 2,
     ledger_run_consistency},
    {"ledger enrolment", "", N_("Show the line by which a client checks this ledger, also as QR code"),
     enrolment_options, 0, 0, ledger_run_enrolment},
    {"ledger start-report", "",
     N_("The page for the client at the start of a contract, with the enrolment line (HTML, A4)"),
     start_options, 0, 0, ledger_run_start_report},
    {"ledger head", "", N_("Show the ledger's size, root and last checkpoint"), dir_options, 0, 0,
     ledger_run_head},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

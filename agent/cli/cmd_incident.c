/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_incident.c owns the commands about incidents and losses. It must never ask for more than is needed to
 * begin: what is not known yet is added later. */
#include <inttypes.h>
#include <sekisho/incident.h>
#include <sekisho/ops.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/incident.h"
#include "cli/screen.h"
#include "record/record.h"

/* Options that go into the question under their own names. */
static const char *const plain[] = {"type",  "area",     "contract",  "case", "where", "cause",
                                    "effect", "response", "concerned", "what", "to",    "by", "why", "correction", "prevention"};
static const char *const times[] = {"known-at", "occurred-at", "at"};

/* Is it an option of this command? */
static bool has_option(const struct cli_args *args, const char *name)
{
    for (const struct cli_option *o = args->options; o && o->name; o++)
        if (str_eq(o->name, name))
            return true;
    return false;
}

static int put_options(const struct cli_args *args, json_t *request)
{
    for (size_t i = 0; i < array_count(plain); i++) {
        const char *value = has_option(args, plain[i]) ? cli_value(args, plain[i]) : NULL;
        if (value && json_object_set_new(request, plain[i], json_string(value)) != 0)
            return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    }
    for (size_t i = 0; i < array_count(times); i++) {
        const char *value = has_option(args, times[i]) ? cli_value(args, times[i]) : NULL;
        char at[CLOCK_TIME_CAP];
        if (!value)
            continue;
        if (!incident_time(value, clock_wall_s(), at))
            return cli_error(CLI_USAGE, _("--%s: %s is no time; write 14:30, \"2026-11-27 14:30\" or "
                                          "2026-11-27T14:30:00+09:00"), times[i], value);
        json_object_set_new(request, times[i], json_string(at));
    }
    return CLI_OK;
}

static int ask_view(struct cli *cli, const char *op, json_t *request, json_t **ret)
{
    return request ? cli_ask(cli, op, request, NULL, 0, ret)
                   : cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
}

/* What is to be done next, behind every command that changed something. */
static void hint_next(const struct cli *cli, const json_t *view)
{
    autobuf struct buf next = {0};
    const char *id = record_text(view, "incident");
    incident_next(&next, view);
    if (next.len)
        ask_hint(cli, _("next: %s"), next.data);
    ask_hint(cli, _("note each report: sekisho incident report %s --which first --to WHOM"), id);
    ask_hint(cli, _("a draft of what to say: sekisho incident draft %s --which first"), id);
}

static int run_open(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_object();
    autojson json_t *answer = NULL;
    autobuf struct buf what = {0};
    for (int i = 0; i < args->count; i++)
        buf_printf(&what, "%s%s", i ? " " : "", args->words[i]);
    if (what.len == 0)
        return cli_error(CLI_INCOMPLETE, _("what happened? sekisho incident open TEXT"));
    int code = put_options(args, request);
    if (code == CLI_OK && json_object_set_new(request, "what", json_string(what.data)) != 0)
        code = cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    if (code == CLI_OK)
        code = ask_view(cli, SK_OP_INCIDENT_OPEN, request, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    const json_t *view = record_member(answer, "incident");
    printf(_("Incident %s is open.\n"), record_text(view, "incident"));
    incident_print_phone(view);
    hint_next(cli, view);
    return CLI_OK;
}

static int run_add(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:s}", "incident", args->words[0]);
    autojson json_t *answer = NULL;
    const char *final_by = cli_value(args, "final-by");
    int code = request ? put_options(args, request) : CLI_OK;
    if (code == CLI_OK && request && final_by)
        json_object_set_new(request, "final-by", json_string(final_by));
    if (code == CLI_OK)
        code = ask_view(cli, SK_OP_INCIDENT_ADD, request, &answer);
    if (code != CLI_OK || cli->json)
        return code == CLI_OK ? cli_json(answer) : code;
    printf(_("Added to %s.\n"), args->words[0]);
    return CLI_OK;
}

static int report_one(struct cli *cli, const struct cli_args *args, const char *which, size_t len, json_t **ret)
{
    autojson json_t *request = json_pack("{s:s, s:s%, s:b}", "incident", args->words[0], "which", which, len, "oral",
                                         cli_flag(args, "written") ? 0 : 1);
    int code = request ? put_options(args, request) : CLI_OK;
    return code == CLI_OK ? ask_view(cli, SK_OP_INCIDENT_REPORT, request, ret) : code;
}

/* A report that came too late is made, but whoever made it must hear that it was late. */
static void tell_late(const json_t *view, const char *which, size_t len)
{
    size_t i;
    const json_t *one;
    json_array_foreach(record_member(view, "due"), i, one) {
        autobuf struct buf due = {0};
        const char *name = record_text(one, "which");
        if (strlen(name) != len || strncmp(name, which, len) != 0 || !str_eq(record_text(one, "state"), "made-late"))
            continue;
        screen_time(&due, record_text(one, "due"), false);
        printf(_("It came late: %s was due by %s. Say why in the next report.\n"), incident_report_here(name),
               due.data ? due.data : "");
    }
}

static int run_report(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *answer = NULL;
    const char *rest = cli_value(args, "which"), *word, *to = cli_value(args, "to");
    size_t len;
    int code = CLI_OK;
    if (!rest || !rest[0])
        return cli_error(CLI_INCOMPLETE, _("which report? Add --which first (or effect, details, facts, written, plan, "
                                           "result, final)"));
    if (!to || !to[0])
        return cli_error(CLI_INCOMPLETE, _("to whom was it said? Add --to WHOM"));
    while (code == CLI_OK && str_next_word(&rest, &word, &len)) {
        json_decref(answer);
        answer = NULL;
        code = report_one(cli, args, word, len, &answer);
    }
    if (code != CLI_OK || cli->json)
        return code == CLI_OK ? cli_json(answer) : code;
    autobuf struct buf next = {0};
    printf(_("Recorded for %s.\n"), args->words[0]);
    for (rest = cli_value(args, "which"); str_next_word(&rest, &word, &len);)
        tell_late(record_member(answer, "incident"), word, len);
    incident_next(&next, record_member(answer, "incident"));
    if (next.len)
        ask_hint(cli, _("next: %s"), next.data);
    return CLI_OK;
}

static int run_close(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:s}", "incident", args->words[0]);
    autojson json_t *answer = NULL;
    int code = request ? put_options(args, request) : CLI_OK;
    if (code == CLI_OK)
        code = ask_view(cli, SK_OP_INCIDENT_CLOSE, request, &answer);
    if (code != CLI_OK || cli->json)
        return code == CLI_OK ? cli_json(answer) : code;
    printf(_("%s is closed.\n"), args->words[0]);
    return CLI_OK;
}

static void add_row(struct screen_table *t, const json_t *view)
{
    autobuf struct buf at = {0}, next = {0};
    screen_time(&at, record_text(view, "opened-at"), false);
    if (at.len > 16)
        at.data[16] = '\0'; /* minutes are enough in a list */
    incident_next(&next, view);
    const char *cells[] = {record_text(view, "incident"),
                           str_eq(record_text(view, "state"), "open") ? _("not closed") : _("closed"),
                           incident_type_here(record_text(view, "type")),
                           at.data ? at.data : "",
                           record_text(view, "contract.id"),
                           record_text(view, "what"),
                           next.data ? next.data : ""};
    screen_table_add(t, cells);
}

static int run_list(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:b}", "open", cli_flag(args, "open"));
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_INCIDENT_LIST, request, NULL, 0, &answer);
    if (code != CLI_OK || cli->json)
        return code == CLI_OK ? cli_json(answer) : code;
    const json_t *rows = record_member(answer, "incidents");
    if (json_array_size(rows) == 0) {
        puts(_("No incidents."));
        return CLI_OK;
    }
    const char *headings[] = {_("Incident"), _("State"),         _("Type"), _("Opened"),
                              _("Contract"), _("What happened"), _("Next")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row)
        add_row(t, row);
    if (record_number(answer, "more") > 0)
        ask_hint(cli, "%s", _("older ones: sekisho ledger search --kind incident"));
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static int run_show(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:s}", "incident", args->words[0]);
    autojson json_t *answer = NULL;
    int code = ask_view(cli, SK_OP_INCIDENT_SHOW, request, &answer);
    if (code != CLI_OK || cli->json)
        return code == CLI_OK ? cli_json(answer) : code;
    const json_t *view = record_member(answer, "incident");
    incident_print(view);
    if (str_eq(record_text(view, "state"), "open"))
        incident_print_phone(view);
    return CLI_OK;
}

static int run_draft(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:s}", "incident", args->words[0]);
    autojson json_t *answer = NULL;
    const char *which = cli_value(args, "which");
    int code = ask_view(cli, SK_OP_INCIDENT_DRAFT, request, &answer);
    if (code != CLI_OK || cli->json)
        return code == CLI_OK ? cli_json(answer) : code;
    int missing = incident_draft(answer, which ? which : "first", str_eq(cli->lang, "ja"));
    if (missing < 0)
        return cli_error(CLI_USAGE, _("there is no report %s: first, effect, details, facts, written, plan, result, "
                                      "final"), which);
    if (missing > 0)
        ask_hint(cli, _("fill what is missing: sekisho incident add %s --cause TEXT …"), args->words[0]);
    return missing > 0 ? CLI_INCOMPLETE : CLI_OK;
}

static int run_lost(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:s, s:b}", "id", args->words[0], "stolen", cli_flag(args, "stolen"));
    autojson json_t *answer = NULL;
    int code = request ? put_options(args, request) : CLI_OK;
    if (code == CLI_OK)
        code = ask_view(cli, SK_OP_LOST, request, &answer);
    if (code != CLI_OK || cli->json)
        return code == CLI_OK ? cli_json(answer) : code;
    const json_t *view = record_member(answer, "incident"), *cases = record_member(answer, "cases");
    bool is_item = str_eq(record_text(answer, "lost"), "item");
    printf(record_flag(answer, "already") ? _("It was reported before: incident %s is open.\n")
                                          : is_item ? _("Recorded: %2$s is lost. Incident %1$s is open.\n")
                     : _("Recorded: %2$s is lost. Incident %1$s is open, its permits are void.\n"),
           record_text(view, "incident"), args->words[0]);
    incident_print_phone(view);
    autobuf struct buf next = {0};
    incident_next(&next, view);
    if (next.len)
        screen_line(_("Next"), next.data);
    putchar('\n');
    if (json_array_size(cases) == 0 && !is_item)
        puts(_("By the ledger nothing was on it."));
    incident_print_cases(cases);
    hint_next(cli, view);
    return CLI_OK;
}

#define FACTS                                                                                      \
    {"occurred-at", N_("TIME"), N_("when it happened")}, {"where", N_("TEXT"), N_("where")},       \
        {"cause", N_("TEXT"), N_("why it happened")},                                              \
        {"effect", N_("TEXT"), N_("its effect on the client's work")},                             \
        {"response", N_("TEXT"), N_("what was done about it")},                                    \
        {"correction", N_("TEXT"), N_("plan of correction")},                                      \
        {"prevention", N_("TEXT"), N_("measures against recurrence")},                             \
        {"concerned", N_("PERSONS"), N_("who is concerned: ids, logins or names, with commas")}

static const struct cli_option open_options[] = {
    {"type", N_("TYPE"), N_("suspicion (default), leak, other-purpose, access, malware, tampering, deletion, loss, "
                            "theft, destruction, misuse, denial-of-service, unintended-change, breach")},
    {"known-at", N_("TIME"), N_("when it became known (default: now); the clocks count from there")},
    {"area", N_("AREA"), N_("the area that it concerns")},
    {"contract", N_("CONTRACT"), N_("the contract that it concerns")},
    {"case", N_("CASE"), N_("the copy or take-out that it concerns")},
    FACTS,
    {NULL, NULL, NULL},
};
static const struct cli_option add_options[] = {
    {"what", N_("TEXT"), N_("what else is known")},
    FACTS,
    {"final-by", N_("DATE"), N_("the client's day for the final report")},
    {NULL, NULL, NULL},
};
static const struct cli_option report_options[] = {
    {"which", N_("REPORT"), N_("first, effect, details, facts, written, plan, result or final; several with commas")},
    {"to", N_("TEXT"), N_("to whom")},
    {"by", N_("TEXT"), N_("by whom (default: you)")},
    {"at", N_("TIME"), N_("when (default: now)")},
    {"written", NULL, N_("it was made in writing, not by word of mouth")},
    {NULL, NULL, NULL},
};
static const struct cli_option close_options[] = {
    {"why", N_("TEXT"), N_("why it may be closed, where reports that were due were not made")},
    {NULL, NULL, NULL},
};
static const struct cli_option list_options[] = {
    {"open", NULL, N_("only those that are open")},
    {NULL, NULL, NULL},
};
static const struct cli_option draft_options[] = {
    {"which", N_("REPORT"), N_("first (default), effect, details, facts, written, plan, result or final")},
    {NULL, NULL, NULL},
};
static const struct cli_option lost_options[] = {
    {"known-at", N_("TIME"), N_("when it became known (default: now); the clocks count from there")},
    {"occurred-at", N_("TIME"), N_("when it happened")},
    {"where", N_("TEXT"), N_("where")},
    {"what", N_("TEXT"), N_("what happened")},
    {"stolen", NULL, N_("it was stolen")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_incident_commands[] = {
    {"lost", N_("MEDIUM|CASE|ID"), N_("Report a medium, a copy or paper as lost: revokes, and shows whom to phone"), lost_options,
     1, 1, run_lost},
    {"incident open", N_("TEXT"), N_("Open an incident, also for a suspicion"), open_options, 0, -1, run_open},
    {"incident add", N_("INCIDENT"), N_("Add what became known"), add_options, 1, 1, run_add},
    {"incident report", N_("INCIDENT --which REPORT --to WHOM"), N_("Note that a report was made to the client"),
     report_options, 1, 1, run_report},
    {"incident draft", N_("INCIDENT"), N_("Show a draft of a report, filled from the ledger"), draft_options, 1, 1,
     run_draft},
    {"incident close", N_("INCIDENT"), N_("Close an incident, as the manager"), close_options, 1, 1, run_close},
    {"incident list", "", N_("Show the incidents that you may see, and what is due"), list_options, 0, 0, run_list},
    {"incident show", N_("INCIDENT"), N_("Show all of an incident"), NULL, 1, 1, run_show},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

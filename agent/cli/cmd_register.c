/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_register.c owns the commands about the register. It must never count by itself: control does. */
#include <inttypes.h>
#include <sekisho/ops.h>
#include <string.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/register_form.h"
#include "cli/screen.h"
#include "cli/things.h"
#include "record/record.h"

static int run_add(struct cli *cli, const struct cli_args *args)
{
    const char *form = cli_value(args, "form");
    return form ? things_enter(cli, args, form)
                : cli_error(CLI_USAGE, _("what is it? Add --form paper, medium or electronic"));
}

/* All pages in one: {"rows","totals"}. */
static int fetch(struct cli *cli, const struct cli_args *args, json_t **ret)
{
    const char *contract = cli_value(args, "contract"), *area = cli_value(args, "area");
    autojson json_t *rows = json_array();
    json_t *totals = NULL;
    int64_t after = 0;
    while (rows && after >= 0) {
        autojson json_t *answer = NULL;
        autojson json_t *request = json_pack(
            "{s:s, s:s, s:b, s:b, s:b, s:I}", "contract", contract ? contract : "", "area",
            area ? area : "", "open", cli_flag(args, "open"), "unchecked",
            cli_flag(args, "unchecked"), "specific-personal", cli_flag(args, "personal"), "after",
            (json_int_t)after);
        if (!request)
            return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
        int code = cli_ask(cli, SK_OP_REGISTER_LIST, request, NULL, 0, &answer);
        if (code != CLI_OK) {
            json_decref(totals);
            return code;
        }
        json_array_extend(rows, json_object_get(answer, "rows"));
        if (!totals)
            totals = json_incref(json_object_get(answer, "totals"));
        after = record_number(answer, "next");
    }
    *ret = totals ? json_pack("{s:O, s:o}", "rows", rows, "totals", totals) : NULL;
    return *ret ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static void print_totals(const json_t *totals)
{
    int64_t all = record_number(totals, "all"), open = record_number(totals, "open");
    int64_t unchecked = record_number(totals, "unchecked");
    int64_t handovers = record_number(totals, "handovers");
    printf(ngettext("%" PRId64 " entry: %" PRId64 " open, %" PRId64 " to be checked, %" PRId64
                    " being handed over, %" PRId64 " with specific personal information.\n",
                    "%" PRId64 " entries: %" PRId64 " open, %" PRId64 " to be checked, %" PRId64
                    " being handed over, %" PRId64 " with specific personal information.\n", (unsigned long)all),
           all, open, unchecked, handovers, record_number(totals, "specific-personal"));
    if (open == 0 && unchecked == 0 && handovers == 0)
        puts(_("Everything is accounted for."));
}

static int run_list(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *answer = NULL;
    if (cli->json && cli_flag(args, "csv"))
        return cli_error(CLI_USAGE, _("give --json or --csv"));
    int code = fetch(cli, args, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    const json_t *rows = record_member(answer, "rows");
    if (cli_flag(args, "csv")) {
        register_csv(rows);
        return CLI_OK;
    }
    if (register_table(rows, false) != 0 || register_table(rows, true) != 0)
        return cli_error(CLI_FAILED, _("out of memory"));
    print_totals(record_member(answer, "totals"));
    return CLI_OK;
}

static int run_show(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:s}", "case", args->words[0]);
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_REGISTER_SHOW, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    register_form(record_member(answer, "row"), record_member(answer, "events"),
                  str_eq(cli->lang, "ja"));
    return CLI_OK;
}

static void print_check(struct cli *cli, const char *id, const json_t *answer)
{
    if (record_flag(answer, "entry"))
        printf(_("Recorded: you have checked that %s is entered rightly.\n"), id);
    if (record_flag(answer, "end"))
        printf(_("Recorded: you have checked how %s ended.\n"), id);
    if (record_flag(answer, "lacks-entry") || record_flag(answer, "lacks-end"))
        ask_hint(cli, _("%s holds specific personal information: a second manager checks it too"), id);
}

static int run_check(struct cli *cli, const struct cli_args *args)
{
    int code = CLI_OK;
    for (int i = 0; i < args->count && code == CLI_OK; i++) {
        autojson json_t *request = json_pack("{s:s}", "case", args->words[i]);
        autojson json_t *answer = NULL;
        code = cli_ask(cli, SK_OP_REGISTER_CHECK, request, NULL, 0, &answer);
        if (code == CLI_OK && cli->json)
            cli_json(answer);
        else if (code == CLI_OK)
            print_check(cli, args->words[i], answer);
    }
    return code;
}

static int run_move(struct cli *cli, const struct cli_args *args)
{
    const char *place = cli_value(args, "place"), *handler = cli_value(args, "handler");
    const char *where = cli_value(args, "kept-where"), *how = cli_value(args, "kept-how");
    if ((where == NULL) != (how == NULL))
        return cli_error(CLI_INCOMPLETE, _("--kept-where and --kept-how go together"));
    if (!place && !handler && !where)
        return cli_error(CLI_INCOMPLETE,
                         _("what is new? Add --kept-where and --kept-how, --place or --handler"));
    autojson json_t *request = json_pack("{s:s, s:s, s:s}", "case", args->words[0], "place",
                                         place ? place : "", "handler", handler ? handler : "");
    autojson json_t *answer = NULL;
    if (!request || (where && json_object_set_new(request, "kept",
                                                  json_pack("{s:s, s:s}", "where", where, "how",
                                                            how)) != 0))
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    int code = cli_ask(cli, SK_OP_REGISTER_MOVE, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf(_("Recorded: where %s is now.\n"), args->words[0]);
    return CLI_OK;
}

static const struct cli_option add_options[] = {
    {"form", N_("paper|medium|electronic"), N_("what it is")},
    {"contract", N_("CONTRACT"), N_("whose data it is")},
    {"area", N_("AREA"), N_("the area whose data it is, where the contract has several")},
    {"from", N_("WHOM"), N_("from whom it came, or who made it")},
    {"how", N_("HOW"), N_("how it came: by hand, by post, printed, a picture of the screen, …")},
    {"purpose", N_("TEXT"), N_("what it is for")},
    {"place", N_("TEXT"), N_("where it is used")},
    {"kept-where", N_("TEXT"), N_("where it is kept")},
    {"kept-how", N_("TEXT"), N_("how it is kept")},
    {"return-how", N_("TEXT"), N_("how it will be returned or destroyed")},
    {"count", N_("NUMBER"), N_("how many sheets or pieces, 1 unless given")},
    {"of", N_("ID"), N_("what it is a copy or print of")},
    {"handler", N_("PERSON"), N_("who has it, unless you do")},
    {"owner", N_("client|contractor"), N_("whose medium it is; a person's own is not taken")},
    {"personal", NULL, N_("it holds specific personal information")},
    {"top-secret", NULL, N_("the client has marked it top secret")},
    {NULL, NULL, NULL},
};

static const struct cli_option list_options[] = {
    {"open", NULL, N_("only what is not given to the client, returned or destroyed")},
    {"unchecked", NULL, N_("only what a manager has still to check")},
    {"personal", NULL, N_("only specific personal information")},
    {"contract", N_("CONTRACT"), N_("only of this contract")},
    {"area", N_("AREA"), N_("only of this area")},
    {"csv", NULL, N_("as a table for spreadsheets, with every field")},
    {NULL, NULL, NULL},
};

static const struct cli_option move_options[] = {
    {"place", N_("TEXT"), N_("where it is used from now on")},
    {"kept-where", N_("TEXT"), N_("where it is kept from now on")},
    {"kept-how", N_("TEXT"), N_("how it is kept from now on")},
    {"handler", N_("PERSON"), N_("who has it from now on")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_register_commands[] = {
    {"register add", N_("NAME… --form FORM --contract CONTRACT, and the register's fields"),
     N_("Enter paper, media, prints and what else the agent can't touch into the register"), add_options, 1,
     -1, run_add},
    {"register list", "", N_("Show what is in the register, and whether all is accounted for"),
     list_options, 0, 0, run_list},
    {"register show", N_("ID"), N_("Show one entry with all fields of the data register"), NULL, 1, 1,
     run_show},
    {"register check", N_("ID…"), N_("Record that you, a manager, have checked an entry or its end"),
     NULL, 1, -1, run_check},
    {"register move", N_("ID"), N_("Record where something is kept or used, and who has it"),
     move_options, 1, 1, run_move},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

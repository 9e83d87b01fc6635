/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_copies.c owns the view of copies that the agent found by itself, inside areas and outside. It must
 * never decide what was permitted: the record says it. */
#include <inttypes.h>
#include <sekisho/ops.h>
#include <string.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "record/record.h"

static const char *first_name(const json_t *view)
{
    return record_text(json_array_get(record_member(view, "content.files"), 0), "name");
}

static int print_list(const json_t *rows)
{
    const char *headings[] = {_("Record"), _("At"), _("Person"), _("Permission"), _("Area"), _("File"),
                              _("Copy of")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row) {
        autobuf struct buf person = {0}, at = {0}, seq = {0};
        screen_person(&person, record_member(row, "person"));
        screen_time(&at, record_text(row, "at"), false);
        buf_printf(&seq, "%" PRId64, record_number(row, "seq"));
        const char *cells[] = {seq.data ? seq.data : "",
                               at.data ? at.data : "",
                               person.data ? person.data : "",
                               record_flag(row, "permission.granted") ? _("yes") : _("NO"),
                               record_text(row, "area"),
                               first_name(row),
                               record_text(row, "of")};
        screen_table_add(t, cells);
    }
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static void print_forms(const json_t *rows, bool japanese)
{
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row) {
        if (i > 0)
            puts("");
        view_print_found(row, japanese);
    }
}

static int confirm(struct cli *cli, const char *area)
{
    autojson json_t *request = json_pack("{s:s}", "area", area);
    autojson json_t *answer = NULL;
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    int code = cli_ask(cli, SK_OP_COPIES_CONFIRM, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf(_("Recorded: you have looked at %" PRId64 " copies without permission.\n"),
           record_number(answer, "confirmed"));
    return CLI_OK;
}

static int run_copies(struct cli *cli, const struct cli_args *args)
{
    const char *area = cli_value(args, "area");
    if (cli_flag(args, "confirm"))
        return confirm(cli, area ? area : "");
    autojson json_t *request = json_pack("{s:s, s:b}", "area", area ? area : "", "unpermitted",
                                         cli_flag(args, "unpermitted"));
    autojson json_t *answer = NULL;
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    int code = cli_ask(cli, SK_OP_COPIES, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    const json_t *rows = record_member(answer, "copies");
    if (json_array_size(rows) == 0) {
        puts(_("No copies."));
        return CLI_OK;
    }
    if (cli_flag(args, "list"))
        code = print_list(rows);
    else
        print_forms(rows, str_eq(cli->lang, "ja"));
    if (record_number(answer, "more") > 0)
        ask_hint(cli, _("older ones: sekisho ledger search --kind copy"));
    return code;
}

static const struct cli_option copies_options[] = {
    {"area", N_("AREA"), N_("only those of this area")},
    {"unpermitted", NULL, N_("only those without permission")},
    {"list", NULL, N_("one line for each instead of the form")},
    {"confirm", NULL, N_("record that you, the manager, have looked at those without permission")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_copies_commands[] = {
    {"copies", "", N_("Show the copies that were made inside areas, or outside"), copies_options, 0, 0,
     run_copies},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_case.c owns the view of cases. It must never join records itself: control does, from verified
 * ones. */
#include <sekisho/ops.h>
#include <string.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "record/record.h"

static int run_case(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:s}", "case", args->words[0]);
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_CASE, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    const json_t *view = record_member(answer, "case");
    if (cli->json)
        return cli_json(view);
    view_print(view, str_eq(cli->lang, "ja"));
    if (record_flag(view, "kept-in"))
        ask_hint(cli, "%s",
                 _("names, sizes, purpose and keeping are shown in the room only, until a "
                   "permit is given"));
    return CLI_OK;
}

static void add_row(struct screen_table *t, const json_t *view)
{
    autobuf struct buf person = {0};
    autobuf struct buf at = {0};
    autobuf struct buf due = {0};
    bool copy = str_eq(record_text(view, "type"), "copy");
    screen_person(&person, record_member(view, "person"));
    screen_time(&at, record_text(view, "at"), false);
    if (at.len > 16)
        at.data[16] = '\0'; /* minutes are enough in a list */
    buf_puts(&due, record_text(view, "return-by"));
    if (record_flag(view, "overdue")) {
        buf_puts(&due, due.len ? " " : "");
        buf_puts(&due, _("OVERDUE"));
    }
    const char *cells[] = {
        record_text(view, "case"),
        copy ? _("copy") : _("take-out"),
        view_state_here(record_text(view, "state")),
        at.data ? at.data : "",
        person.data ? person.data : "",
        view_id(view, "destination"),
        due.data ? due.data : "",
        record_text(view, "purpose"),
    };
    screen_table_add(t, cells);
}

/* Without standing permits, which sekisho permits lists. */
static json_t *cases_of(const json_t *views)
{
    autojson json_t *list = json_array();
    size_t i;
    json_t *view;
    json_array_foreach(views, i, view)
    {
        bool is_case = !str_eq(record_text(view, "type"), "standing");
        if (is_case && json_array_append(list, view) != 0)
            return NULL;
    }
    return steal_ptr(&list);
}

static int run_cases(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:b, s:b}", "open", cli_flag(args, "open"), "overdue",
                                         cli_flag(args, "overdue"));
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_CASES, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    json_t *rows = cases_of(record_member(answer, "cases"));
    if (!rows || json_object_set_new(answer, "cases", rows) != 0)
        return cli_error(CLI_FAILED, _("out of memory"));
    if (cli->json)
        return cli_json(answer);
    if (json_array_size(rows) == 0) {
        puts(_("No cases."));
        return CLI_OK;
    }
    const char *headings[] = {_("Case"),   _("Kind"),        _("State"),     _("At"),
                              _("Person"), _("Destination"), _("Return by"), _("Purpose")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row) add_row(t, row);
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static const struct cli_option cases_options[] = {
    {"open", NULL, N_("only those that are neither returned nor disposed of")},
    {"overdue", NULL, N_("only those whose return is due")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_case_commands[] = {
    {"case", N_("CASE"), N_("Show the whole record of a copy or take-out"), NULL, 1, 1, run_case},
    {"cases", "", N_("Show the copies and take-outs that you may see"), cases_options, 0, 0,
     run_cases},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

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

/* Only what was looked at counts: up to a record that the list showed, whatever was found since. */
static int confirm(struct cli *cli, const char *area, const char *record)
{
    uint64_t through;
    if (str_to_u64(record, INT64_MAX, &through) != 0)
        return cli_error(CLI_USAGE, _("not the number of a record: %s"), record);
    autojson json_t *request = json_pack("{s:s, s:I}", "area", area, "through", (json_int_t)through);
    autojson json_t *answer = NULL;
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    int code = cli_ask(cli, SK_OP_COPIES_CONFIRM, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    long long confirmed = record_number(answer, "confirmed"), others = record_number(answer, "others");
    printf(ngettext("Recorded: you have looked at %lld copy without permission.\n",
                    "Recorded: you have looked at %lld copies without permission.\n", (unsigned long)confirmed),
           confirmed);
    if (others > 0)
        ask_hint(cli, ngettext("%lld more waits for another manager: it is your own, or specific personal information "
                               "that two look at",
                               "%lld more wait for another manager: they are your own, or specific personal "
                               "information that two look at", (unsigned long)others), others);
    return CLI_OK;
}

static int run_copies(struct cli *cli, const struct cli_args *args)
{
    const char *area = cli_value(args, "area"), *record = cli_value(args, "confirm");
    if (record)
        return confirm(cli, area ? area : "", record);
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
    if (cli_flag(args, "unpermitted"))
        ask_hint(cli, _("a manager who has looked at them all: sekisho copies --confirm %" PRId64),
                 record_number(json_array_get(rows, json_array_size(rows) - 1), "seq"));
    return code;
}

static const struct cli_option copies_options[] = {
    {"area", N_("AREA"), N_("only those of this area")},
    {"unpermitted", NULL, N_("only those without permission")},
    {"list", NULL, N_("one line for each instead of the form")},
    {"confirm", N_("RECORD"), N_("record that you, the manager, have looked at those without permission up to this "
                                "one")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_copies_commands[] = {
    {"copies", "", N_("Show the copies that were made inside areas, or outside"), copies_options, 0, 0,
     run_copies},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_standing.c owns the asking for standing permits and their list. It must never take one for a
 * permit of a file. */
#include <sekisho/ops.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/asked.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "record/record.h"

static const char *given(const struct cli_args *args, const char *name)
{
    const char *value = cli_value(args, name);
    return value ? value : "";
}

static void print_asked(struct cli *cli, const json_t *request, const json_t *answer)
{
    const char *id = record_text(answer, "case");
    autobuf struct buf period = {0}, uses = {0};
    buf_printf(&period, "%s – %s", record_text(request, "from"), record_text(request, "until"));
    buf_printf(&uses, "%lld", (long long)record_number(request, "uses"));
    screen_line(_("Standing permit"), id);
    screen_line(_("State"), _("requested"));
    screen_line(_("Destination"), record_text(request, "destination"));
    screen_line(_("Period"), period.data ? period.data : "");
    screen_line(_("Exports at most"), uses.data ? uses.data : "");
    asked_print(answer);
    screen_line(_("SHA-256"), record_text(answer, "digest"));
    ask_hint(cli, _("an approver runs: sekisho approve %s"), id);
    ask_hint(cli, "%s", _("then requests of yours that say the same are permitted at once"));
}

static int check(const struct cli_args *args, uint64_t *ret_uses)
{
    static const char *const days[] = {"from", "until"};
    int64_t day;
    if (!cli_value(args, "to"))
        return cli_error(CLI_USAGE, _("to which destination? Add --to DESTINATION"));
    if (!cli_value(args, "purpose"))
        return cli_error(CLI_INCOMPLETE, _("for what purpose? Add --purpose TEXT"));
    if (!cli_value(args, "until"))
        return cli_error(CLI_INCOMPLETE, _("until when? Add --until DATE, its last day"));
    if (str_to_u64(given(args, "uses"), INT32_MAX, ret_uses) != 0 || *ret_uses == 0)
        return cli_error(CLI_INCOMPLETE, _("for how many exports at most? Add --uses NUMBER"));
    for (size_t i = 0; i < array_count(days); i++)
        if (*given(args, days[i]) && clock_parse_date(given(args, days[i]), &day) != 0)
            return cli_error(CLI_USAGE, _("--%s %s is no date; write it as 2026-12-01"), days[i],
                             given(args, days[i]));
    return CLI_OK;
}

static int run_standing(struct cli *cli, const struct cli_args *args)
{
    uint64_t uses;
    char today[CLOCK_TIME_CAP];
    int code = check(args, &uses);
    if (code != CLI_OK)
        return code;
    clock_format_date(today, clock_wall_s());
    autojson json_t *request =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "type",
                  cli_flag(args, "copy") ? "copy" : "takeout", "area", args->words[0],
                  "destination", given(args, "to"), "purpose", given(args, "purpose"), "from",
                  *given(args, "from") ? given(args, "from") : today, "until", given(args, "until"),
                  "uses", (json_int_t)uses, "consent", given(args, "consent"));
    autojson json_t *answer = NULL;
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    code = cli_ask(cli, SK_OP_REQUEST_STANDING, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (!cli->json)
        print_asked(cli, request, answer);
    code = asked_take_along(cli, args, answer);
    if (cli->json)
        cli_json(answer);
    return code;
}

/* ---- the list ---- */

/* Those that are in force or may come to be, in the order in which they were asked for; with all,
 * the others too. */
static json_t *standing_of(const json_t *cases, bool all)
{
    json_t *list = json_array();
    size_t i;
    json_t *view;
    json_array_foreach(cases, i, view)
    {
        const char *state = record_text(view, "state");
        if (str_eq(record_text(view, "type"), "standing") &&
            (all || str_eq(state, "requested") || str_eq(state, "permitted")))
            json_array_append(list, view);
    }
    return list;
}

static void add_row(struct screen_table *t, const json_t *view)
{
    autobuf struct buf person = {0}, left = {0};
    int64_t uses = record_number(view, "standing.uses");
    screen_person(&person, record_member(view, "person"));
    buf_printf(&left, _("%lld of %lld"), (long long)(uses - record_number(view, "standing.used")),
               (long long)uses);
    const char *cells[] = {
        record_text(view, "case"),      view_state_here(record_text(view, "state")),
        person.data ? person.data : "", record_text(view, "content.area"),
        view_id(view, "destination"),   record_text(view, "standing.until"),
        left.data ? left.data : "",     record_text(view, "purpose"),
    };
    screen_table_add(t, cells);
}

static int run_permits(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:b, s:b}", "open", false, "overdue", false);
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_CASES, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    autojson json_t *rows = standing_of(record_member(answer, "cases"), cli_flag(args, "all"));
    if (cli->json) {
        autojson json_t *shown = json_pack("{s:O}", "permits", rows);
        return cli_json(shown);
    }
    if (json_array_size(rows) == 0) {
        puts(_("No standing permits."));
        return CLI_OK;
    }
    const char *headings[] = {_("Permit"),      _("State"),    _("Person"),    _("Area"),
                              _("Destination"), _("Last day"), _("Uses left"), _("Purpose")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row) add_row(t, row);
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static const struct cli_option standing_options[] = {
    {"to", N_("DESTINATION"), N_("a destination of the policy")},
    {"purpose", N_("TEXT"), N_("what it is for")},
    {"until", N_("DATE"), N_("its last day, as 2026-12-01")},
    {"uses", N_("NUMBER"), N_("how many exports it permits at most")},
    {"from", N_("DATE"), N_("its first day, today unless given")},
    {"consent", N_("CONSENT"),
     N_("the client's consent that covers this, looked for unless given")},
    {"copy", NULL, N_("plain copies to a directory instead of sealed take-outs")},
    {"out", N_("FILE"),
     N_("write the permit's text to this new file (- = the screen), for an approver at another "
        "PC")},
    {"qr", NULL, N_("show that text on the screen as a QR code")},
    {NULL, NULL, NULL},
};

static const struct cli_option permits_options[] = {
    {"all", NULL, N_("those too that have ended")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_standing_commands[] = {
    {"standing", N_("AREA --to DESTINATION --purpose TEXT --until DATE --uses NUMBER"),
     N_("Ask for a standing permit: so many exports of yours, each with a number of its own"),
     standing_options, 1, 1, run_standing},
    {"permits", "",
     N_("Show the standing permits that you may see, and how often they may still be used"),
     permits_options, 0, 0, run_permits},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

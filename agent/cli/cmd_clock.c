/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_clock.c owns the command by which a manager says that the clock was once set ahead. It must never set a
 * clock. */
#include <sekisho/ops.h>
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "record/record.h"

static int run_correct(struct cli *cli, const struct cli_args *args)
{
    const char *why = cli_value(args, "why");
    if (!why || !why[0])
        return cli_error(CLI_INCOMPLETE, _("why? Add --why TEXT"));
    autojson json_t *request = json_pack("{s:s}", "why", why);
    autojson json_t *answer = NULL;
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    int code = cli_ask(cli, SK_OP_CLOCK_CORRECT, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    autobuf struct buf was = {0}, now = {0};
    screen_time(&was, record_text(answer, "was"), false);
    screen_time(&now, record_text(answer, "now"), false);
    printf(_("Recorded: the clock was set ahead. Periods and contracts went by %s and go by %s now.\n"),
           was.data ? was.data : "", now.data ? now.data : "");
    return CLI_OK;
}

static const struct cli_option correct_options[] = {
    {"why", N_("TEXT"), N_("the reason, for the record")}, {NULL, NULL, NULL}};

const struct cli_command cmd_clock_commands[] = {
    {"clock correct", N_("--why TEXT"),
     N_("Record that the clock was once set ahead by mistake; periods go by the present time again"),
     correct_options, 0, 0, run_correct},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

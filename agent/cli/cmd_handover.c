/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_handover.c owns the commands of hand-overs (REC-3): asked for, given, confirmed; an approver permits them
 * as cases (cmd_approve.c). It must never confirm for somebody else: control knows who asks. */
#include <sekisho/limits.h>
#include <sekisho/ops.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/files.h"
#include "cli/register_form.h"
#include "cli/screen.h"
#include "cli/things.h"
#include "client/view.h"
#include "record/record.h"


static void print_asked(struct cli *cli, const json_t *answer, const char *of)
{
    const char *id = record_text(answer, "handover");
    bool given = str_eq(record_text(answer, "state"), "given");
    autobuf struct buf who = {0};
    size_t i;
    const json_t *person;
    json_array_foreach(record_member(answer, "approvers"), i, person) {
        buf_puts(&who, i ? ", " : "");
        screen_person(&who, person);
    }
    screen_line(_("Hand-over"), id);
    screen_line(_("Of"), of);
    screen_line(_("State"), view_word_here(record_text(answer, "state")));
    if (!given)
        screen_line(_("Approvers"), who.data ? who.data : "");
    if (given)
        ask_hint(cli, _("once the receiver has confirmed: sekisho handover confirm %s"), id);
    else
        ask_hint(cli, _("an approver runs: sekisho approve %s; then, in the receiver's presence, you run: sekisho "
                        "handover give %s"), id, id);
}

static int run_handover(struct cli *cli, const struct cli_args *args)
{
    static const char *const same[] = {"purpose", "kept", "return-by", "consent"};
    const char *destination = cli_value(args, "destination"), *day = cli_value(args, "return-by");
    autojson json_t *to = NULL;
    autojson json_t *answer = NULL;
    int64_t unused;
    int code = things_to(args, &to);
    if (code == CLI_OK && !cli_value(args, "kept"))
        return cli_error(CLI_INCOMPLETE, _("where and how will it be kept? Add --kept TEXT"));
    if (code == CLI_OK && day && clock_parse_date(day, &unused) != 0)
        return cli_error(CLI_USAGE, _("--return-by %s is no date; write it as 2026-12-01"), day);
    if (code != CLI_OK)
        return code;
    autojson json_t *request = json_pack("{s:s, s:O, s:b, s:s}", "case", args->words[0], "to", to,
                                         "to-client", cli_flag(args, "to-client"), "destination",
                                         destination ? destination : "");
    bool ok = request != NULL;
    for (size_t i = 0; ok && i < array_count(same); i++) {
        const char *value = cli_value(args, same[i]);
        ok = json_object_set_new(request, same[i], json_string(value ? value : "")) == 0;
    }
    if (!ok)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    code = cli_ask(cli, SK_OP_HANDOVER, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    print_asked(cli, answer, args->words[0]);
    return CLI_OK;
}

static int run_given(struct cli *cli, const struct cli_args *args)
{
    const char *id = args->words[0];
    autojson json_t *request = json_pack("{s:s}", "handover", id);
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_HANDOVER_GIVE, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf(_("Recorded: %s is in the receiver's hands.\n"), id);
    ask_hint(cli, _("once the receiver has confirmed: sekisho handover confirm %s"), id);
    return CLI_OK;
}

static int end(struct cli *cli, json_t *request, const char *id, bool failed)
{
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_HANDOVER_CONFIRM, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf(failed ? _("Recorded: the hand-over %s failed.\n")
                  : _("Recorded: the hand-over %s was received.\n"), id);
    return CLI_OK;
}

static int run_confirm(struct cli *cli, const struct cli_args *args)
{
    const char *receipt = cli_value(args, "receipt");
    autojson json_t *proof = NULL;
    autojson json_t *request = json_pack("{s:s}", "handover", args->words[0]);
    int code = things_proof(args, false, &proof);
    if (code == CLI_OK && receipt)
        code = request ? things_receipt(request, receipt) : CLI_FAILED;
    if (code != CLI_OK)
        return code;
    if (!request || (proof && json_object_set(request, "proof", proof) != 0))
        return cli_error(CLI_FAILED, _("out of memory"));
    return end(cli, request, args->words[0], false);
}

static int run_fail(struct cli *cli, const struct cli_args *args)
{
    const char *why = cli_value(args, "why");
    if (!why || !why[0])
        return cli_error(CLI_INCOMPLETE, _("why? Add --why TEXT"));
    autojson json_t *request = json_pack("{s:s, s:b, s:s}", "handover", args->words[0], "failed", 1,
                                         "why", why);
    return request ? end(cli, request, args->words[0], true)
                   : cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
}

static int run_list(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_object();
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_HANDOVER_LIST, request, NULL, 0, &answer);
    (void)args;
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    const json_t *rows = record_member(answer, "handovers");
    if (json_array_size(rows) == 0) {
        puts(_("No hand-overs."));
        return CLI_OK;
    }
    const char *headings[] = {_("Hand-over"), _("Of"), _("State"), _("At"), _("Person"), _("To"),
                              _("Purpose")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row) {
        autobuf struct buf at = {0}, from = {0};
        screen_time(&at, record_text(row, "at"), false);
        screen_person(&from, record_member(row, "from"));
        const char *cells[] = {record_text(row, "handover"), record_text(row, "of"),
                               view_word_here(record_text(row, "state")), at.data ? at.data : "",
                               from.data ? from.data : "", record_text(row, "to.name"),
                               record_text(row, "purpose")};
        screen_table_add(t, cells);
    }
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static int run_show(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *row = NULL;
    int code = things_handover(cli, args->words[0], &row);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(row);
    register_handover(row, str_eq(cli->lang, "ja"));
    return CLI_OK;
}

static const struct cli_option handover_options[] = {
    {"to", N_("NAME"), N_("who receives it, by name")},
    {"to-person", N_("PERSON"), N_("a colleague of the roster who receives it and confirms that")},
    {"organisation", N_("TEXT"), N_("whose organisation that is")},
    {"to-client", NULL, N_("it is the client's then, to keep")},
    {"destination", N_("DESTINATION"), N_("a destination of kind hand; a case has its own")},
    {"purpose", N_("TEXT"), N_("what it is for; a case has its own")},
    {"kept", N_("TEXT"), N_("where and how it will be kept there")},
    {"return-by", N_("DATE"), N_("the day by which it comes back, as 2026-12-01")},
    {"consent", N_("CONSENT"), N_("the client's consent that covers this, looked for unless given")},
    {NULL, NULL, NULL},
};

static const struct cli_option why_options[] = {
    {"why", N_("TEXT"), N_("the reason, for the record")}, {NULL, NULL, NULL}};

static const struct cli_option confirm_options[] = {
    {"proof", N_("TEXT"), N_("what proves it, where the receiver is not on the roster")},
    {"proof-file", N_("FILE"), N_("a file that proves it; its SHA-256 is recorded")},
    {"receipt", N_("FILE"), N_("the receiver's signed receipt, with FILE.minisig beside it")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_handover_commands[] = {
    {"handover", N_("ID --to NAME | --to-person PERSON, --destination DESTINATION --purpose TEXT --kept TEXT"),
     N_("Hand something of the register, or an exported case, over in person"), handover_options, 1, 1,
     run_handover},
    {"handover list", "", N_("Show hand-overs: yours, and those that wait for you"), NULL, 0, 0, run_list},
    {"handover show", N_("HANDOVER"), N_("Show the whole record of a hand-over"), NULL, 1, 1, run_show},
    {"handover give", N_("HANDOVER"), N_("Record that it is in the receiver's hands"), NULL, 1, 1,
     run_given},
    {"handover confirm", N_("HANDOVER | CASE"), N_("Record that it was received, as the receiver or with proof"),
     confirm_options, 1, 1, run_confirm},
    {"handover fail", N_("HANDOVER --why TEXT"), N_("Record that a hand-over came to nothing"), why_options, 1,
     1, run_fail},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

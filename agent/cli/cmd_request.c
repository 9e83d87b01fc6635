/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_request.c owns the asking for a take-out or a copy, and the list of requests. It must never
 * read the content that it asks for. */
#include <sekisho/ops.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "cli/again.h"
#include "cli/ask.h"
#include "cli/asked.h"
#include "cli/cli.h"
#include "cli/dialogue.h"
#include "cli/files.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "client/asking.h"
#include "record/record.h"

/* By a standing permit: which, whose word it is, and what is left of it. */
static void print_permitted(const json_t *permitted)
{
    autobuf struct buf by = {0}, until = {0};
    screen_person(&by, record_member(permitted, "approver"));
    buf_puts(&by, ", ");
    screen_time(&by, record_text(permitted, "at"), false);
    screen_time(&until, record_text(permitted, "expires"), false);
    screen_line(_("Standing permit"), record_text(permitted, "under"));
    screen_line(_("Approved by"), by.data ? by.data : "");
    screen_line(_("Permit ends"), until.data ? until.data : "");
    printf(ngettext("%lld more export may be asked for under %s.\n",
                    "%lld more exports may be asked for under %s.\n",
                    (unsigned long)record_number(permitted, "left")),
           (long long)record_number(permitted, "left"), record_text(permitted, "under"));
}

/* Nothing of a plain copy. */
static void print_openers(const json_t *recipients)
{
    autobuf struct buf b = {0};
    view_openers_here(&b, recipients);
    if (b.len)
        screen_line(_("Can be opened by"), !b.err ? b.data : "");
}

static void warn_of_earlier(const json_t *again)
{
    const char *id = record_text(again, "case");
    if (json_is_false(record_member(again, "withdrawn")))
        cli_error(0, _("warning: %s could not be withdrawn and still stands; withdraw it: sekisho withdraw %s"),
                  id, id);
}

static void print_requested(struct cli *cli, const json_t *answer, const json_t *request)
{
    const char *id = record_text(answer, "case");
    bool copy = str_eq(record_text(request, "type"), "copy");
    autobuf struct buf count = {0};
    buf_printf(&count, "%zu", json_array_size(record_member(request, "files")));
    const json_t *permitted = record_member(answer, "permitted");
    screen_line(_("Case"), id);
    screen_line(_("State"), view_state_here(permitted ? "permitted" : "requested"));
    screen_line(_("Files"), count.data ? count.data : "");
    screen_line(_("Destination"), record_text(request, "destination"));
    print_openers(record_member(answer, "recipients"));
    asked_print(answer);
    again_print(answer);
    warn_of_earlier(record_member(answer, "again"));
    screen_line(_("SHA-256"), record_text(answer, "digest"));
    if (permitted) {
        print_permitted(permitted);
        ask_hint(cli,
                 copy ? _("now you run: sekisho copy %s") : _("now you run: sekisho export %s"),
                 id);
        return;
    }
    ask_hint(cli, _("an approver runs: sekisho approve %s"), id);
    ask_hint(cli, copy ? _("then you run: sekisho copy %s") : _("then you run: sekisho export %s"),
             id);
}

/* Does one of the words name what is not here? It may be in the rooms of an area. */
static bool is_any_missing(const struct cli_args *args)
{
    for (int i = 0; i < args->count; i++)
        if (args->words[i][0] == '/' && access(args->words[i], F_OK) != 0)
            return true;
    return false;
}

static int walk_all(struct cli *cli, json_t *files, const struct cli_args *args)
{
    autojson json_t *nothing = json_object();
    autojson json_t *areas = NULL;
    int code = CLI_OK;
    if (is_any_missing(args))
        code = cli_ask(cli, SK_OP_AREA_LIST, nothing, NULL, 0, &areas);
    for (int i = 0; i < args->count && code == CLI_OK; i++)
        code = files_walk(files, args->words[i], record_member(areas, "areas"));
    if (code == CLI_OK && json_array_size(files) == 0)
        return cli_error(CLI_REFUSED, _("there is no file in what was named"));
    return code;
}

static int send_request(struct cli *cli, const struct cli_args *args, const struct asking *asking)
{
    autojson json_t *request = asking_question(asking);
    autojson json_t *answer = NULL;
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    int code = cli_ask(cli, SK_OP_REQUEST, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (!cli->json)
        print_requested(cli, answer, request);
    code = asked_take_along(cli, args, answer);
    if (cli->json)
        cli_json(answer); /* it was asked for, whatever became of the file */
    return code;
}

static bool is_display(void)
{
    const char *x = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
    return (x && *x) || (wayland && *wayland);
}

/* Without a word: in the window where there is a display, else question by question. */
static int request_by_dialogue(struct cli *cli, const struct cli_args *args)
{
    autodialogue struct dialogue d = {0};
    for (size_t i = 0; args->options[i].name; i++)
        if (args->value[i])
            return cli_error(CLI_USAGE, _("which files? Name them, or give no option at all"));
    if (is_display() && !cli->json)
        execlp("sekisho-prompt", "sekisho-prompt", (char *)NULL); /* returns where it is not installed */
    if (!isatty(STDIN_FILENO) || cli->json)
        return cli_error(CLI_USAGE, _("which files? There is nobody here to be asked: name them"));
    int code = dialogue_ask(cli, args, &d);
    return code == CLI_OK ? send_request(cli, args, &d.asking) : code;
}

static int check_said(const struct cli_args *args)
{
    if (!cli_value(args, "to"))
        return cli_error(CLI_USAGE, _("to which destination? Add --to DESTINATION"));
    if (!cli_value(args, "purpose"))
        return cli_error(CLI_INCOMPLETE, _("for what purpose? Add --purpose TEXT"));
    if (!cli_value(args, "kept"))
        return cli_error(CLI_INCOMPLETE, _("where and how will it be kept? Add --kept TEXT"));
    return CLI_OK;
}

static int run_request(struct cli *cli, const struct cli_args *args)
{
    const char *return_by = cli_value(args, "return-by"), *again = cli_value(args, "again");
    int64_t day;
    if (args->count == 0 && !again)
        return request_by_dialogue(cli, args);
    if (return_by && clock_parse_date(return_by, &day) != 0)
        return cli_error(CLI_USAGE, _("--return-by %s is no date; write it as 2026-12-01"), return_by);
    autojson json_t *files = json_array();
    autojson json_t *before = NULL;
    struct asking asking = {.files = files,
                            .destination = cli_value(args, "to"),
                            .purpose = cli_value(args, "purpose"),
                            .kept = cli_value(args, "kept"),
                            .return_by = return_by,
                            .consent = cli_value(args, "consent"),
                            .under = cli_value(args, "under"),
                            .copy = cli_flag(args, "copy")};
    int code = again ? CLI_OK : check_said(args);
    if (code == CLI_OK && args->count > 0)
        code = walk_all(cli, files, args);
    if (code == CLI_OK && again)
        code = again_fill(cli, again, &asking, files, &before);
    return code == CLI_OK ? send_request(cli, args, &asking) : code;
}

static void add_row(struct screen_table *t, const json_t *row)
{
    autobuf struct buf at = {0};
    autobuf struct buf who = {0};
    autobuf struct buf size = {0};
    screen_time(&at, record_text(row, "at"), false);
    if (at.len > 16)
        at.data[16] = '\0'; /* minutes are enough in a list */
    const json_t *person = record_member(row, "person");
    if (json_is_object(person))
        screen_person(&who, person);
    else
        buf_puts(&who, record_text(row, "person"));
    const json_t *files = record_member(row, "files"), *bytes = record_member(row, "bytes");
    size_t count =
        json_is_array(files) ? json_array_size(files) : (size_t)record_number(row, "files");
    if (str_eq(record_text(row, "type"), "standing")) {
        buf_printf(&size, _("at most %lld"), (long long)record_number(row, "standing.uses"));
    } else if (json_is_null(bytes)) {
        buf_puts(&size, _("in its room"));
    } else {
        buf_printf(&size, "%zu / ", count);
        screen_short_size(&size, (uint64_t)record_number(row, "bytes"));
    }
    const char *cells[] = {
        record_text(row, "case"),
        view_state_here(record_text(row, "state")),
        at.data ? at.data : "",
        who.data ? who.data : "",
        view_id(row, "destination"),
        size.data ? size.data : "",
        record_text(row, "purpose"),
        record_text(row, "why"),
    };
    screen_table_add(t, cells);
}

static int fetch(struct cli *cli, const char *scope, json_t **ret)
{
    autojson json_t *request = json_pack("{s:s}", "scope", scope);
    return cli_ask(cli, SK_OP_REQUESTS, request, NULL, 0, ret);
}

static int print_requests(const char *title, const json_t *rows)
{
    if (json_array_size(rows) == 0)
        return CLI_OK;
    const char *headings[] = {_("Case"),        _("State"),        _("At"),      _("Person"),
                              _("Destination"), _("Files / size"), _("Purpose"), _("Remark")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row)
        add_row(t, row);
    if (title)
        puts(title);
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

/* One scope by name, or what concerns the person who asks: own ones and those that wait. */
static int run_requests(struct cli *cli, const struct cli_args *args)
{
    bool all = cli_flag(args, "all"), waiting = cli_flag(args, "waiting");
    if (all && waiting)
        return cli_error(CLI_USAGE, _("either --all or --waiting"));
    autojson json_t *first = NULL;
    autojson json_t *second = NULL;
    int code = fetch(cli, all ? "all" : waiting ? "waiting" : "mine", &first);
    if (code == CLI_OK && !all && !waiting)
        code = fetch(cli, "waiting", &second);
    if (code != CLI_OK)
        return code;
    const json_t *rows = record_member(first, "requests");
    const json_t *others = record_member(second, "requests");
    if (second)
        json_object_set(first, "waiting", json_object_get(second, "requests"));
    if (cli->json)
        return cli_json(first);
    if (json_array_size(rows) == 0 && json_array_size(others) == 0) {
        puts(_("No requests."));
        return CLI_OK;
    }
    code = print_requests(second ? _("Yours:") : NULL, rows);
    return code == CLI_OK ? print_requests(_("Waiting for your approval:"), others) : code;
}

static int run_withdraw(struct cli *cli, const struct cli_args *args)
{
    const char *id = args->words[0], *why = cli_value(args, "why");
    autojson json_t *request = json_pack("{s:s, s:s}", "case", id, "why", why ? why : "");
    autojson json_t *answer = NULL;
    if (str_starts(id, "H-"))
        return cli_error(CLI_USAGE, _("a hand-over is ended by: sekisho handover fail %s --why TEXT"), id);
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    int code = cli_ask(cli, SK_OP_REQUEST_WITHDRAW, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf(_("Withdrawn: %s. Nobody can approve it or carry it out any more.\n"), id);
    return CLI_OK;
}

static const struct cli_option request_options[] = {
    {"to", N_("DESTINATION"), N_("a destination of the policy")},
    {"purpose", N_("TEXT"), N_("what it is for")},
    {"kept", N_("TEXT"), N_("where and how it will be kept")},
    {"return-by", N_("DATE"), N_("the day by which it comes back, as 2026-12-01")},
    {"consent", N_("CONSENT"),
     N_("the client's consent that covers this, looked for unless given")},
    {"under", N_("PERMIT"), N_("the standing permit that permits this, looked for unless given")},
    {"again", N_("CASE"), N_("what an earlier request of yours asked for, as it is now; the earlier one is withdrawn")},
    {"copy", NULL, N_("a plain copy to a directory instead of a sealed take-out")},
    {"out", N_("FILE"), N_("write the permit's text to this new file (- = the screen), for an approver at another PC")},
    {"qr", NULL, N_("show that text on the screen as a QR code")},
    {NULL, NULL, NULL},
};

static const struct cli_option withdraw_options[] = {
    {"why", N_("TEXT"), N_("the reason, for the record")},
    {NULL, NULL, NULL},
};

static const struct cli_option requests_options[] = {
    {"waiting", NULL, N_("only those that wait for your approval")},
    {"all", NULL, N_("everybody's (manager, auditor)")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_request_commands[] = {
    {"request", N_("[FILE… --to DESTINATION --purpose TEXT --kept TEXT]"),
     N_("Ask for a permit to take files out, or to copy them; without a word in a dialogue"), request_options, 0, -1,
     run_request},
    {"withdraw", N_("CASE"), N_("Take a request of yours back, as long as it was not carried out"), withdraw_options, 1, 1,
     run_withdraw},
    {"requests", "", N_("Show your requests, and those that wait for you"), requests_options, 0, 0, run_requests},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_watch.c owns the look at what happens, and the answer to why. It must never judge by itself:
 * what it shows are the ledger's records. */
#include <sekisho/ops.h>
#include <string.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/notify.h"
#include "cli/screen.h"
#include "cli/watch_follow.h"
#include "cli/watch_line.h"
#include "client/refusal.h"
#include "record/record.h"

/* A record's number, as "123" or "#123". False when it is none. */
static bool parse_number(const char *text, json_int_t *ret)
{
    uint64_t n;
    if (str_to_u64(text[0] == '#' ? text + 1 : text, INT64_MAX, &n) != 0)
        return false;
    *ret = (json_int_t)n;
    return true;
}

static void show(const struct cli *cli, json_t *event)
{
    autobuf struct buf line = {0};
    if (cli->json) {
        cli_json(event);
        return;
    }
    watch_line(&line, event);
    if (!line.err)
        puts(line.data);
}

static int run_watch(struct cli *cli, const struct cli_args *args)
{
    const char *since = cli_value(args, "since");
    json_int_t after = -1;
    if (cli_flag(args, "notify"))
        return notify_run(cli);
    if (since && !parse_number(since, &after))
        return cli_error(CLI_USAGE, _("--since %s is no number of a record"), since);
    if (after > 0)
        after--; /* the question names the last one that is known; record 0 is the ledger's own */
    autojson json_t *question =
        json_pack("{s:s, s:I, s:b}", "scope", cli_flag(args, "all") ? "all" : "mine", "after", after,
                  "refusals", cli_flag(args, "refused"));
    return watch_follow(cli, question, show);
}

static void print_rule(const json_t *rule)
{
    int64_t line = record_number(rule, "line");
    const char *text = record_text(rule, "text");
    autobuf struct buf where = {0};
    if (line <= 0)
        return;
    buf_printf(&where, _("line %lld of the policy"), (long long)line);
    screen_line(_("Rule"), where.data ? where.data : "");
    if (!text[0])
        puts(_("  (another policy is in force by now)"));
    while (*text) {
        autobuf struct buf safe = {0};
        size_t len = strcspn(text, "\n");
        str_escape(&safe, text, len);
        printf("    %s\n", safe.data ? safe.data : "");
        text += len + (text[len] == '\n');
    }
}

static void print_why(struct cli *cli, const json_t *answer)
{
    const json_t *event = record_member(answer, "event");
    const char *reason = record_text(answer, "reason"), *why = watch_reason(event);
    autobuf struct buf at = {0}, said = {0}, number = {0};
    const struct {
        const char *name, *key;
    } lines[] = {{_("Person"), "person"}, {_("Login"), "login"}, {_("Area"), "area"},
                 {_("File"), "file"},     {_("Program"), "exe"}, {_("Room"), "room"}};
    buf_printf(&number, "#%lld", (long long)record_number(event, "seq"));
    screen_line(_("Event"), number.data ? number.data : "");
    screen_time(&at, record_text(event, "at"), false);
    screen_line(_("At"), at.data ? at.data : "");
    screen_line(_("Happened"), watch_what(event));
    for (size_t i = 0; i < array_count(lines); i++)
        if (record_text(event, lines[i].key)[0])
            screen_line(lines[i].name, record_text(event, lines[i].key));
    buf_printf(&said, "%s%s%s", watch_decision(event), why[0] ? ": " : "", why);
    if (reason[0])
        buf_printf(&said, " [%s]", reason);
    screen_line(_("Decision"), said.data ? said.data : "");
    print_rule(record_member(answer, "rule"));
    const char *advice = refusal_advice(reason);
    if (advice)
        ask_hint(cli, "%s", gettext(advice));
}

static int run_why(struct cli *cli, const struct cli_args *args)
{
    json_int_t event;
    if (!parse_number(args->words[0], &event))
        return cli_error(CLI_USAGE, _("%s is no number of an event; sekisho watch shows them"),
                         args->words[0]);
    autojson json_t *request = json_pack("{s:I}", "event", event);
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_WHY, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    print_why(cli, answer);
    return CLI_OK;
}

static const struct cli_option watch_options[] = {
    {"all", NULL, N_("of everybody (managers, auditors, root)")},
    {"refused", NULL, N_("only what is refused")},
    {"since", N_("NUMBER"), N_("from this record on instead of from now on")},
    {"notify", NULL, N_("show one's own refusals as notices of the desktop")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_watch_commands[] = {
    {"watch", "", N_("Show what happens while it happens, one line each"), watch_options, 0, 0,
     run_watch},
    {"why", N_("EVENT"), N_("Explain an event: what happened, by which rule, what to do"), NULL, 1, 1,
     run_why},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

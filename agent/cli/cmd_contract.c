/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_contract.c owns the commands about a contract's end. It must never call a contract closed before the
 * agent has said so. */
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/ops.h>
#include <sekisho/paths.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/erasure.h"
#include "cli/screen.h"
#include "record/record.h"

#define FILE_CAP 4096 /* bytes of a path below the folder for the papers, with NUL */

extern char **environ;

/* Words of the agent's lists. */
static const struct {
    const char *name, *text;
} words[] = {
    {"not-begun", N_("not begun")},
    {"running", N_("running")},
    {"ended", N_("over")},
    {"closing", N_("being closed")},
    {"closed", N_("closed")},
    {"case", N_("case")},
    {"copy", N_("copy outside")},
    {"item", N_("data")},
    {"paper", N_("paper")},
    {"medium", N_("medium")},
    {"backup", N_("backup")},
    {"handover", N_("hand-over")},
    {"area", N_("area")},
    {"key", N_("key copies")},
    {"open", N_("open")},
    {"room", N_("somebody works in it")},
    {"given", N_("given")},
    {"received", N_("received")},
    {"return-or-dispose", N_("return it, or erase it: sekisho return, sekisho erase, sekisho dispose")},
    {"wait", N_("wait until it has ended")},
    {"erase-file", N_("erase it: sekisho erase FILE")},
    {"return-item", N_("record its return or destruction: sekisho return, sekisho destroy")},
    {"receive-handover", N_("have its arrival confirmed: sekisho handover")},
    {"end-room", N_("end the room: sekisho room end")},
    {"expire", N_("ends with the closing")},
    {"destroy-area", N_("is erased by the closing")},
    {"key-copies", N_("destroy written-down passphrases and header copies: with an image copy they open it")},
    {"copies-unknown", N_("older copies are in the ledger only: look there")},
};

static const char *word(const char *name)
{
    for (size_t i = 0; i < array_count(words); i++)
        if (str_eq(words[i].name, name))
            return gettext(words[i].text);
    return name;
}

static int run_list(struct cli *cli, const struct cli_args *args)
{
    (void)args;
    autojson json_t *request = json_object();
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_CONTRACT_LIST, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    const char *headings[] = {_("Contract"), _("Title"), _("Client"), _("Last day"), _("Days left"),
                              _("State")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *row;
    json_array_foreach(record_member(answer, "contracts"), i, row) {
        char days[24] = "";
        if (record_number(row, "days") >= 0)
            snprintf(days, sizeof days, "%lld", (long long)record_number(row, "days"));
        const char *cells[] = {record_text(row, "id"),  record_text(row, "title"),
                               record_text(row, "client"), record_text(row, "end"),
                               days,                    word(record_text(row, "state"))};
        screen_table_add(t, cells);
    }
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static int print_open(const json_t *open)
{
    const char *headings[] = {_("Kind"), _("Number"), _("What"), _("State"), _("What to do")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *row;
    if (json_array_size(open) == 0) {
        puts(_("Nothing is open."));
        return CLI_OK;
    }
    json_array_foreach(open, i, row) {
        const char *cells[] = {word(record_text(row, "kind")), record_text(row, "id"),
                               record_text(row, "what"), word(record_text(row, "state")),
                               word(record_text(row, "do"))};
        screen_table_add(t, cells);
    }
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static int ask_show(struct cli *cli, const char *contract, json_t **ret)
{
    autojson json_t *request = json_pack("{s:s}", "contract", contract);
    return cli_ask(cli, SK_OP_CONTRACT_SHOW, request, NULL, 0, ret);
}

static int print_contract(const struct cli *cli, const json_t *answer)
{
    const json_t *contract = record_member(answer, "contract");
    const char *plan = record_text(answer, "plan.sha256"), *incident = record_text(answer, "incident");
    screen_line(_("Contract"), record_text(contract, "id"));
    screen_line(_("Title"), record_text(contract, "title"));
    screen_line(_("Client"), record_text(contract, "client"));
    screen_line(_("Last day"), record_text(contract, "end"));
    screen_line(_("State"), word(record_text(contract, "state")));
    screen_line(_("Confirmed plan"), *plan ? plan : _("none: sekisho report return-plan, sekisho confirm"));
    if (*incident)
        screen_line(_("Open incident"), incident);
    putchar('\n');
    int code = print_open(record_member(answer, "open"));
    if (record_number(answer, "unchecked") > 0)
        ask_hint(cli, _("entries of the register that a manager is still to check: %lld (sekisho register list "
                        "--unchecked)"), (long long)record_number(answer, "unchecked"));
    return code;
}

static int run_show(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *answer = NULL;
    int code = ask_show(cli, args->words[0], &answer);
    if (code != CLI_OK)
        return code;
    return cli->json ? cli_json(answer) : print_contract(cli, answer);
}

/* Does anything keep it from being closed? */
static bool is_blocked(const json_t *shown)
{
    size_t i;
    const json_t *row;
    json_array_foreach(record_member(shown, "open"), i, row)
        if (record_flag(row, "blocks"))
            return true;
    return !*record_text(shown, "plan.sha256") || *record_text(shown, "incident");
}

static int ask_close(struct cli *cli, const struct cli_args *args, bool final, json_t **ret)
{
    const char *reason = cli_value(args, "before-end");
    autojson json_t *request = json_pack("{s:s, s:b, s:s}", "contract", args->words[0], "final", final ? 1 : 0,
                                         "before-end", reason ? reason : "");
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    return cli_ask(cli, SK_OP_CONTRACT_CLOSE, request, NULL, 0, ret);
}

/* Each area in turn. A class that was not enough is told and does not stop the closing. */
static int erase_areas(struct cli *cli, const json_t *open, const char *witness, bool *ret_enough)
{
    size_t i;
    const json_t *row;
    *ret_enough = true;
    json_array_foreach(open, i, row) {
        if (!str_eq(record_text(row, "do"), "destroy-area"))
            continue;
        autojson json_t *request = json_pack("{s:s, s:s}", "area", record_text(row, "id"), "witness",
                                             witness ? witness : "");
        int code = request ? erasure_run(cli, request) : cli_error(CLI_FAILED, _("out of memory"));
        if (code != CLI_OK && code != CLI_NO)
            return code;
        *ret_enough = *ret_enough && code == CLI_OK;
    }
    return CLI_OK;
}

/* This very program with these words; what it prints goes into the file, which must not be there yet, NULL =
 * nowhere. The exit code, or -1. */
static int run_self(const char *const *arguments, const char *into)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = 0;
    if (sk_paths_root()[0] && setenv("SEKISHO_INSTANCE", sk_paths_root(), 1) != 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, into ? into : "/dev/null",
                                     into ? O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW : O_WRONLY, 0640);
    int r = posix_spawn(&pid, "/proc/self/exe", &actions, NULL, (char *const *)(uintptr_t)arguments,
                        environ);
    posix_spawn_file_actions_destroy(&actions);
    if (r != 0)
        return -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What is handed to the client: the contract's own records with their proofs, and the papers. */
static int write_out(struct cli *cli, const char *contract, const char *out)
{
    static const char *const papers[] = {"completion", "register", "erasure-report"};
    char file[FILE_CAP];
    bool all = true;
    if (snprintf(file, sizeof file, "%s/extract", out) >= (int)sizeof file)
        return cli_error(CLI_USAGE, _("the path of the folder is too long"));
    const char *extract[] = {"sekisho", "ledger", "extract", "--contract", contract, "--out", file,
                             "--quiet", NULL};
    int code = run_self(extract, NULL);
    if (code != CLI_OK)
        return cli_error(CLI_FAILED, _("the extract could not be made: sekisho ledger extract --contract %s"),
                         contract);
    for (size_t i = 0; i < array_count(papers); i++) {
        if (snprintf(file, sizeof file, "%s/%s.html", out, papers[i]) >= (int)sizeof file)
            continue;
        const char *report[] = {"sekisho", "report", papers[i], "--contract", contract, "--format",
                                "html", "--lang", cli->lang, "--quiet", NULL};
        code = run_self(report, file);
        if (code == CLI_OK || code == CLI_NO || code == CLI_INCOMPLETE)
            continue; /* what is not filled in stands in the paper */
        all = false;
        unlink(file);
        cli_error(0, _("the paper %s could not be made"), papers[i]);
    }
    printf(_("For the client: %s\n"), out);
    return all ? CLI_OK : CLI_FAILED;
}

static int close_it(struct cli *cli, const struct cli_args *args)
{
    const char *contract = args->words[0], *out = cli_value(args, "out");
    autojson json_t *begun = NULL;
    autojson json_t *closed = NULL;
    bool enough = true;
    if (out && mkdir(out, 0750) != 0) /* before anything is closed that can't be closed again */
        return errno == EEXIST ? cli_error(CLI_FAILED, _("%s exists already and is never replaced"), out)
                               : cli_error(CLI_FAILED, "%s: %s", out, cli_strerror(-errno));
    int code = ask_close(cli, args, false, &begun);
    if (code == CLI_OK)
        code = erase_areas(cli, record_member(begun, "open"), cli_value(args, "witness"), &enough);
    if (code == CLI_OK)
        code = ask_close(cli, args, true, &closed);
    if (code != CLI_OK && out)
        rmdir(out);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        cli_json(closed);
    else
        printf(_("Closed: contract %s (record %lld)\n"), contract,
               (long long)record_number(closed, "seq"));
    code = out ? write_out(cli, contract, out) : CLI_OK;
    if (code == CLI_OK && !out)
        ask_hint(cli, _("for the client: sekisho ledger extract --contract %s --out DIR"), contract);
    return code == CLI_OK && !enough ? CLI_NO : code;
}

/* What goes on is closed by who says why. */
static bool is_early(const json_t *contract, const struct cli_args *args)
{
    const char *reason = cli_value(args, "before-end");
    return record_number(contract, "days") > 0 && !str_eq(record_text(contract, "state"), "closed") &&
           (!reason || !reason[0]);
}

static int tell_early(const json_t *contract)
{
    long long days = (long long)record_number(contract, "days");
    return cli_error(CLI_INCOMPLETE,
                     ngettext("the contract %s ends on %s, in %lld day: why is it closed before? Add --before-end TEXT "
                              "with the reason; nothing was done",
                              "the contract %s ends on %s, in %lld days: why is it closed before? Add --before-end TEXT "
                              "with the reason; nothing was done", (unsigned long)days),
                     record_text(contract, "id"), record_text(contract, "end"), days);
}

static int run_close(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *shown = NULL;
    int code = ask_show(cli, args->words[0], &shown);
    if (code != CLI_OK)
        return code;
    bool yes = cli_flag(args, "yes") && !cli_flag(args, "dry-run");
    const json_t *contract = record_member(shown, "contract");
    if (yes && !is_blocked(shown) && is_early(contract, args))
        return tell_early(contract);
    if (yes && !is_blocked(shown))
        return close_it(cli, args);
    if (cli->json)
        cli_json(shown);
    else
        print_contract(cli, shown);
    if (yes) { /* refused, and on record */
        autojson json_t *unused = NULL;
        code = ask_close(cli, args, false, &unused);
        return code;
    }
    ask_hint(cli, "%s",
             is_blocked(shown) ? _("what is named above must be done first")
             : is_early(contract, args) ? _("nothing was done; the contract goes on: to close it now, give the command "
                                            "again with --yes and --before-end TEXT")
                                        : _("nothing was done; to close it, give the command again with --yes"));
    return is_blocked(shown) ? CLI_NO : CLI_OK;
}

static const struct cli_option close_options[] = {
    {"yes", NULL, N_("do it; without, only what is open is told")},
    {"before-end", N_("TEXT"), N_("why it is closed before its last day, for the record")},
    {"dry-run", NULL, N_("only tell what is open, whatever else is said")},
    {"out", N_("DIR"), N_("write the extract and the papers for the client into this new folder")},
    {"witness", N_("TEXT"), N_("who attends: name and office, for the record")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_contract_commands[] = {
    {"contract list", "", N_("Show the contracts, their last day and state"), NULL, 0, 0, run_list},
    {"contract show", N_("CONTRACT"), N_("Show what is still open of a contract and what to do"), NULL, 1,
     1, run_show},
    {"contract close", N_("CONTRACT"),
     N_("Erase what the agent holds of a contract and close it, when nothing else is open"),
     close_options, 1, 1, run_close},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

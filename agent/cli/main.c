/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the list of tables and the way from a command line to a command. It must never do a
 * command's work: that is in cmd_<name>.c. */
#include <errno.h>
#include <sekisho/paths.h>
#include <string.h>
#include "base/str.h"
#include "cli/cli.h"
#include "cli/help.h"
#include "client/language.h"
#include "cli/options.h"

#define COMMANDS_MAX 128
#define NAME_MAX_LEN 64 /* bytes of "policy check" */

static int run_help(struct cli *cli, const struct cli_args *args);

static const struct cli_option help_options[] = {
    {"format", N_("man|bash|zsh|fish"), N_("the man page's commands, or a completion script")},
    {NULL, NULL, NULL},
};

static const struct cli_command help_commands_table[] = {
    {"help", N_("[COMMAND]"), N_("Show all commands, or one command's help"), help_options, 0, 2,
     run_help},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

/* In the order of a working life: get in, work, ask, approve, take out, give back, look after. */
static const struct cli_command *const tables[] = {
    cmd_receive_commands, cmd_room_commands,   cmd_destinations_commands, cmd_request_commands,
    cmd_standing_commands,
    cmd_approve_commands, cmd_export_commands, cmd_case_commands, cmd_incident_commands, cmd_end_commands,
    cmd_handover_commands, cmd_register_commands, cmd_copies_commands, cmd_watch_commands,
    cmd_erase_commands,   cmd_contract_commands,
    cmd_report_commands,  cmd_confirm_commands, cmd_status_commands, cmd_area_commands,
    cmd_device_commands,       cmd_device_watch_commands,
    cmd_policy_commands,  cmd_ledger_commands, cmd_clock_commands, cmd_draft_commands, help_commands_table,
};

static const struct cli_command *all[COMMANDS_MAX];
static struct help_commands commands = {.items = all};

static void collect(void)
{
    for (size_t i = 0; i < array_count(tables); i++)
        for (const struct cli_command *c = tables[i]; c && c->name; c++)
            if (commands.count < COMMANDS_MAX)
                all[commands.count++] = c;
}

static const struct cli_command *named(const char *name)
{
    for (size_t i = 0; i < commands.count && all[i]; i++)
        if (str_eq(all[i]->name, name))
            return all[i];
    return NULL;
}

static bool is_group(const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i < commands.count && all[i]; i++)
        if (strncmp(all[i]->name, word, len) == 0 && all[i]->name[len] == ' ')
            return true;
    return false;
}

/* The command of one or two words at argv[0]; *ret_used is how many. NULL: there is none. */
static const struct cli_command *find(int argc, char **argv, int *ret_used)
{
    char name[NAME_MAX_LEN];
    if (argc > 1 && snprintf(name, sizeof name, "%s %s", argv[0], argv[1]) < (int)sizeof name) {
        const struct cli_command *two = named(name);
        if (two) {
            *ret_used = 2;
            return two;
        }
    }
    *ret_used = 1;
    return argc > 0 ? named(argv[0]) : NULL;
}

static int unknown(int argc, char **argv)
{
    const char *names[COMMANDS_MAX];
    size_t count = 0;
    for (; count < commands.count && all[count]; count++)
        names[count] = all[count]->name;
    if (is_group(argv[0])) {
        if (argc > 1 && (str_eq(argv[1], "--help") || str_eq(argv[1], "-h"))) {
            help_group(stdout, &commands, argv[0]);
            return CLI_OK;
        }
        if (argc > 1 && argv[1][0] != '-')
            cli_error(0, _("unknown command: sekisho %s %s"), argv[0], argv[1]);
        else
            cli_error(0, _("sekisho %s needs one word more"), argv[0]);
        help_group(stderr, &commands, argv[0]);
        return CLI_USAGE;
    }
    const char *nearest = str_nearest(argv[0], names, count);
    if (nearest)
        return cli_error(CLI_USAGE, _("unknown command %s, did you mean %s?"), argv[0], nearest);
    return cli_error(CLI_USAGE, _("unknown command %s; sekisho help lists them"), argv[0]);
}

static int run_help(struct cli *cli, const struct cli_args *args)
{
    (void)cli;
    const char *format = cli_value(args, "format");
    if (format)
        return help_generate(format, &commands);
    if (args->count == 0) {
        help_all(stdout, &commands);
        return CLI_OK;
    }
    int used;
    const struct cli_command *command = find(args->count, args->words, &used);
    if (command) {
        help_one(stdout, command);
        return CLI_OK;
    }
    if (args->count == 1 && is_group(args->words[0])) {
        help_group(stdout, &commands, args->words[0]);
        return CLI_OK;
    }
    return unknown(args->count, args->words);
}

static int choose_instance(const struct cli_common *common)
{
    const char *root = common->instance ? common->instance : getenv("SEKISHO_INSTANCE");
    if (common->instance)
        setenv("SEKISHO_INSTANCE", common->instance, 1); /* for programs that a command becomes */
    if (sk_paths_choose(root) != 0)
        return cli_error(CLI_USAGE,
                         _("%s can't be an instance: an absolute path of at most 80 bytes "
                           "without \"..\" is needed"),
                         root);
    return CLI_OK;
}

static int choose_form_language(const char *given, const char **ret)
{
    if (given && !str_eq(given, "ja") && !str_eq(given, "en"))
        return cli_error(CLI_USAGE, _("--lang is ja or en, not %s"), given);
    /* TRANSLATORS: the language of forms: "ja" in the Japanese translation, else "en". */
    *ret = given ? given : str_eq(_("en"), "ja") ? "ja" : "en";
    return CLI_OK;
}

static void free_words(struct cli_args *args)
{
    free(args->words);
}

static int run(const struct cli_command *command, int argc, char **argv, struct cli_common *common)
{
    struct cli_args args __attribute__((cleanup(free_words))) = {0};
    int code = options_read(command, argc, argv, common, &args);
    if (code != CLI_OK)
        return code;
    if (common->help) {
        help_one(stdout, command);
        return CLI_OK;
    }
    struct cli cli = {.json = common->json, .quiet = common->quiet};
    code = choose_instance(common);
    if (code == CLI_OK)
        code = choose_form_language(common->lang, &cli.lang);
    language_choose(code == CLI_OK ? cli.lang : "en", cli.json);
    return code == CLI_OK ? command->run(&cli, &args) : code;
}

int main(int argc, char **argv)
{
    struct cli_common common = {0};
    language_start();
    collect();
    int at = options_leading(argc, argv, &common);
    if (at < 0)
        return CLI_USAGE;
    char *version_word[] = {(char[]){"version"}};
    int used = 0, code;
    if (common.version)
        code = run(named("version"), 0, version_word, &common);
    else if (at == argc) {
        help_all(common.help ? stdout : stderr, &commands);
        code = common.help ? CLI_OK : CLI_USAGE;
    } else {
        const struct cli_command *command = find(argc - at, argv + at, &used);
        code = command ? run(command, argc - at - used, argv + at + used, &common)
                       : unknown(argc - at, argv + at);
    }
    if (fflush(stdout) != 0 && code == CLI_OK)
        return cli_error(CLI_FAILED, _("the output can't be written: %s"), cli_strerror(-errno));
    return code;
}

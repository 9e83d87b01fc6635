/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options.c owns the reading of a command line: long options, words, "--". It must never know a
 * command, nor act on an option. */
#include "cli/options.h"
#include <string.h>
#include "base/str.h"
#include "cli/screen.h"

/* The order is that of enum common_row. */
const struct cli_option cli_common_options[] = {
    {"json", NULL, N_("print one JSON value instead of text")},
    {"lang", N_("ja|en"), N_("language of forms (screens follow the locale)")},
    {"quiet", NULL, N_("no progress, no hints")},
    {"instance", N_("DIR"), N_("the agent that lives below DIR instead of the installed one")},
    {"help", NULL, N_("show this help")},
    {"version", NULL, N_("show the version")},
    {NULL, NULL, NULL},
};

enum common_row { COMMON_JSON, COMMON_LANG, COMMON_QUIET, COMMON_INSTANCE, COMMON_HELP,
                  COMMON_VERSION, COMMON_COUNT };

#define NAMES_MAX (CLI_OPTIONS_MAX + COMMON_COUNT)

/* One option as it stands on the command line. */
struct given {
    const char *name; /* behind the dashes; ends at '=' or NUL */
    size_t name_len;
    const char *value; /* behind '=', or NULL */
};

static struct given split(const char *argument)
{
    if (str_eq(argument, "-h"))
        argument = "--help";
    if (str_eq(argument, "-V"))
        argument = "--version";
    const char *name = argument + (argument[1] == '-' ? 2 : 1);
    const char *equals = strchr(name, '=');
    return (struct given){
        .name = name,
        .name_len = equals ? (size_t)(equals - name) : strlen(name),
        .value = equals ? equals + 1 : NULL,
    };
}

static bool is_option(const char *argument)
{
    return argument[0] == '-' && argument[1] != '\0';
}

static int row_of(const struct cli_option *table, const struct given *given)
{
    for (int i = 0; table && table[i].name; i++)
        if (strlen(table[i].name) == given->name_len &&
            memcmp(table[i].name, given->name, given->name_len) == 0)
            return i;
    return -1;
}

static int unknown_option(const struct cli_option *table, const char *argument,
                          const struct given *given)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; table && table[i].name && count < CLI_OPTIONS_MAX; i++)
        names[count++] = table[i].name;
    for (size_t i = 0; cli_common_options[i].name; i++)
        names[count++] = cli_common_options[i].name;
    autofree char *word = strndup(given->name, given->name_len);
    const char *nearest = word ? str_nearest(word, names, count) : NULL;
    if (nearest)
        return cli_error(CLI_USAGE, _("unknown option %s, did you mean --%s?"), argument, nearest);
    return cli_error(CLI_USAGE, _("unknown option %s"), argument);
}

static void keep_common(struct cli_common *common, int row, const char *value)
{
    if (row == COMMON_JSON)
        common->json = true;
    else if (row == COMMON_QUIET)
        common->quiet = true;
    else if (row == COMMON_HELP)
        common->help = true;
    else if (row == COMMON_VERSION)
        common->version = true;
    else if (row == COMMON_LANG)
        common->lang = value;
    else
        common->instance = value;
}

/* The value for a row of either table; *at moves past an argument taken as the value. */
static int value_of(const struct cli_option *row, const struct given *given, int argc, char **argv,
                    int *at, const char **ret)
{
    if (!row->value) {
        if (given->value)
            return cli_error(CLI_USAGE, _("option --%s takes no value"), row->name);
        *ret = "";
        return CLI_OK;
    }
    const char *value = given->value;
    if (!value) {
        if (*at + 1 >= argc)
            return cli_error(CLI_USAGE, _("option --%s needs a value: --%s %s"), row->name,
                             row->name, _(row->value));
        value = argv[++*at];
    }
    *ret = value;
    return CLI_OK;
}

/* One option at argv[*at], of the command or common. */
static int take_option(const struct cli_option *table, int argc, char **argv, int *at,
                       struct cli_common *common, struct cli_args *args)
{
    struct given given = split(argv[*at]);
    const char *value;
    int row = row_of(table, &given);
    if (row >= 0 && args) {
        int code = value_of(&table[row], &given, argc, argv, at, &value);
        if (code != CLI_OK)
            return code;
        if (args->value[row])
            return cli_error(CLI_USAGE, _("option --%s is given twice"), table[row].name);
        args->value[row] = value;
        return CLI_OK;
    }
    row = row_of(cli_common_options, &given);
    if (row < 0)
        return unknown_option(table, argv[*at], &given);
    int code = value_of(&cli_common_options[row], &given, argc, argv, at, &value);
    if (code == CLI_OK)
        keep_common(common, row, value);
    return code;
}

int options_leading(int argc, char **argv, struct cli_common *common)
{
    int at = 1;
    for (; at < argc && is_option(argv[at]); at++)
        if (take_option(NULL, argc, argv, &at, common, NULL) != CLI_OK)
            return -1;
    return at;
}

static int check_count(const struct cli_command *command, int count)
{
    if (count < command->least)
        return cli_error(CLI_USAGE, _("something is missing: sekisho %s %s"), command->name,
                         _(command->words));
    if (command->most >= 0 && count > command->most)
        return cli_error(CLI_USAGE, _("too many words: sekisho %s %s"), command->name,
                         command->words[0] ? _(command->words) : "");
    return CLI_OK;
}

int options_read(const struct cli_command *command, int argc, char **argv,
                 struct cli_common *common, struct cli_args *ret)
{
    struct cli_args args = {.options = command->options};
    args.words = calloc((size_t)argc + 1, sizeof *args.words);
    if (!args.words)
        return cli_error(CLI_FAILED, _("out of memory"));
    int code = CLI_OK;
    for (int at = 0; at < argc && code == CLI_OK; at++) {
        if (str_eq(argv[at], "--")) {
            args.after = argv + at + 1;
            args.after_count = argc - at - 1;
            break;
        }
        if (is_option(argv[at]))
            code = take_option(command->options, argc, argv, &at, common, &args);
        else
            args.words[args.count++] = argv[at];
    }
    for (int i = 0; command->most < 0 && i < args.after_count; i++)
        args.words[args.count++] = args.after[i];
    if (code == CLI_OK && !common->help && !common->version)
        code = check_count(command, args.count);
    if (code != CLI_OK) {
        free(args.words);
        return code;
    }
    *ret = args;
    return CLI_OK;
}

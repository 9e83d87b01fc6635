/* SPDX-License-Identifier: GPL-3.0-or-later */
/* help.c owns --help. It must never say what is not in a table. */
#include "cli/help.h"
#include <string.h>
#include "base/str.h"
#include "cli/options.h"
#include "cli/screen.h"

#define INDENT         "  "
#define OPTION_COLUMNS 24

static void print_pair(FILE *out, const char *left, size_t columns, const char *right)
{
    autobuf struct buf b = {0};
    buf_puts(&b, INDENT);
    buf_puts(&b, left);
    screen_pad(&b, strlen(INDENT), columns);
    buf_puts(&b, str_columns(left, strlen(left)) > columns ? "\n" INDENT : "");
    if (str_columns(left, strlen(left)) > columns)
        screen_pad(&b, b.len, columns);
    buf_putc(&b, ' ');
    buf_puts(&b, right);
    if (!b.err)
        fprintf(out, "%s\n", b.data);
}

static size_t widest_name(const struct help_commands *commands)
{
    size_t widest = 0;
    for (size_t i = 0; i < commands->count; i++)
        if (strlen(commands->items[i]->name) > widest)
            widest = strlen(commands->items[i]->name);
    return widest + 1;
}

static void print_options(FILE *out, const struct cli_option *options)
{
    for (size_t i = 0; options && options[i].name; i++) {
        autobuf struct buf left = {0};
        buf_printf(&left, "--%s", options[i].name);
        if (options[i].value)
            buf_printf(&left, " %s", _(options[i].value));
        if (!left.err)
            print_pair(out, left.data, OPTION_COLUMNS, _(options[i].help));
    }
}

void help_all(FILE *out, const struct help_commands *commands)
{
    fprintf(out, "%s\n\n%s\n", _("Usage: sekisho COMMAND [words] [--options]"), _("Commands:"));
    for (size_t i = 0; i < commands->count; i++)
        print_pair(out, commands->items[i]->name, widest_name(commands),
                   _(commands->items[i]->summary));
    fprintf(out, "\n%s\n", _("Options of every command:"));
    print_options(out, cli_common_options);
    fprintf(out, "\n%s\n", _("sekisho COMMAND --help tells more about one."));
}

void help_group(FILE *out, const struct help_commands *commands, const char *group)
{
    autobuf struct buf prefix = {0};
    buf_printf(&prefix, "%s ", group);
    for (size_t i = 0; i < commands->count && !prefix.err; i++)
        if (str_starts(commands->items[i]->name, prefix.data))
            print_pair(out, commands->items[i]->name, widest_name(commands),
                       _(commands->items[i]->summary));
}

static void print_examples(FILE *out, const char *command)
{
    const char *line;
    for (size_t i = 0; (line = help_example(command, i)); i++)
        fprintf(out, "%s" INDENT "%s\n", i == 0 ? _("\nExample:\n") : "", line);
}

void help_one(FILE *out, const struct cli_command *command)
{
    const char *words = command->words && command->words[0] ? _(command->words) : "";
    fprintf(out, _("Usage: sekisho %s %s"), command->name, words);
    fprintf(out, "\n\n%s\n", _(command->summary));
    if (command->options && command->options[0].name) {
        fprintf(out, "\n%s\n", _("Options:"));
        print_options(out, command->options);
    }
    print_examples(out, command->name);
    fprintf(out, "\n%s\n", _("Options of every command:"));
    print_options(out, cli_common_options);
}

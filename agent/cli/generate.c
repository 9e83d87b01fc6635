/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generate.c owns the forms of the tables that are installed: the man page's commands and the
 * shells' completions. It must never hold a command's name or option itself. */
#include <string.h>
#include "base/str.h"
#include "cli/help.h"
#include "cli/options.h"

/* A value that names a file gets file names completed. Untranslated, as in the tables. */
static bool is_file(const char *value)
{
    return value && (strstr(value, "FILE") || strstr(value, "DIR") || strstr(value, "DEVICE"));
}

/* The commands with those of two words first: "room list" is not the area "list" of "room". */
static const struct cli_command *at_turn(const struct help_commands *commands, size_t turn)
{
    for (int words = 2; words > 0; words--)
        for (size_t i = 0; i < commands->count; i++)
            if ((strchr(commands->items[i]->name, ' ') != NULL) == (words == 2) && turn-- == 0)
                return commands->items[i];
    return NULL;
}

/* roff takes '-' for a hyphen, '\' for an escape, and '.' or '\'' at a line's start for a request. */
static void put_roff(const char *text)
{
    if (text[0] == '.' || text[0] == '\'')
        fputs("\\&", stdout);
    for (; *text; text++) {
        if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\\')
            fputs("\\e", stdout);
        else
            putchar(*text);
    }
}

static void man_options(const struct cli_option *options)
{
    for (size_t i = 0; options && options[i].name; i++) {
        fputs(".TP\n\\fB\\-\\-", stdout);
        put_roff(options[i].name);
        fputs("\\fR", stdout);
        if (options[i].value) {
            fputs(" \\fI", stdout);
            put_roff(_(options[i].value));
            fputs("\\fR", stdout);
        }
        putchar('\n');
        put_roff(_(options[i].help));
        putchar('\n');
    }
}

/* Behind what it belongs to, unfilled. */
static void man_examples(const char *command)
{
    const char *line;
    for (size_t i = 0; (line = help_example(command, i)); i++) {
        fputs(i == 0 ? ".PP\n.EX\n" : "", stdout);
        put_roff(line);
        putchar('\n');
    }
    if (help_example(command, 0))
        fputs(".EE\n", stdout);
}

static void make_man(const struct help_commands *commands)
{
    for (size_t i = 0; i < commands->count; i++) {
        const struct cli_command *c = commands->items[i];
        printf(".SS \"sekisho %s", c->name);
        if (c->words && c->words[0]) {
            putchar(' ');
            put_roff(_(c->words));
        }
        fputs("\"\n", stdout);
        put_roff(_(c->summary));
        fputs(_(".\n"), stdout);
        man_options(c->options);
        man_examples(c->name);
    }
    printf(".SS \"%s\"\n", _("Options of every command"));
    man_options(cli_common_options);
}

static void bash_words(const struct cli_option *options, bool files_only)
{
    for (size_t i = 0; options && options[i].name; i++)
        if (!files_only || is_file(options[i].value))
            printf("%s--%s", i ? " " : "", options[i].name);
}

static void bash_files(const struct help_commands *commands)
{
    fputs("    case $previous in\n    --lang) COMPREPLY=($(compgen -W 'ja en' -- \"$current\")); "
          "return ;;\n    --instance",
          stdout);
    for (size_t i = 0; i < commands->count; i++)
        for (const struct cli_option *o = commands->items[i]->options; o && o->name; o++)
            if (is_file(o->value))
                printf("|--%s", o->name);
    fputs(") compopt -o default; return ;;\n    esac\n", stdout);
}

static void make_bash(const struct help_commands *commands)
{
    fputs("# bash completion for sekisho(1), made by: sekisho help --format bash\n"
          "_sekisho()\n{\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local word one= two= options='' files='' commands=''\n"
          "    COMPREPLY=()\n",
          stdout);
    bash_files(commands);
    fputs("    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
          "        [[ $word == -* ]] && continue\n"
          "        if [[ -z $one ]]; then one=$word; elif [[ -z $two ]]; then two=$word; fi\n"
          "    done\n"
          "    case \"$one $two\" in\n",
          stdout);
    const struct cli_command *c;
    for (size_t i = 0; (c = at_turn(commands, i)); i++) {
        printf("    '%s'%s) options='", c->name, strchr(c->name, ' ') ? "" : "' '*");
        bash_words(c->options, false);
        printf("' files=%s ;;\n", is_file(c->words) ? "yes" : "");
    }
    fputs("    esac\n    options+=' ", stdout);
    bash_words(cli_common_options, false);
    fputs("'\n    commands=(", stdout);
    for (size_t i = 0; i < commands->count; i++)
        printf("%s'%s'", i ? " " : "", commands->items[i]->name);
    fputs(")\n"
          "    if [[ $current == -* ]]; then\n"
          "        COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
          "    elif [[ -z $one ]]; then\n"
          "        COMPREPLY=($(compgen -W \"${commands[*]%% *}\" -- \"$current\" | sort -u))\n"
          "    elif [[ -z $two && $files != yes ]]; then\n"
          "        for word in \"${commands[@]}\"; do\n"
          "            [[ $word == \"$one \"* ]] && COMPREPLY+=($(compgen -W \"${word#* }\" -- "
          "\"$current\"))\n"
          "        done\n"
          "    fi\n"
          "    [[ $files == yes && $current != -* ]] && compopt -o default\n"
          "    return 0\n"
          "}\n"
          "complete -F _sekisho sekisho\n",
          stdout);
}

/* Within '…' of zsh's _arguments and of fish: quotes, brackets and colons would end the text. */
static void put_shell_text(const char *text, const char *escaped)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\\''", stdout);
            continue;
        }
        if (strchr(escaped, *text))
            putchar('\\');
        putchar(*text);
    }
}

static void zsh_options(const struct cli_option *options)
{
    for (size_t i = 0; options && options[i].name; i++) {
        printf(" \\\n            '--%s%s[", options[i].name, options[i].value ? "=" : "");
        put_shell_text(_(options[i].help), "[]:\\");
        putchar(']');
        if (options[i].value) {
            putchar(':');
            put_shell_text(_(options[i].value), "[]:\\");
            printf(":%s", is_file(options[i].value) ? "_files" : "");
        }
        putchar('\'');
    }
}

static void make_zsh(const struct help_commands *commands)
{
    fputs("#compdef sekisho\n# made by: sekisho help --format zsh\n"
          "_sekisho() {\n    local -a commands words_given\n    commands=(\n",
          stdout);
    for (size_t i = 0; i < commands->count; i++) {
        printf("        '%s:", commands->items[i]->name);
        put_shell_text(_(commands->items[i]->summary), ":\\");
        fputs("'\n", stdout);
    }
    fputs("    )\n"
          "    words_given=(${(M)words[2,CURRENT-1]:#[^-]*})\n"
          "    case \"${words_given[1]} ${words_given[2]}\" in\n",
          stdout);
    const struct cli_command *c;
    for (size_t i = 0; (c = at_turn(commands, i)); i++) {
        printf("    '%s'%s)\n        _arguments", c->name, strchr(c->name, ' ') ? "" : "' '*");
        zsh_options(c->options);
        zsh_options(cli_common_options);
        printf(" \\\n            '*:%s:%s' ;;\n", "word", is_file(c->words) ? "_files" : " ");
    }
    fputs("    *)\n        _describe command commands ;;\n    esac\n}\n_sekisho \"$@\"\n", stdout);
}

static void fish_options(const char *condition, const struct cli_option *options)
{
    for (size_t i = 0; options && options[i].name; i++) {
        printf("complete -c sekisho%s -l %s%s -d '", condition, options[i].name,
               !options[i].value ? "" : is_file(options[i].value) ? " -r -F" : " -x");
        put_shell_text(_(options[i].help), "\\");
        fputs("'\n", stdout);
    }
}

/* The second words of the group that this command of one word is as well. */
static void fish_second_words(const struct help_commands *commands, const char *group, struct buf *b)
{
    size_t len = strlen(group);
    for (size_t i = 0; i < commands->count; i++)
        if (str_starts(commands->items[i]->name, group) && commands->items[i]->name[len] == ' ')
            buf_printf(b, " %s", commands->items[i]->name + len + 1);
}

static void fish_command(const struct help_commands *commands, const struct cli_command *c)
{
    autobuf struct buf others = {0};
    const char *second = strchr(c->name, ' ');
    int first_len = second ? (int)(second - c->name) : (int)strlen(c->name);
    char condition[256];
    if (second) {
        printf("complete -c sekisho -n '__fish_seen_subcommand_from %.*s' -a %s -d '", first_len,
               c->name, second + 1);
        snprintf(condition, sizeof condition,
                 " -n '__fish_seen_subcommand_from %.*s; and __fish_seen_subcommand_from %s'",
                 first_len, c->name, second + 1);
    } else {
        printf("complete -c sekisho -n __fish_use_subcommand -a %s -d '", c->name);
        fish_second_words(commands, c->name, &others);
        snprintf(condition, sizeof condition, " -n '__fish_seen_subcommand_from %s%s%s'", c->name,
                 others.len ? "; and not __fish_seen_subcommand_from" : "",
                 others.data ? others.data : "");
    }
    put_shell_text(_(c->summary), "\\");
    fputs("'\n", stdout);
    fish_options(condition, c->options);
    if (is_file(c->words))
        printf("complete -c sekisho%s -F\n", condition);
}

static void make_fish(const struct help_commands *commands)
{
    fputs("# fish completion for sekisho(1), made by: sekisho help --format fish\n"
          "complete -c sekisho -f\n",
          stdout);
    const char *group = "";
    for (size_t i = 0; i < commands->count; i++) {
        const char *name = commands->items[i]->name;
        size_t len = strcspn(name, " ");
        if (name[len] && (strncmp(group, name, len) != 0 || group[len] != ' '))
            printf("complete -c sekisho -n __fish_use_subcommand -a %.*s\n", (int)len, name);
        group = name;
        fish_command(commands, commands->items[i]);
    }
    fish_options("", cli_common_options);
}

int help_generate(const char *format, const struct help_commands *commands)
{
    static const struct {
        const char *name;
        void (*make)(const struct help_commands *commands);
    } formats[] = {{"man", make_man}, {"bash", make_bash}, {"zsh", make_zsh}, {"fish", make_fish}};
    for (size_t i = 0; i < array_count(formats); i++)
        if (str_eq(formats[i].name, format)) {
            formats[i].make(commands);
            return CLI_OK;
        }
    return cli_error(CLI_USAGE, _("unknown format %s: one of man, bash, zsh, fish"), format);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_report.c owns the printing of papers. It must never print one from records that did not verify,
 * nor say that one is complete in which something was not filled in. */
#include <errno.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/files.h"
#include "client/language.h"
#include "cli/report_blanks.h"
#include "cli/report_input.h"
#include "cli/report_print.h"
#include "cli/screen.h"
#include "record/record.h"

static const char *value_or(const struct cli_args *args, const char *name, const char *otherwise)
{
    const char *value = cli_value(args, name);
    return value ? value : otherwise;
}

static int list_papers(const struct cli *cli)
{
    autojson json_t *list = json_array();
    const char *headings[] = {_("Paper"), _("Title"), _("Layout")};
    bool japanese = str_eq(cli->lang, "ja");
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    for (const struct report_row *row = report_rows; row->name; row++) {
        const char *cells[] = {row->name, report_in(&row->title, japanese),
                               row->client_layout ? _("the contract's") : _("our own")};
        screen_table_add(t, cells);
        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s}", "paper", row->name, "ja", row->title.ja,
                                              "en", row->title.en, "layout",
                                              row->client_layout ? "client" : "own"));
    }
    if (cli->json)
        return cli_json(list);
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static int unknown_paper(const char *name)
{
    const char *names[64];
    size_t count = 0;
    for (const struct report_row *row = report_rows; row->name && count < array_count(names); row++)
        names[count++] = row->name;
    const char *nearest = str_nearest(name, names, count);
    if (nearest)
        return cli_error(CLI_USAGE, _("there is no paper %s, did you mean %s?"), name, nearest);
    return cli_error(CLI_USAGE, _("there is no paper %s; sekisho report lists them"), name);
}

static int check_format(const char *format, const char *out)
{
    static const char *const formats[] = {"html", "pdf", "csv", "json"};
    for (size_t i = 0; i < array_count(formats); i++)
        if (str_eq(format, formats[i])) {
            if (str_eq(format, "pdf") && !out)
                return cli_error(CLI_USAGE, _("where to? --format pdf needs --out FILE"));
            return CLI_OK;
        }
    return cli_error(CLI_USAGE, _("--format is html, pdf, csv or json, not %s"), format);
}

/* The command as it was typed, but for options of which each name stands in `without` between blanks. */
static void put_again(struct buf *b, const struct cli *cli, const struct cli_args *args, const char *without)
{
    char name[64];
    buf_puts(b, "sekisho report");
    for (int i = 0; i < args->count; i++) {
        buf_putc(b, ' ');
        files_quote(b, args->words[i]);
    }
    for (size_t i = 0; args->options[i].name; i++) {
        snprintf(name, sizeof name, " %s ", args->options[i].name);
        if (!args->value[i] || strstr(without, name))
            continue;
        buf_printf(b, " --%s", args->options[i].name);
        if (args->options[i].value) {
            buf_putc(b, ' ');
            files_quote(b, args->value[i]);
        }
    }
    if (!str_eq(cli->lang, _("en")))
        buf_printf(b, " --lang %s", cli->lang);
}

/* How what is missing gets into the paper: texts by a file, pictures by a folder. */
static void say_missing(const struct cli *cli, const struct cli_args *args, const json_t *document)
{
    autobuf struct buf again = {0};
    put_again(&again, cli, args, " out blanks format ");
    const json_t *picture;
    size_t i;
    bool without = false;
    json_array_foreach(record_member(document, "pictures"), i, picture)
        without = without || json_is_null(json_object_get(picture, "src"));
    if (json_array_size(record_member(document, "blanks")) > 0)
        ask_hint(cli, _("to fill them in: %s --blanks FILE"), again.data ? again.data : "");
    if (without)
        ask_hint(cli, "%s", _("pictures are missing: put E-NUMBER-before.jpg and E-NUMBER-after.jpg into a folder and add "
                              "--photos DIR"));
}

/* What a person should do about the paper that was made. */
static int say_state(const struct cli *cli, const struct cli_args *args, const json_t *document, const char *out)
{
    long long missing = (long long)record_number(document, "missing");
    bool confirmed = json_array_size(json_object_get(document, "confirmed")) > 0;
    if (out && !cli->quiet)
        fprintf(stderr, _("%s is printed to %s\n"), record_text(document, "paper"), out);
    if (!confirmed && out)
        ask_hint(cli, _("nobody has confirmed it; who must: sekisho confirm %s --as ROLE"), out);
    if (missing == 0)
        return CLI_OK;
    say_missing(cli, args, document);
    return cli_error(CLI_INCOMPLETE, ngettext("%lld entry is not filled in; it is marked in the paper",
                                              "%lld entries are not filled in; they are marked in the paper",
                                              (unsigned long)missing), missing);
}

/* The file to fill in is all that was asked for. */
static int say_blanks(const struct cli *cli, const struct cli_args *args, const json_t *document, const char *file)
{
    const char *entries = cli_value(args, "entries");
    autobuf struct buf again = {0}, into = {0};
    put_again(&again, cli, args, " out blanks format entries ");
    files_quote(&into, entries ? entries : file);
    if (record_number(document, "missing") == 0)
        ask_hint(cli, "%s", _("nothing is missing in this paper"));
    else if (json_array_size(record_member(document, "blanks")) == 0)
        say_missing(cli, args, document);
    else if (entries)
        ask_hint(cli, _("fill it in with an editor and add its lines to %s, then: %s --entries %s --out FILE"), entries,
                 again.data ? again.data : "", into.data ? into.data : "");
    else
        ask_hint(cli, _("fill it in with an editor, then: %s --entries %s --out FILE"), again.data ? again.data : "",
                 into.data ? into.data : "");
    return CLI_OK;
}

static int print_paper(struct cli *cli, const struct cli_args *args, const struct report_row *row)
{
    autoinput struct report_input in = {0};
    autojson json_t *document = NULL;
    autobuf struct buf bytes = {0};
    struct clock_now now;
    char printed[CLOCK_TIME_CAP];
    const char *out = cli_value(args, "out");
    const char *format = value_or(args, "format", cli->json ? "json" : "html");
    int code = check_format(format, out);
    language_choose(cli->lang, false); /* one paper says the same in each format */
    if (code == CLI_OK)
        code = report_input_read(cli, args, 1, row, value_or(args, "contract", ""),
                                 value_or(args, "from", ""), value_or(args, "to", ""), &in);
    if (code != CLI_OK)
        return code;
    clock_read(&now);
    clock_format(printed, now.wall_s, 0);
    int r = report_build(row, &in.source, str_eq(cli->lang, "ja"), printed, &document);
    if (r != 0)
        return cli_error(CLI_FAILED, _("the paper can't be made: %s"), cli_strerror(r));
    const char *blanks = cli_value(args, "blanks");
    code = blanks ? report_blanks_write(cli, document, blanks) : CLI_OK;
    if (code == CLI_OK && blanks && !out)
        return say_blanks(cli, args, document, blanks);
    if (code == CLI_OK)
        code = report_print(args, format, row, document, &bytes);
    if (code == CLI_OK && out)
        code = files_create(out, bytes.data, bytes.len, 0600);
    else if (code == CLI_OK && fwrite(bytes.data, 1, bytes.len, stdout) != bytes.len)
        code = cli_error(CLI_FAILED, _("the output can't be written: %s"), cli_strerror(-errno));
    return code == CLI_OK ? say_state(cli, args, document, out) : code;
}

static int run_report(struct cli *cli, const struct cli_args *args)
{
    if (args->count == 0)
        return list_papers(cli);
    const struct report_row *row = report_find(args->words[0]);
    return row ? print_paper(cli, args, row) : unknown_paper(args->words[0]);
}

static const struct cli_option report_options[] = {
    {"contract", N_("ID"), N_("the contract; not needed where there is one only")},
    {"from", N_("DAY"), N_("from this day on")},
    {"to", N_("DAY"), N_("up to this day")},
    {"format", N_("html|pdf|csv|json"), N_("what to print; html unless given")},
    {"out", N_("FILE"), N_("a new file for it, instead of the screen")},
    {"blanks", N_("FILE"), N_("a new file with a line for each thing that is not filled in, for --entries")},
    REPORT_PRINT_OPTIONS,
    REPORT_SOURCE_OPTIONS,
    {NULL, NULL, NULL},
};

const struct cli_command cmd_report_commands[] = {
    {"report", N_("[PAPER] [DIR…]"),
     N_("Print a paper that the contract asks for, from verified records; without one, list them"),
     report_options, 0, -1, run_report},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

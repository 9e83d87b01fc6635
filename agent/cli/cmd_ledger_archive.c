/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ledger_archive.c owns the commands about old segments of the ledger. All of them ask control: the
 * rules for keeping are the policy's. It must never remove anything itself. */
#include <string.h>
#include <time.h>
#include <sekisho/ops.h>
#include "base/buf.h"
#include "base/str.h"
#include "cli/ledger_lines.h"
#include "cli/screen.h"
#include "record/record.h"

#define WAIT_MS 200 /* milliseconds between two looks at work in progress */

static const char *form_word(const json_t *row)
{
    const char *form = record_text(row, "form");
    if (str_eq(form, "archived"))
        return record_flag(row, "protected") ? _("archived, protected") : _("archived, not protected");
    return str_eq(form, "removed") ? _("removed") : _("plain");
}

static const struct {
    const char *code, *text;
} reasons[] = {
    {"period", N_("the client's period: until %.10s")},
    {"no-period", N_("the policy gives contract %s no period")},
    {"no-contract", N_("contract %s is not in the policy")},
    {"no-area", N_("area %s is not in the policy")},
    {"no-common-period", N_("the policy gives records of no contract no period%s")},
    {"case-open", N_("case %s is not closed")},
    {"incident-open", N_("incident %s is not closed")},
};

/* The first of the reasons, and how many more there are. */
static void put_reason(struct buf *b, const json_t *why)
{
    const json_t *first = json_array_get(why, 0);
    for (size_t i = 0; first && i < array_count(reasons); i++)
        if (str_eq(reasons[i].code, record_text(first, "code")))
            buf_printf(b, _(reasons[i].text), record_text(first, "about"));
    if (json_array_size(why) > 1)
        buf_printf(b, " (+%zu)", json_array_size(why) - 1);
    buf_puts(b, first ? "" : "-");
}

/* One row for each segment: what it is, until when it stays and why. CLI_OK or CLI_FAILED. */
static int print_segments(const json_t *rows)
{
    const char *const headings[] = {_("segment"), _("records"), _("form"), _("latest record"),
                                    _("kept until"), _("what keeps it")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        char number[16], span[48];
        const json_t *why = record_member(row, "why");
        autobuf struct buf reason = {0};
        const char *until = record_text(row, "until");
        put_reason(&reason, why);
        snprintf(number, sizeof number, "%lld", (long long)record_number(row, "segment"));
        snprintf(span, sizeof span, "%lld-%lld", (long long)record_number(row, "from"),
                 (long long)record_number(row, "to"));
        autofree char *day = strndup(*until ? until : "-", 10);
        autofree char *last = strndup(record_text(row, "last"), 10);
        const char *const cells[] = {number, span, form_word(row),
                                     last ? last : "", day ? day : "", reason.data ? reason.data : ""};
        screen_table_add(t, cells);
    }
    return screen_table_print(t) == 0 ? CLI_OK : CLI_FAILED;
}

int ledger_run_archives(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *question = json_object(), *answer = NULL;
    (void)args;
    int code = cli_ask(cli, SK_OP_LEDGER_ARCHIVES, question, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    long long working = record_number(answer, "working");
    if (working > 0)
        printf(ngettext("%lld segment is being worked on.\n", "%lld segments are being worked on.\n",
                        (unsigned long)working), working);
    if (json_array_size(record_member(answer, "segments")) == 0) {
        puts(_("No segment of the ledger is closed yet."));
        return CLI_OK;
    }
    return print_segments(record_member(answer, "segments"));
}

/* Until the ledger has done what it was asked. */
static int wait_for_end(struct cli *cli, size_t total)
{
    for (;;) {
        autojson json_t *question = json_object(), *answer = NULL;
        int code = cli_ask(cli, SK_OP_LEDGER_ARCHIVES, question, NULL, 0, &answer);
        if (code != CLI_OK)
            return code;
        uint64_t left = (uint64_t)record_number(answer, "working");
        cli_progress_count(cli, _("Segments"), total > left ? total - left : 0, total);
        if (left == 0)
            return CLI_OK;
        nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * 1000000}, NULL);
    }
}

/* What would be done, or is, to one and to several. */
struct said {
    const char *would, *would_all, *done, *done_all;
};

/* Ask, say which segments, wait. */
static int run(struct cli *cli, const struct cli_args *args, const char *op, json_t *question,
               const struct said *said)
{
    autojson json_t *answer = NULL;
    bool dry = cli_flag(args, "dry-run");
    int code = cli_ask(cli, op, question, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    const json_t *rows = record_member(answer, "segments");
    size_t count = json_array_size(rows);
    if (count > 0 && !dry)
        code = wait_for_end(cli, count);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf(dry ? ngettext(said->would, said->would_all, count) : ngettext(said->done, said->done_all, count), count);
    if (record_number(answer, "seq") >= 0)
        printf(_("Record %lld says so.\n"), (long long)record_number(answer, "seq"));
    if (json_array_size(record_member(answer, "all")) == 0)
        return CLI_OK;
    return print_segments(record_member(answer, count > 0 ? "segments" : "all"));
}

int ledger_run_archive(struct cli *cli, const struct cli_args *args)
{
    static const struct said said = {
        NG_("%zu segment would be compressed.\n", "%zu segments would be compressed.\n"),
        NG_("%zu segment was compressed.\n", "%zu segments were compressed.\n")};
    autojson json_t *question = json_pack("{s:b}", "dry-run", cli_flag(args, "dry-run"));
    return run(cli, args, SK_OP_LEDGER_ARCHIVE, question, &said);
}

int ledger_run_prune(struct cli *cli, const struct cli_args *args)
{
    static const struct said said = {
        NG_("The records of %zu segment would be removed.\n", "The records of %zu segments would be removed.\n"),
        NG_("The records of %zu segment were removed.\n", "The records of %zu segments were removed.\n")};
    const char *why = cli_value(args, "why");
    if (!why && !cli_flag(args, "dry-run"))
        return cli_error(CLI_INCOMPLETE, _("say why the records go: --why TEXT (or look first: "
                                           "--dry-run)"));
    autojson json_t *question = json_pack("{s:b,s:s}", "dry-run", cli_flag(args, "dry-run"), "why",
                                          why ? why : "");
    return run(cli, args, SK_OP_LEDGER_PRUNE, question, &said);
}

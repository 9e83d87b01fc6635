/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_case.c owns the view of cases and the recording of their ends. It must never join records
 * itself: control does, from verified ones. */
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/ops.h>
#include <string.h>
#include <sys/stat.h>
#include "base/digest.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "record/record.h"

static int run_case(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:s}", "case", args->words[0]);
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_CASE, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    const json_t *view = record_member(answer, "case");
    if (cli->json)
        return cli_json(view);
    view_print(view, str_eq(cli->lang, "ja"));
    if (record_flag(view, "kept-in"))
        ask_hint(cli, "%s", _("names, purpose and keeping are shown in the room only, until a permit is "
                              "given"));
    return CLI_OK;
}

static void add_row(struct screen_table *t, const json_t *view)
{
    autobuf struct buf person = {0};
    autobuf struct buf at = {0};
    autobuf struct buf due = {0};
    bool copy = str_eq(record_text(view, "type"), "copy");
    screen_person(&person, record_member(view, "person"));
    screen_time(&at, record_text(view, "at"), false);
    if (at.len > 16)
        at.data[16] = '\0'; /* minutes are enough in a list */
    buf_puts(&due, record_text(view, "return-by"));
    if (record_flag(view, "overdue")) {
        buf_puts(&due, due.len ? " " : "");
        buf_puts(&due, _("OVERDUE"));
    }
    const char *cells[] = {
        record_text(view, "case"),
        copy ? _("copy") : _("take-out"),
        view_state_here(record_text(view, "state")),
        at.data ? at.data : "",
        person.data ? person.data : "",
        view_id(view, "destination"),
        due.data ? due.data : "",
        record_text(view, "purpose"),
    };
    screen_table_add(t, cells);
}

static int run_cases(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *request = json_pack("{s:b, s:b}", "open", cli_flag(args, "open"), "overdue",
                                         cli_flag(args, "overdue"));
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_CASES, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    const json_t *rows = record_member(answer, "cases");
    if (json_array_size(rows) == 0) {
        puts(_("No cases."));
        return CLI_OK;
    }
    const char *headings[] = {_("Case"),   _("Kind"),        _("State"),  _("At"),
                              _("Person"), _("Destination"), _("Return by"), _("Purpose")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row)
        add_row(t, row);
    return screen_table_print(t) == 0 ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

/* {"text","file","sha256"} of a proof's file. */
static int hash_proof(const char *path, json_t **ret)
{
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    struct stat st;
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int r = fd < 0 || fstat(fd, &st) != 0 ? -errno : 0;
    if (r == 0 && !S_ISREG(st.st_mode))
        return cli_error(CLI_FAILED, _("%s is no regular file"), path);
    if (r == 0)
        r = digest_of_fd(fd, digest, NULL);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s: %s", path, gettext(sk_strerror(r)));
    digest_hex(hex, digest);
    const char *slash = strrchr(path, '/');
    autobuf struct buf name = {0};
    str_escape(&name, slash ? slash + 1 : path, strlen(slash ? slash + 1 : path));
    *ret = json_pack("{s:s, s:s, s:s}", "text", "", "file", name.data ? name.data : "", "sha256",
                     hex);
    return *ret ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

/* A return or disposal: the method and its proof, recorded under the case. */
static int record_end(struct cli *cli, const struct cli_args *args, const char *op)
{
    const char *method = cli_value(args, "method");
    const char *text = cli_value(args, "proof"), *file = cli_value(args, "proof-file");
    if (!method || !method[0])
        return cli_error(CLI_INCOMPLETE, _("how was it done? Add --method TEXT"));
    if (!file && (!text || !text[0]))
        return cli_error(CLI_INCOMPLETE,
                         _("what proves it? Add --proof TEXT or --proof-file FILE"));
    if (file && text)
        return cli_error(CLI_USAGE, _("either --proof or --proof-file"));
    autojson json_t *proof = NULL;
    int code = CLI_OK;
    if (file)
        code = hash_proof(file, &proof);
    else
        proof = json_pack("{s:s, s:s, s:s}", "text", text, "file", "", "sha256", "");
    if (code != CLI_OK)
        return code;
    autojson json_t *request = json_pack("{s:s, s:s, s:O}", "case", args->words[0], "method",
                                         method, "proof", proof);
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    autojson json_t *answer = NULL;
    code = cli_ask(cli, op, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf(str_eq(op, SK_OP_RETURN) ? _("Recorded: %s was returned.\n")
                                    : _("Recorded: %s was disposed of.\n"),
           args->words[0]);
    ask_hint(cli, _("the whole record: sekisho case %s"), args->words[0]);
    return CLI_OK;
}

static int run_return(struct cli *cli, const struct cli_args *args)
{
    return record_end(cli, args, SK_OP_RETURN);
}

static int run_dispose(struct cli *cli, const struct cli_args *args)
{
    return record_end(cli, args, SK_OP_DISPOSE);
}

static const struct cli_option cases_options[] = {
    {"open", NULL, N_("only those that are neither returned nor disposed of")},
    {"overdue", NULL, N_("only those whose return is due")},
    {NULL, NULL, NULL},
};

static const struct cli_option end_options[] = {
    {"method", N_("TEXT"), N_("how it was done")},
    {"proof", N_("TEXT"), N_("what proves it")},
    {"proof-file", N_("FILE"), N_("a file that proves it; its SHA-256 is recorded")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_case_commands[] = {
    {"case", N_("CASE"), N_("Show the whole record of a copy or take-out"), NULL, 1, 1, run_case},
    {"cases", "", N_("Show the copies and take-outs that you may see"), cases_options, 0, 0,
     run_cases},
    {"return", N_("CASE --method TEXT --proof TEXT | --proof-file FILE"),
     N_("Record that what was taken out came back"), end_options, 1, 1, run_return},
    {"dispose", N_("CASE --method TEXT --proof TEXT | --proof-file FILE"),
     N_("Record that what was copied or taken out was destroyed"), end_options, 1, 1,
     run_dispose},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

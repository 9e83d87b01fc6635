/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_confirm.c owns a person's word for a printed paper. It must never confirm a file of which a byte is another
 * than what the records make of it, nor sign what was not shown. */
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/ops.h>
#include <sekisho/paths.h>
#include <string.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "cli/approver.h"
#include "cli/ask.h"
#include "client/language.h"
#include "cli/report_input.h"
#include "cli/report_print.h"
#include "cli/screen.h"
#include "record/record.h"
#include "report/paper.h"
#include "report/pdf.h"

#define DAY_S 86400 /* seconds that PCs' clocks may differ by */

/* The printed file, and which paper it is. */
struct printed {
    const char *file;
    struct buf bytes;
    struct report_mark mark;
    const struct report_row *row;
    char sha256[DIGEST_HEX_CAP];
    int64_t missing;
};

static void forget(struct printed *p)
{
    buf_free(&p->bytes);
}

static int read_printed(struct printed *p)
{
    uint8_t digest[DIGEST_LEN];
    int r = file_read(AT_FDCWD, p->file, BUF_MAX - 1, &p->bytes);
    if (r == 0)
        r = digest_of(p->bytes.data, p->bytes.len, digest);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s: %s", p->file, cli_strerror(r));
    digest_hex(p->sha256, digest);
    if (report_mark_read(p->bytes.data, p->bytes.len, &p->mark) != 0 || p->mark.head_count == 0)
        return cli_error(CLI_USAGE, _("%s is no paper of sekisho report (its last line is gone?)"), p->file);
    p->row = report_find(p->mark.name);
    if (!p->row)
        return cli_error(CLI_USAGE, _("there is no paper %s; sekisho report lists them"), p->mark.name);
    return CLI_OK;
}

/* The day on a paper stands in no record: it must be one on which the paper can have been printed. */
static bool printed_then(const struct report_mark *m, const struct report_source *s)
{
    int64_t at_s;
    return clock_parse_time(m->printed, &at_s) == 0 && at_s <= clock_wall_s() + DAY_S &&
           (s->count == 0 || at_s >= s->records[s->count - 1].at_s - DAY_S);
}

/* The paper once more: of the records up to where they stood when it was printed, or of all of them. */
static int build_again(struct cli *cli, const struct cli_args *args, const struct printed *p, bool as_printed,
                       json_t **ret)
{
    const struct report_mark *m = &p->mark;
    autoinput struct report_input in = {0};
    struct cli once = *cli;
    if (as_printed) {
        once.quiet = true; /* the hints were given before */
        in.source.heads = m->heads;
        in.source.head_count = m->head_count;
    }
    language_choose(m->lang, false); /* as it was printed */
    int code = report_input_read(&once, args, 1, p->row, m->contract, m->from, m->to, &in);
    language_choose(cli->lang, cli->json);
    if (code != CLI_OK)
        return code;
    if (in.source.ledger_count != m->head_count)
        return cli_error(CLI_USAGE, _("the number of ledgers that the paper is made of is %zu: name the same, in the "
                                      "same order"), m->head_count);
    if (as_printed && !printed_then(m, &in.source))
        return cli_error(CLI_NO, _("%s: it can't have been printed on the day that it says"), p->file);
    int r = report_build(p->row, &in.source, str_eq(m->lang, "ja"), m->printed, ret);
    return r == 0 ? CLI_OK : cli_error(CLI_FAILED, _("the paper can't be made: %s"), cli_strerror(r));
}

/* Do the records still say it? */
static int compare_content(struct cli *cli, const struct cli_args *args, struct printed *p)
{
    autojson json_t *document = NULL;
    int code = build_again(cli, args, p, false, &document);
    if (code != CLI_OK)
        return code;
    if (!str_eq(record_text(document, "content"), p->mark.content) && !cli_value(args, "entries"))
        ask_hint(cli, "%s", _("was it printed with --entries? Then give the same file here too"));
    if (!str_eq(record_text(document, "content"), p->mark.content))
        return cli_error(CLI_NO, _("the records say something else now than this paper: print it again "
                                   "(with the same ledgers, policy and entries)"));
    p->missing = record_number(document, "missing");
    return CLI_OK;
}

/* Is the file what was printed, to the byte? What it says is what the person signs, not what its mark says. */
static int compare_bytes(struct cli *cli, const struct cli_args *args, struct printed *p)
{
    autojson json_t *document = NULL;
    autobuf struct buf again = {0};
    const char *format = report_print_format(p->bytes.data, p->bytes.len);
    int code = build_again(cli, args, p, true, &document);
    if (code == CLI_OK)
        code = report_print(args, format, p->row, document, &again);
    if (code != CLI_OK)
        return code;
    bool pdf = str_eq(format, "pdf");
    if (pdf ? pdf_same(&again, &p->bytes)
            : again.len == p->bytes.len && memcmp(again.data, p->bytes.data, again.len) == 0)
        return CLI_OK;
    if (pdf)
        return cli_error(CLI_NO, _("%s is not what the records give as a PDF here: it was changed after it was "
                                   "printed, or another program or version made it. Print it again, or confirm it "
                                   "as html"), p->file);
    return cli_error(CLI_NO, _("%s was changed after it was printed, or other templates or entries are used here: "
                               "it is not confirmed. Print it again"), p->file);
}

static int compare(struct cli *cli, const struct cli_args *args, struct printed *p)
{
    if (!cli_value(args, "from-ledger") && access(sk_path(SK_PATH_LEDGER), R_OK) != 0)
        return cli_error(CLI_FAILED, _("you can't read the records here, so the paper can't be compared with them: "
                                       "who confirms papers belongs to the group %s, or names the ledger or an "
                                       "extract with --from-ledger"), SK_GROUP_AUDIT);
    int code = compare_content(cli, args, p);
    return code == CLI_OK ? compare_bytes(cli, args, p) : code;
}

static void show(const struct printed *p, const char *role)
{
    autobuf struct buf range = {0};
    buf_printf(&range, "%s – %s", p->mark.from, p->mark.to);
    screen_line(_("Paper"), p->mark.name);
    screen_line(_("Contract"), p->mark.contract);
    if (*p->mark.from || *p->mark.to)
        screen_line(_("Range"), range.data ? range.data : "");
    screen_line(_("File"), p->file);
    screen_line("SHA-256", p->sha256);
    screen_line(_("As"), role);
    if (p->missing > 0)
        printf(ngettext("%lld entry is not filled in.\n", "%lld entries are not filled in.\n",
                        (unsigned long)p->missing), (long long)p->missing);
}

static json_t *question_of(const struct printed *p, const char *role)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "paper", p->mark.name, "contract", p->mark.contract,
                     "from", p->mark.from, "to", p->mark.to, "sha256", p->sha256, "content",
                     p->mark.content, "role", role);
}

/* The signature over the line, by the key that the policy names for the person. */
static int sign(const struct cli_args *args, const json_t *prepared, struct buf *out)
{
    autofree char *path = NULL;
    struct minisign_secret secret;
    char key[MINISIGN_PUBLIC_TEXT_CAP];
    bool wrong = false;
    int code = approver_key_path(cli_value(args, "key"), false, &path);
    if (code == CLI_OK)
        code = approver_key_open(path, &secret, &wrong);
    if (code != CLI_OK)
        return wrong ? cli_error(code, _("wrong passphrase")) : code;
    minisign_public_format(&secret.pub, key);
    if (!str_eq(key, record_text(prepared, "key")))
        code = cli_error(CLI_REFUSED, _("%s is not the key that the policy names for you (%s)"), path,
                         record_text(prepared, "key"));
    else
        code = approver_sign(&secret, record_text(prepared, "line"), "sekisho confirm", out);
    minisign_secret_wipe(&secret);
    return code;
}

static int record(struct cli *cli, const struct cli_args *args, const struct printed *p, json_t *question,
                  const json_t *prepared)
{
    autobuf struct buf signature = {0};
    autojson json_t *answer = NULL;
    int code = *record_text(prepared, "key") ? sign(args, prepared, &signature) : CLI_OK;
    if (code != CLI_OK)
        return code;
    json_object_set_new(question, "signature", json_string(signature.data ? signature.data : ""));
    json_object_set_new(question, "missing", json_integer(p->missing));
    code = cli_ask(cli, SK_OP_PAPER_CONFIRM, question, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf(_("Recorded: you have confirmed %s (record %lld).\n"), p->mark.name,
           (long long)record_number(answer, "seq"));
    ask_hint(cli, _("printed again it shows your name: sekisho report %s"), p->mark.name);
    return CLI_OK;
}

/* A role by its name, or as papers and screens print it in either language. NULL: there is none. */
static const char *role_of(const char *word)
{
    static const struct {
        const char *role, *words[6];
    } roles[] = {
        {"handler", {"handler", "取扱者", "データ取扱者"}},
        {"manager", {"manager", "information manager", "情報管理責任者", "責任者", "データ取扱責任者",
                     "特定個人情報ファイル取扱責任者"}},
        {"administrator", {"administrator", "システム管理者", "管理者"}},
        {"auditor", {"auditor", "監査者"}},
    };
    for (size_t i = 0; i < array_count(roles); i++)
        for (size_t k = 0; k < array_count(roles[i].words) && roles[i].words[k]; k++)
            if (str_eq(roles[i].words[k], word))
                return roles[i].role;
    return NULL;
}

static int run_confirm(struct cli *cli, const struct cli_args *args)
{
    const char *word = cli_value(args, "as"), *role = word ? role_of(word) : NULL;
    struct printed p __attribute__((cleanup(forget))) = {.file = args->words[0]};
    if (!word)
        return cli_error(CLI_USAGE, _("as whom? Add --as handler, manager, administrator or auditor"));
    if (!role)
        return cli_error(CLI_USAGE, _("there is no role %s: --as takes handler, manager, administrator or auditor"), word);
    int code = read_printed(&p);
    if (code == CLI_OK)
        code = compare(cli, args, &p);
    if (code != CLI_OK)
        return code;
    autojson json_t *question = question_of(&p, role);
    autojson json_t *prepared = NULL;
    code = cli_ask(cli, SK_OP_PAPER_PREPARE, question, NULL, 0, &prepared);
    if (code != CLI_OK)
        return code;
    if (!cli->json)
        show(&p, role);
    if (!cli->json && *record_text(prepared, "key")) {
        puts(_("The text to be signed:"));
        code = approver_print(record_text(prepared, "line"));
    }
    if (code == CLI_OK)
        code = ask_yes(cli, args, _("Confirm this paper? Type yes: "),
                       _("not confirmed; nothing was recorded"));
    return code == CLI_OK ? record(cli, args, &p, question, prepared) : code;
}

static const struct cli_option confirm_options[] = {
    {"as", N_("ROLE"), N_("handler, manager, administrator or auditor; a role that you have")},
    {"key", N_("FILE"), N_("your key, ~/.config/sekisho/approver.key unless given")},
    {"yes", NULL, N_("do not ask, the paper has been read")},
    REPORT_PRINT_OPTIONS,
    REPORT_SOURCE_OPTIONS,
    {NULL, NULL, NULL},
};

const struct cli_command cmd_confirm_commands[] = {
    {"confirm", N_("FILE --as ROLE [DIR…]"),
     N_("Put it on record that you confirm a printed paper (sekisho report)"), confirm_options, 1, -1,
     run_confirm},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_export.c owns the asking for a permitted transfer and the words that tell the recipient how to
 * open it. It must never see content. */
#include <sekisho/ops.h>
#include <string.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/screen.h"
#include "record/record.h"

/* A case's id tells its kind (sekisho/record.h). */
#define COPY_PREFIX    "C-"
#define TAKEOUT_PREFIX "T-"

static void print_file(const json_t *file)
{
    autobuf struct buf b = {0};
    buf_printf(&b, "%s  ", record_text(file, "sha256"));
    screen_safe(&b, record_text(file, "name"));
    buf_puts(&b, "  ");
    screen_size(&b, (uint64_t)record_number(file, "bytes"), false);
    if (!b.err)
        printf("  %s\n", b.data);
}

static void print_files(const json_t *answer)
{
    size_t i;
    const json_t *file;
    printf("%s:\n", _("Files"));
    json_array_foreach(record_member(answer, "files"), i, file)
        print_file(file);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && str_eq(text + len - end_len, end);
}

/* The recipient has the sealed file, a key of age, and stock tools. */
static void tell_recipient(struct cli *cli, const char *sealed, const char *digests)
{
    if (ends_with(sealed, ".tar.age"))
        ask_hint(cli, _("the recipient opens it with: age -d -i KEY %s | tar -x, then sha256sum -c %s"),
                 sealed, *digests ? digests : "SHA256SUMS");
    else
        ask_hint(cli, _("the recipient opens it with: age -d -i KEY -o NAME %s"), sealed);
    ask_hint(cli, "%s", _("the manifest beside it is checked with: minisign -V -P KEY -m FILE; "
                          "sekisho status shows the key"));
}

static void join_addresses(struct buf *b, const json_t *to)
{
    size_t i;
    const json_t *one;
    json_array_foreach((json_t *)(uintptr_t)to, i, one)
        buf_printf(b, "%s%s", i > 0 ? ", " : "", record_text(one, "mail"));
}

/* What the agent can't do for people: it goes by their own mail program or browser. */
static void tell_sender(struct cli *cli, const json_t *answer, const char *id)
{
    autobuf struct buf to = {0};
    const json_t *list = record_member(answer, "to");
    if (json_array_size(list) == 0)
        return;
    join_addresses(&to, list);
    screen_line(_("Send it to"), to.data ? to.data : "");
    if (*record_text(answer, "site"))
        screen_line(_("By the site"), record_text(answer, "site"));
    ask_hint(cli, "%s", _("attach the sealed file, and paste these addresses into To; no BCC, no mailing list"));
    ask_hint(cli, _("once it is sent: sekisho sent %s --to ADDRESS[,ADDRESS…]"), id);
}

static int transfer(struct cli *cli, const char *id, json_t **ret)
{
    autojson json_t *request = json_pack("{s:s}", "case", id);
    return cli_ask(cli, SK_OP_EXPORT, request, NULL, 0, ret);
}

static int run_export(struct cli *cli, const struct cli_args *args)
{
    const char *id = args->words[0];
    if (str_starts(id, COPY_PREFIX))
        return cli_error(CLI_USAGE, _("%s is a plain copy: sekisho copy %s"), id, id);
    autojson json_t *answer = NULL;
    int code = transfer(cli, id, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    autobuf struct buf size = {0};
    screen_size(&size, (uint64_t)record_number(answer, "sealed.bytes"), false);
    screen_line(_("Taken out"), id);
    screen_line(_("To"), record_text(answer, "path"));
    screen_line(_("Sealed file"), record_text(answer, "sealed.name"));
    screen_line(_("Size"), size.data ? size.data : "");
    screen_line(_("SHA-256"), record_text(answer, "sealed.sha256"));
    print_files(answer);
    tell_sender(cli, answer, id);
    tell_recipient(cli, record_text(answer, "sealed.name"), record_text(answer, "digests"));
    ask_hint(cli, _("when it comes back: sekisho return %s --method TEXT --proof TEXT"), id);
    return CLI_OK;
}

static int run_copy(struct cli *cli, const struct cli_args *args)
{
    const char *id = args->words[0];
    if (str_starts(id, TAKEOUT_PREFIX))
        return cli_error(CLI_USAGE, _("%s is a take-out: sekisho export %s"), id, id);
    autojson json_t *answer = NULL;
    int code = transfer(cli, id, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    screen_line(_("Copied"), id);
    screen_line(_("To"), record_text(answer, "path"));
    print_files(answer);
    ask_hint(cli, _("when it is destroyed: sekisho dispose %s --method TEXT --proof TEXT"), id);
    return CLI_OK;
}

/* ["a@…", "b@…"] of "a@…,b@…". */
static json_t *addresses_of(const char *text)
{
    json_t *list = json_array();
    while (list && *text) {
        size_t len = strcspn(text, ", ");
        if (len > 0 && json_array_append_new(list, json_stringn(text, len)) != 0) {
            json_decref(list);
            return NULL;
        }
        text += len;
        text += strspn(text, ", ");
    }
    return list;
}

static int run_sent(struct cli *cli, const struct cli_args *args)
{
    const char *to = cli_value(args, "to"), *id = args->words[0];
    autojson json_t *answer = NULL;
    autobuf struct buf shown = {0};
    if (!to || !to[0])
        return cli_error(CLI_INCOMPLETE, _("to whom was it sent? Add --to ADDRESS"));
    autojson json_t *request = json_pack("{s:s, s:o}", "case", id, "to", addresses_of(to));
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    int code = cli_ask(cli, SK_OP_SENT, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    join_addresses(&shown, record_member(answer, "to"));
    printf(_("Recorded: %s was sent to %s.\n"), id, shown.data ? shown.data : "");
    ask_hint(cli, _("when the receipt has come: sekisho return %s --method TEXT --receipt FILE"), id);
    return CLI_OK;
}

static const struct cli_option sent_options[] = {
    {"to", N_("ADDRESSES"), N_("the mail addresses that it was sent to, with commas between them")}, {NULL, NULL, NULL}};

const struct cli_command cmd_export_commands[] = {
    {"export", N_("CASE"), N_("Carry out a permitted take-out, sealed for its recipients"), NULL, 1,
     1, run_export},
    {"copy", N_("CASE"), N_("Carry out a permitted plain copy to a directory"), NULL, 1, 1,
     run_copy},
    {"sent", N_("CASE --to ADDRESSES"), N_("Record to whom an export was sent by mail or a web site"), sent_options, 1, 1,
     run_sent},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

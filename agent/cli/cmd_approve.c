/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_approve.c owns the approver's part: the key, the yes and the no. The secret key and the
 * passphrase never leave this process; only a signature does. It must never sign what it has not
 * shown, unless the person says (--yes) that it has been read. */
#include <errno.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/ops.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include "base/str.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/files.h"
#include "cli/passphrase.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "crypto/minisign.h"
#include "record/record.h"

#define KEY_FILE_MAX 4096         /* bytes */
#define PERMIT_MAX   (256 * 1024) /* bytes of a permit's text */
#define ANSWER_MAX   16           /* bytes of a typed yes */

/* $XDG_CONFIG_HOME/sekisho/approver.key (XDG Base Directory Specification). With `make` its folders
 * are made. CLI_OK, or a code after a message. */
static int default_key_path(bool make, char **ret)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    autobuf struct buf b = {0};
    if (config && config[0] == '/')
        buf_puts(&b, config);
    else if (home && home[0] == '/')
        buf_printf(&b, "%s/.config", home);
    else
        return cli_error(CLI_USAGE, _("no home folder is known; name the key's file"));
    if (make && !b.err)
        mkdir(b.data, 0700);
    buf_puts(&b, "/sekisho");
    if (make && !b.err && mkdir(b.data, 0700) != 0 && errno != EEXIST)
        return cli_error(CLI_FAILED, "%s: %s", b.data, gettext(sk_strerror(-errno)));
    buf_puts(&b, "/approver.key");
    *ret = buf_steal(&b);
    return *ret ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static int key_path(const char *given, bool make, char **ret)
{
    if (!given)
        return default_key_path(make, ret);
    *ret = strdup(given);
    return *ret ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static int failed(const char *what, int error)
{
    return cli_error(CLI_FAILED, "%s: %s", what, gettext(sk_strerror(error)));
}

static int new_passphrase(char **ret)
{
    char *passphrase = NULL;
    int code = cli_passphrase(_("New passphrase of the approver's key"), true, &passphrase);
    if (code != CLI_OK)
        return code;
    const char *weakness = passphrase_weakness(passphrase);
    if (weakness) {
        cli_passphrase_free(passphrase);
        return cli_error(CLI_REFUSED, "%s", weakness);
    }
    *ret = passphrase;
    return CLI_OK;
}

static int make_key(const char *path, struct minisign_public *ret)
{
    char *passphrase = NULL;
    int code = new_passphrase(&passphrase);
    if (code != CLI_OK)
        return code;
    struct minisign_secret secret;
    autobuf struct buf file = {0};
    int r = minisign_generate(&secret);
    if (r == 0)
        r = minisign_secret_format(&secret, passphrase, false, &file);
    cli_passphrase_free(passphrase);
    if (r == 0)
        *ret = secret.pub;
    minisign_secret_wipe(&secret);
    return r == 0 ? files_create(path, file.data, file.len, 0600)
                  : failed(_("the key can't be made"), r);
}

static int run_init(struct cli *cli, const struct cli_args *args)
{
    autofree char *path = NULL;
    struct minisign_public pub;
    char text[MINISIGN_PUBLIC_TEXT_CAP];
    int code = key_path(cli_value(args, "out"), true, &path);
    if (code != CLI_OK || !path)
        return code;
    if (access(path, F_OK) == 0)
        return cli_error(CLI_FAILED, _("%s exists already and is never replaced"), path);
    code = make_key(path, &pub);
    if (code != CLI_OK)
        return code;
    minisign_public_format(&pub, text);
    if (cli->json) {
        autojson json_t *answer = json_pack("{s:s, s:s}", "key", text, "file", path);
        return cli_json(answer);
    }
    printf("key = %s\n", text);
    ask_hint(cli, _("the secret key is in %s; without its passphrase it is worth nothing"), path);
    ask_hint(cli, "%s",
             _("give the line above to the administrator, for your [person] of the policy"));
    return CLI_OK;
}

/* "the file holds what the text says" as people check it: line by line, each made safe. */
static void print_lines(const char *text)
{
    struct cursor c;
    const char *line;
    size_t len;
    cursor_init(&c, text, strlen(text));
    while (cursor_line(&c, &line, &len)) {
        autofree char *copy = strndup(line, len);
        fputs("  | ", stdout);
        if (copy)
            screen_put(stdout, copy);
        putchar('\n');
    }
}

static void print_summary(const json_t *view)
{
    autobuf struct buf person = {0};
    autobuf struct buf content = {0};
    autobuf struct buf consent = {0};
    const char *label = record_text(view, "destination.label");
    screen_person(&person, record_member(view, "person"));
    buf_printf(&content, "%s: ", _("files"));
    buf_printf(&content, "%lld, ", (long long)record_number(view, "content.count"));
    screen_short_size(&content, (uint64_t)record_number(view, "content.bytes"));
    buf_printf(&content, ", %s ", _("area"));
    screen_safe(&content, record_text(view, "content.area"));
    view_consent(&consent, record_member(view, "permission.consent"), false);
    screen_line(_("Who"), person.data ? person.data : "");
    screen_line(_("What"), content.data ? content.data : "");
    screen_line(_("Where to"), label[0] ? label : view_id(view, "destination"));
    screen_line(_("What for"), record_text(view, "purpose"));
    screen_line(_("Consent"), consent.data ? consent.data : _("none"));
}

/* Show what is to be signed. The exact text goes last, so that it stands above the question. */
static int show(struct cli *cli, const char *id, const json_t *prepared)
{
    autojson json_t *request = json_pack("{s:s}", "case", id);
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_CASE, request, NULL, 0, &answer);
    if (code != CLI_OK || cli->json)
        return code;
    print_summary(record_member(answer, "case"));
    screen_line(_("Permit ends"), record_text(prepared, "expires"));
    puts(_("The text to be signed:"));
    print_lines(record_text(prepared, "permit"));
    return CLI_OK;
}

static int confirm(const struct cli *cli, const struct cli_args *args)
{
    char answer[ANSWER_MAX];
    if (cli_flag(args, "yes"))
        return CLI_OK;
    if (cli->json)
        return cli_error(CLI_USAGE, _("--json shows no text to approve; read it first, then add --yes"));
    if (!isatty(STDIN_FILENO))
        return cli_error(CLI_INCOMPLETE, _("nobody is there to say yes; add --yes"));
    fputs(_("Approve this? Type yes: "), stdout);
    fflush(stdout);
    if (!fgets(answer, sizeof answer, stdin))
        answer[0] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
    if (str_eq(answer, "yes") || str_eq(answer, _("yes")))
        return CLI_OK;
    return cli_error(CLI_NO, _("not approved; nothing was signed"));
}

/* Tell control about the wrong passphrase (it counts and locks), and the person about the count. */
static int wrong_passphrase(struct cli *cli, const char *id)
{
    autojson json_t *request = json_pack("{s:s}", "case", id);
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_APPROVAL_FAILED, request, NULL, 0, &answer);
    cli_error(0, _("wrong passphrase"));
    if (code != CLI_OK)
        return code;
    autobuf struct buf until = {0};
    screen_time(&until, record_text(answer, "locked-until"), false);
    ask_hint(cli, _("failures so far: %lld"), (long long)record_number(answer, "failures"));
    if (until.len)
        ask_hint(cli, _("approvals of yours are locked until %s"), until.data);
    return CLI_REFUSED;
}

/* The secret key of a file. A key that opens without a passphrase is refused (ACC-2).
 * CLI_OK, CLI_REFUSED with *ret_wrong true (nothing printed yet), or a code after a message. */
static int open_key(const char *path, struct minisign_secret *ret, bool *ret_wrong)
{
    autofree char *text = NULL;
    char *passphrase = NULL;
    int code = files_read(path, KEY_FILE_MAX, &text);
    if (code != CLI_OK)
        return code;
    int r = minisign_secret_parse(text, strlen(text), NULL, ret);
    if (r == 0) {
        minisign_secret_wipe(ret);
        return cli_error(CLI_REFUSED,
                         _("%s is a key without a passphrase; sekisho approver init makes one that "
                           "has"),
                         path);
    }
    if (r != SK_ERR_PASSPHRASE)
        return failed(path, r);
    code = cli_passphrase(_("Passphrase of the approver's key"), false, &passphrase);
    if (code != CLI_OK)
        return code;
    r = minisign_secret_parse(text, strlen(text), passphrase, ret);
    cli_passphrase_free(passphrase);
    *ret_wrong = r == SK_ERR_PASSPHRASE;
    if (r != 0)
        return *ret_wrong ? CLI_REFUSED : failed(path, r);
    return CLI_OK;
}

static int sign(const struct minisign_secret *secret, const char *text, const char *comment,
                struct buf *out)
{
    int r = minisign_sign(text, strlen(text), secret, comment, out);
    return r == 0 ? CLI_OK : failed(_("the permit can't be signed"), r);
}

static int submit(struct cli *cli, const char *id, const char *permit, const char *signature)
{
    autojson json_t *request =
        json_pack("{s:s, s:s, s:s}", "case", id, "permit", permit, "signature", signature);
    if (!request)
        return cli_error(CLI_REFUSED, _("permit and signature must be text in UTF-8"));
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_PERMIT_SUBMIT, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    autobuf struct buf until = {0};
    screen_time(&until, record_text(answer, "expires"), false);
    printf(_("Approved: %s, to be used until %s\n"), id, until.data ? until.data : "");
    return CLI_OK;
}

static int prepare(struct cli *cli, const char *id, json_t **ret)
{
    autojson json_t *request = json_pack("{s:s}", "case", id);
    return cli_ask(cli, SK_OP_PERMIT_PREPARE, request, NULL, 0, ret);
}

static int approve_here(struct cli *cli, const struct cli_args *args, const char *id)
{
    autojson json_t *prepared = NULL;
    autofree char *path = NULL;
    int code = key_path(cli_value(args, "key"), false, &path);
    if (code == CLI_OK)
        code = prepare(cli, id, &prepared);
    if (code == CLI_OK)
        code = show(cli, id, prepared);
    if (code == CLI_OK)
        code = confirm(cli, args);
    if (code != CLI_OK)
        return code;
    struct minisign_secret secret;
    bool wrong = false;
    code = open_key(path, &secret, &wrong);
    if (code != CLI_OK)
        return wrong ? wrong_passphrase(cli, id) : code;
    char text[MINISIGN_PUBLIC_TEXT_CAP];
    autobuf struct buf signature = {0};
    autobuf struct buf comment = {0};
    const char *permit = record_text(prepared, "permit");
    minisign_public_format(&secret.pub, text);
    buf_printf(&comment, "sekisho permit %s", id);
    if (!str_eq(text, record_text(prepared, "key")))
        code = cli_error(CLI_REFUSED, _("%s is not the key that the policy names for you (%s)"),
                         path, record_text(prepared, "key"));
    else
        code = sign(&secret, permit, comment.data, &signature);
    minisign_secret_wipe(&secret);
    return code == CLI_OK ? submit(cli, id, permit, signature.data) : code;
}

static int write_permit(struct cli *cli, const struct cli_args *args, const char *id)
{
    const char *out = cli_value(args, "out");
    autojson json_t *prepared = NULL;
    int code = prepare(cli, id, &prepared);
    const char *permit = record_text(prepared, "permit");
    if (code == CLI_OK)
        code = files_create(out, permit, strlen(permit), 0600);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(prepared);
    printf(_("The permit of %s is in %s, not signed yet.\n"), id, out);
    ask_hint(cli, _("where the key is: minisign -S -m %s, or sekisho approver sign %s"), out, out);
    ask_hint(cli, _("then here: sekisho approve %s --permit %s --signature %s.minisig"), id, out,
             out);
    return CLI_OK;
}

static int submit_files(struct cli *cli, const struct cli_args *args, const char *id)
{
    autofree char *permit = NULL;
    autofree char *signature = NULL;
    int code = files_read(cli_value(args, "permit"), PERMIT_MAX, &permit);
    if (code == CLI_OK)
        code = files_read(cli_value(args, "signature"), SK_SIGNATURE_MAX, &signature);
    return code == CLI_OK ? submit(cli, id, permit, signature) : code;
}

static int run_approve(struct cli *cli, const struct cli_args *args)
{
    const char *permit = cli_value(args, "permit"), *signature = cli_value(args, "signature");
    if (!permit != !signature)
        return cli_error(CLI_USAGE, _("--permit and --signature go together"));
    if (permit && cli_value(args, "out"))
        return cli_error(CLI_USAGE, _("either --out or --permit and --signature"));
    if (permit)
        return submit_files(cli, args, args->words[0]);
    if (cli_value(args, "out"))
        return write_permit(cli, args, args->words[0]);
    return approve_here(cli, args, args->words[0]);
}

/* At a PC without the agent: a permit's file and the key are all it takes. */
static int run_sign(struct cli *cli, const struct cli_args *args)
{
    const char *file = args->words[0];
    autofree char *path = NULL;
    autofree char *permit = NULL;
    int code = key_path(cli_value(args, "key"), false, &path);
    if (code == CLI_OK)
        code = files_read(file, PERMIT_MAX, &permit);
    if (code == CLI_OK && !str_is_utf8(permit, strlen(permit)))
        code = cli_error(CLI_REFUSED, _("%s is no permit: it is not UTF-8"), file);
    if (code != CLI_OK)
        return code;
    if (!cli->json) {
        puts(_("The text to be signed:"));
        print_lines(permit);
    }
    code = confirm(cli, args);
    if (code != CLI_OK)
        return code;
    struct minisign_secret secret;
    bool wrong = false;
    code = open_key(path, &secret, &wrong);
    if (code != CLI_OK)
        return wrong ? cli_error(code, _("wrong passphrase")) : code;
    autobuf struct buf signature = {0};
    autobuf struct buf out = {0};
    buf_printf(&out, "%s.minisig", file);
    code = sign(&secret, permit, "sekisho permit", &signature);
    minisign_secret_wipe(&secret);
    if (code == CLI_OK && out.err)
        code = failed(file, out.err);
    if (code == CLI_OK)
        code = files_create(out.data, signature.data, signature.len, 0600);
    if (code != CLI_OK)
        return code;
    if (cli->json) {
        autobuf struct buf name = {0};
        str_escape(&name, out.data, out.len);
        autojson json_t *answer = json_pack("{s:s}", "signature", name.data ? name.data : "");
        return cli_json(answer);
    }
    fputs(_("Signed: "), stdout);
    screen_put(stdout, out.data);
    putchar('\n');
    ask_hint(cli, _("take it back to: sekisho approve CASE --permit %s --signature %s"), file,
             out.data);
    return CLI_OK;
}

static int run_reject(struct cli *cli, const struct cli_args *args)
{
    const char *why = cli_value(args, "why");
    if (!why || !why[0])
        return cli_error(CLI_INCOMPLETE, _("why? Add --why TEXT"));
    autojson json_t *request = json_pack("{s:s, s:s}", "case", args->words[0], "why", why);
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    autojson json_t *answer = NULL;
    int code = cli_ask(cli, SK_OP_PERMIT_REJECT, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf(_("Rejected: %s\n"), args->words[0]);
    return CLI_OK;
}

static const struct cli_option init_options[] = {
    {"out", N_("FILE"), N_("the new key's file, ~/.config/sekisho/approver.key unless given")},
    {NULL, NULL, NULL},
};

static const struct cli_option sign_options[] = {
    {"key", N_("FILE"), N_("the approver's key, ~/.config/sekisho/approver.key unless given")},
    {"yes", NULL, N_("do not ask, the text has been read")},
    {NULL, NULL, NULL},
};

static const struct cli_option approve_options[] = {
    {"key", N_("FILE"), N_("the approver's key, ~/.config/sekisho/approver.key unless given")},
    {"yes", NULL, N_("do not ask, the text has been read")},
    {"out", N_("FILE"), N_("write the permit's text to this new file, to be signed elsewhere")},
    {"permit", N_("FILE"), N_("a permit's text that was signed elsewhere")},
    {"signature", N_("FILE"), N_("its minisign signature")},
    {NULL, NULL, NULL},
};

static const struct cli_option reject_options[] = {
    {"why", N_("TEXT"), N_("the reason, which the requester sees")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_approve_commands[] = {
    {"approve", N_("CASE"), N_("Permit a take-out or copy with your key"), approve_options, 1, 1,
     run_approve},
    {"reject", N_("CASE --why TEXT"), N_("Refuse a take-out or copy"), reject_options, 1, 1,
     run_reject},
    {"approver init", "", N_("Make an approver's key and print its line for the policy"),
     init_options, 0, 0, run_init},
    {"approver sign", N_("FILE"), N_("Sign a permit's text away from the agent"), sign_options, 1, 1,
     run_sign},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

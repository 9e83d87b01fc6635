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
#include "cli/again.h"
#include "cli/approver.h"
#include "cli/ask.h"
#include "cli/away.h"
#include "cli/cli.h"
#include "cli/files.h"
#include "cli/screen.h"
#include "cli/things.h"
#include "cli/view.h"
#include "client/key.h"
#include "client/passphrase.h"
#include "client/permit_text.h"
#include "crypto/minisign.h"
#include "record/record.h"

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
    struct fault f = {0};
    if (passphrase_suits_policy(passphrase, &f) != 0) {
        cli_passphrase_free(passphrase);
        return cli_error(CLI_REFUSED, "%s", f.why);
    }
    *ret = passphrase;
    return CLI_OK;
}

static int make_key(const char *path, struct minisign_public *ret)
{
    char *passphrase = NULL;
    struct fault f = {0};
    int code = new_passphrase(&passphrase);
    if (code != CLI_OK)
        return code;
    int r = key_make(path, passphrase, ret, &f);
    cli_passphrase_free(passphrase);
    return r == 0 ? CLI_OK : cli_error(CLI_FAILED, "%s", f.why);
}

static int run_init(struct cli *cli, const struct cli_args *args)
{
    autofree char *path = NULL;
    struct minisign_public pub;
    char text[MINISIGN_PUBLIC_TEXT_CAP];
    int code = approver_key_path(cli_value(args, "out"), true, &path);
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

static void print_summary(const json_t *view)
{
    autobuf struct buf person = {0};
    autobuf struct buf content = {0};
    autobuf struct buf consent = {0};
    autobuf struct buf openers = {0};
    const char *label = record_text(view, "destination.label");
    screen_person(&person, record_member(view, "person"));
    if (str_eq(record_text(view, "type"), "standing")) {
        view_standing_here(&content, view);
    } else {
        buf_printf(&content, "%s: ", _("files"));
        buf_printf(&content, "%lld, ", (long long)record_number(view, "content.count"));
        screen_short_size(&content, (uint64_t)record_number(view, "content.bytes"));
    }
    buf_printf(&content, ", %s ", _("area"));
    screen_safe(&content, record_text(view, "content.area"));
    view_consent(&consent, record_member(view, "permission.consent"), false);
    screen_line(_("Who"), person.data ? person.data : "");
    screen_line(_("What"), content.data ? content.data : "");
    view_openers_here(&openers, record_member(view, "recipients"));
    screen_line(_("Where to"), label[0] ? label : view_id(view, "destination"));
    if (openers.len)
        screen_line(_("Can be opened by"), !openers.err ? openers.data : "");
    screen_line(_("What for"), record_text(view, "purpose"));
    screen_line(_("Consent"), consent.data ? consent.data : _("none"));
    again_print(view);
}

static void print_handover(const json_t *h)
{
    autobuf struct buf from = {0}, content = {0}, to = {0}, consent = {0};
    const char *organisation = record_text(h, "to.organisation");
    screen_person(&from, record_member(h, "from"));
    buf_printf(&content, "%s ", record_text(h, "of"));
    screen_safe(&content, record_text(h, "content.name"));
    buf_printf(&content, " (%lld)", (long long)record_number(h, "content.count"));
    screen_safe(&to, record_text(h, "to.name"));
    buf_puts(&to, *organisation ? ", " : "");
    screen_safe(&to, organisation);
    view_consent(&consent, record_member(h, "permission.consent"), false);
    screen_line(_("Who"), from.data ? from.data : "");
    screen_line(_("What"), content.data ? content.data : "");
    screen_line(_("To whom"), to.data ? to.data : "");
    screen_line(_("What for"), record_text(h, "purpose"));
    screen_line(_("Consent"), consent.data ? consent.data : _("none"));
}

/* What is asked for, in the words of the screen. */
static int show_asked(struct cli *cli, const char *id)
{
    autojson json_t *request = json_pack("{s:s}", "case", id);
    autojson json_t *answer = NULL;
    bool handover = str_starts(id, "H-");
    int code = handover ? things_handover(cli, id, &answer)
                        : cli_ask(cli, SK_OP_CASE, request, NULL, 0, &answer);
    if (code == CLI_OK && !cli->json && handover)
        print_handover(answer);
    else if (code == CLI_OK && !cli->json)
        print_summary(record_member(answer, "case"));
    return code;
}

/* Show what is to be signed. The exact text goes last, so that it stands above the question. */
static int show(struct cli *cli, const char *id, const json_t *prepared)
{
    int code = show_asked(cli, id);
    if (code != CLI_OK || cli->json)
        return code;
    screen_line(_("Permit ends"), record_text(prepared, "expires"));
    puts(_("The text to be signed:"));
    return approver_print(record_text(prepared, "permit"));
}

static int confirm(const struct cli *cli, const struct cli_args *args)
{
    if (cli->json && !cli_flag(args, "yes"))
        return cli_error(CLI_USAGE, _("--json shows no text to approve; read it first, then add --yes"));
    return ask_yes(cli, args, _("Approve this? Type yes: "), _("not approved; nothing was signed"));
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
    int64_t given = record_number(answer, "approvals"), needed = record_number(answer, "needed");
    if (given < needed) {
        printf(_("Approval %lld of %lld for %s: it waits for another person's\n"), (long long)given, (long long)needed, id);
        return CLI_OK;
    }
    printf(_("Approved: %s, to be used until %s\n"), id, until.data ? until.data : "");
    if (str_starts(id, "H-"))
        ask_hint(cli, _("whoever has it gives it in the receiver's presence: sekisho handover give %s"), id);
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
    int code = approver_key_path(cli_value(args, "key"), false, &path);
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
    code = approver_key_open(path, &secret, &wrong);
    if (code != CLI_OK)
        return wrong ? wrong_passphrase(cli, id) : code;
    autobuf struct buf signature = {0};
    code = approver_sign_permit(&secret, path, id, prepared, &signature);
    minisign_secret_wipe(&secret);
    return code == CLI_OK ? submit(cli, id, record_text(prepared, "permit"), signature.data) : code;
}

static int write_permit(struct cli *cli, const struct cli_args *args, const char *id)
{
    const char *out = cli_value(args, "out");
    autojson json_t *answer = NULL;
    int code = away_write(cli, id, out, cli_flag(args, "qr"), &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    if (out && !str_eq(out, "-"))
        printf(_("The permit of %s is in %s, not signed yet.\n"), id, out);
    away_hint(cli, id, out);
    return CLI_OK;
}

/* The signature alone is enough: control keeps the text that it handed out. */
static int submit_files(struct cli *cli, const struct cli_args *args, const char *id)
{
    const char *file = cli_value(args, "permit"), *signature_file = cli_value(args, "signature");
    autofree char *permit = NULL;
    autofree char *signature = NULL;
    int code = file ? files_read(file, AWAY_PERMIT_MAX, &permit) : CLI_OK;
    if (code == CLI_OK)
        code = files_read(str_eq(signature_file, "-") ? "/dev/stdin" : signature_file, SK_SIGNATURE_MAX, &signature);
    return code == CLI_OK ? submit(cli, id, permit ? permit : "", signature) : code;
}

static int run_approve(struct cli *cli, const struct cli_args *args)
{
    const char *permit = cli_value(args, "permit"), *signature = cli_value(args, "signature");
    const char *word = args->words[0];
    char id[SK_ID_MAX + 1];
    bool out = cli_value(args, "out") || (cli_flag(args, "qr") && permit_text_id(word, id));
    if (permit && !signature)
        return cli_error(CLI_USAGE, _("--permit goes with --signature"));
    if (signature && out)
        return cli_error(CLI_USAGE, _("either --out or --permit and --signature"));
    if (!permit_text_id(word, id) || !str_eq(id, word))
        return signature || cli_value(args, "out")
                   ? cli_error(CLI_USAGE, _("%s is no case: its id looks like T-20261121-0001"), word)
                   : away_take(cli, args, word, submit);
    if (signature)
        return submit_files(cli, args, word);
    return out ? write_permit(cli, args, word) : approve_here(cli, args, word);
}

static int run_sign(struct cli *cli, const struct cli_args *args)
{
    return away_sign(cli, args, args->words[0]);
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

static int run_revoke(struct cli *cli, const struct cli_args *args)
{
    const char *why = cli_value(args, "why"), *id = args->words[0];
    if (!why || !why[0])
        return cli_error(CLI_INCOMPLETE, _("why? Add --why TEXT"));
    if (str_starts(id, "H-"))
        return cli_error(CLI_USAGE, _("a hand-over is ended by: sekisho handover fail %s --why TEXT"), id);
    autojson json_t *request = json_pack("{s:s, s:s}", "case", id, "why", why);
    autojson json_t *answer = NULL;
    if (!request)
        return cli_error(CLI_USAGE, _("the texts of the options must be UTF-8"));
    int code = cli_ask(cli, SK_OP_PERMIT_REVOKE, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    printf(_("Taken back: the permit of %s. Nothing can go out on it any more.\n"), id);
    return CLI_OK;
}

static const struct cli_option init_options[] = {
    {"out", N_("FILE"), N_("the new key's file, ~/.config/sekisho/approver.key unless given")},
    {NULL, NULL, NULL},
};

static const struct cli_option sign_options[] = {
    {"key", N_("FILE"), N_("the approver's key, ~/.config/sekisho/approver.key unless given")},
    {"yes", NULL, N_("do not ask, the text has been read")},
    {"qr", NULL, N_("show the text or the answer on the screen, as a QR code too")},
    {NULL, NULL, NULL},
};

static const struct cli_option approve_options[] = {
    {"key", N_("FILE"), N_("the approver's key, ~/.config/sekisho/approver.key unless given")},
    {"yes", NULL, N_("do not ask, the text has been read")},
    {"out", N_("FILE"), N_("write the permit's text to this new file (- = the screen), to be signed elsewhere")},
    {"qr", NULL, N_("show the text or the answer on the screen, as a QR code too")},
    {"permit", N_("FILE"), N_("a permit's text that was signed elsewhere; the one handed out last unless given")},
    {"signature", N_("FILE"), N_("its minisign signature (- = pasted)")},
    {NULL, NULL, NULL},
};

static const struct cli_option reject_options[] = {
    {"why", N_("TEXT"), N_("the reason, which the requester sees")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_approve_commands[] = {
    {"approve", N_("CASE | HANDOVER | FILE"),
     N_("Permit a take-out, copy or hand-over with your key: here, or from another PC by file"), approve_options, 1, 1,
     run_approve},
    {"reject", N_("CASE | HANDOVER --why TEXT"), N_("Refuse a take-out, copy or hand-over"), reject_options, 1, 1,
     run_reject},
    {"revoke", N_("CASE --why TEXT"), N_("Take a permit back as long as nothing has gone out"), reject_options, 1, 1,
     run_revoke},
    {"approver init", "", N_("Make an approver's key and print its line for the policy"),
     init_options, 0, 0, run_init},
    {"approver sign", N_("FILE"), N_("Sign a permit's text away from the agent"), sign_options, 1, 1,
     run_sign},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* away.c owns approval with files between two PCs. It must never sign what it has not shown (unless the person says
 * --yes), nor a text whose parts do not belong together, and needs no agent to sign. */
#include "cli/away.h"
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/ops.h>
#include <string.h>
#include <unistd.h>
#include "base/fdio.h"
#include "base/str.h"
#include "cli/approver.h"
#include "cli/ask.h"
#include "cli/files.h"
#include "cli/qr.h"
#include "cli/screen.h"
#include "client/permit_text.h"
#include "record/record.h"

#define SIGNATURE_HEAD "untrusted comment:"
#define SIGNATURE_END  ".minisig"

static bool is_paste(const char *file)
{
    return str_eq(file, "-");
}

/* A code that a telephone or another PC's camera reads; what is too long for one is said. */
static int print_qr(const char *text)
{
    autobuf struct buf code = {0};
    int r = qr_terminal(text, &code);
    if (r == SK_ERR_LIMIT)
        return cli_error(CLI_FAILED, _("%zu bytes are too many for a QR code: take the file"), strlen(text));
    if (r != 0)
        return cli_error(CLI_FAILED, "%s", cli_strerror(r));
    fputs(code.data ? code.data : "", stdout);
    return CLI_OK;
}

int away_write(struct cli *cli, const char *id, const char *out, bool qr, json_t **ret_answer)
{
    autojson json_t *request = json_pack("{s:s}", "case", id);
    int code = cli_ask(cli, SK_OP_PERMIT_TEXT, request, NULL, 0, ret_answer);
    if (code != CLI_OK)
        return code;
    const char *permit = record_text(*ret_answer, "permit");
    if (out && !is_paste(out))
        code = files_create(out, permit, strlen(permit), 0600);
    else if (out && !cli->json)
        fputs(permit, stdout);
    return code == CLI_OK && qr && !cli->json ? print_qr(permit) : code;
}

void away_hint(const struct cli *cli, const char *id, const char *out)
{
    if (!out || is_paste(out)) {
        ask_hint(cli, _("where the key is: sekisho approve -, and paste the text"));
        ask_hint(cli, _("then here: sekisho approve %s --signature -, and paste the answer"), id);
        return;
    }
    ask_hint(cli, _("where the key is: sekisho approve %s, or minisign -S -m %s"), out, out);
    ask_hint(cli, _("then here: sekisho approve %s.minisig"), out);
}

/* All of stdin, as a string. */
static int read_paste(char **ret)
{
    autobuf struct buf b = {0};
    int r = fd_read_all(STDIN_FILENO, AWAY_PERMIT_MAX, &b);
    if (r == 0 && b.len != strlen(b.data ? b.data : ""))
        r = SK_ERR_FORMAT;
    if (r != 0)
        return cli_error(CLI_FAILED, _("what was pasted can't be read: %s"), cli_strerror(r));
    *ret = b.data ? buf_steal(&b) : strdup("");
    return *ret ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
}

static int read_either(const struct cli *cli, const char *file, char **ret)
{
    if (!is_paste(file))
        return files_read(file, AWAY_PERMIT_MAX, ret);
    if (isatty(STDIN_FILENO))
        ask_hint(cli, _("paste the text, then press Ctrl-D at the beginning of a line"));
    return read_paste(ret);
}

/* ---- signing ---- */

/* Of a standing permit the days that it is for. */
static void show_period(const char *permit)
{
    autobuf struct buf value = {0};
    if (!permit_text_value(permit, "standing-permit", &value))
        return;
    buf_reset(&value);
    permit_text_value(permit, "from", &value);
    buf_puts(&value, " – ");
    permit_text_value(permit, "until", &value);
    screen_line(_("Period"), value.data ? value.data : "");
}

/* What is asked for, before the text itself. */
static void show_facts(const char *permit)
{
    static const struct {
        const char *heading, *key;
    } rows[] = {{N_("Who"), "person-name"},
                {N_("What"), "files"},
                {N_("To whom"), "to-name"},
                {N_("Exports at most"), "uses"},
                {N_("Where to"), "destination-label"},
                {N_("What for"), "purpose"},
                {N_("Kept"), "kept"},
                {N_("Back by"), "return-by"},
                {N_("Consent"), "consent-document"},
                {N_("Permit ends"), "expires"},
                {N_("Approvals"), "approvals"}};
    for (size_t i = 0; i < array_count(rows); i++) {
        autobuf struct buf value = {0};
        if (permit_text_value(permit, rows[i].key, &value) && value.len > 0)
            screen_line(gettext(rows[i].heading), value.data);
    }
    show_period(permit);
}

static int confirm(const struct cli *cli, const struct cli_args *args)
{
    if (cli->json && !cli_flag(args, "yes"))
        return cli_error(CLI_USAGE, _("--json shows no text to approve; read it first, then add --yes"));
    return ask_yes(cli, args, _("Approve this? Type yes: "), _("not approved; nothing was signed"));
}

static int sign(const struct cli_args *args, const char *permit, const char *id, struct buf *signature)
{
    autofree char *path = NULL;
    struct minisign_secret secret;
    autobuf struct buf comment = {0};
    bool wrong = false;
    int code = approver_key_path(cli_value(args, "key"), false, &path);
    if (code == CLI_OK)
        code = approver_key_open(path, &secret, &wrong);
    if (code != CLI_OK)
        return wrong ? cli_error(code, _("wrong passphrase")) : code;
    buf_printf(&comment, "sekisho permit %s", id);
    code = approver_sign(&secret, permit, comment.data ? comment.data : "", signature);
    minisign_secret_wipe(&secret);
    return code;
}

/* The answer: a file beside the text, and on a screen as text and code, for where no file can go. */
static int put_answer(struct cli *cli, const struct cli_args *args, const char *file, const struct buf *signature)
{
    autobuf struct buf out = {0}, name = {0};
    buf_printf(&out, "%s" SIGNATURE_END, file);
    int code = out.err ? approver_failed(file, out.err) : CLI_OK;
    if (code == CLI_OK && !is_paste(file))
        code = files_create(out.data, signature->data, signature->len, 0600);
    if (code != CLI_OK)
        return code;
    str_escape(&name, out.data, out.len);
    if (cli->json) {
        autojson json_t *answer = json_pack("{s:s, s:s}", "signature", is_paste(file) ? "" : name.data, "text",
                                            signature->data);
        return cli_json(answer);
    }
    if (!is_paste(file)) {
        printf(_("Signed: %s\n"), name.data ? name.data : "");
        ask_hint(cli, _("take it back to where it was asked for: sekisho approve %s"), out.data);
    }
    if (is_paste(file) || cli_flag(args, "qr"))
        fputs(signature->data, stdout);
    return cli_flag(args, "qr") && signature->data ? print_qr(signature->data) : CLI_OK;
}

static int sign_text(struct cli *cli, const struct cli_args *args, const char *file, const char *permit)
{
    char id[SK_ID_MAX + 1];
    struct fault f = {0};
    autobuf struct buf signature = {0};
    if (permit_text_check(permit, file, id, &f) != 0)
        return cli_error(CLI_REFUSED, "%s", f.why);
    if (!cli->json) {
        show_facts(permit);
        puts(_("The text to be signed:"));
        approver_print(permit);
    }
    int code = confirm(cli, args);
    if (code == CLI_OK)
        code = sign(args, permit, id, &signature);
    return code == CLI_OK ? put_answer(cli, args, file, &signature) : code;
}

int away_sign(struct cli *cli, const struct cli_args *args, const char *file)
{
    autofree char *permit = NULL;
    int code = read_either(cli, file, &permit);
    return code == CLI_OK ? sign_text(cli, args, file, permit) : code;
}

/* ---- the answer ---- */

/* The case that a signature says it is for: our own trusted comment, or the file's name in stock minisign's. What it
 * says is proved by control only. */
static bool case_of_comment(const char *signature, char ret[static SK_ID_MAX + 1])
{
    static const char *const before[] = {"sekisho permit ", "file:"};
    autobuf struct buf comment = {0};
    if (!permit_text_value(signature, "trusted comment", &comment) || comment.err || !comment.data)
        return false;
    for (size_t i = 0; i < array_count(before); i++) {
        const char *at = strstr(comment.data, before[i]);
        if (at && permit_text_id(at + strlen(before[i]), ret))
            return true;
    }
    return false;
}

/* The text beside its signature, NULL = there is none that is one. */
static char *permit_beside(const char *file, char ret_case[static SK_ID_MAX + 1])
{
    autobuf struct buf text = {0}, path = {0};
    struct fault f = {0};
    size_t len = strlen(file), end = strlen(SIGNATURE_END);
    if (len <= end || !str_eq(file + len - end, SIGNATURE_END))
        return NULL;
    buf_put(&path, file, len - end);
    if (path.err || file_read(AT_FDCWD, path.data, AWAY_PERMIT_MAX, &text) != 0 || !text.data ||
        strlen(text.data) != text.len || permit_text_check(text.data, path.data, ret_case, &f) != 0)
        return NULL;
    return buf_steal(&text);
}

int away_take(struct cli *cli, const struct cli_args *args, const char *file, away_submit *submit)
{
    autofree char *text = NULL;
    char id[SK_ID_MAX + 1];
    int code = read_either(cli, file, &text);
    if (code != CLI_OK)
        return code;
    if (!str_starts(text, SIGNATURE_HEAD))
        return sign_text(cli, args, file, text);
    autofree char *permit = permit_beside(file, id);
    if (!permit && !case_of_comment(text, id))
        return cli_error(CLI_USAGE, _("which case is this signature for? Write: sekisho approve CASE --signature %s"), file);
    return submit(cli, id, permit ? permit : "", text);
}

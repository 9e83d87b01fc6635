/* SPDX-License-Identifier: GPL-3.0-or-later */
/* approver.c owns how a key is opened and used at a terminal (client/key.h). It must never print it. */
#include "cli/approver.h"
#include <sekisho/err.h>
#include <string.h>
#include "cli/screen.h"
#include "client/key.h"

int approver_failed(const char *what, int error)
{
    return cli_error(CLI_FAILED, "%s: %s", what, cli_strerror(error));
}

/* CLI_OK, or a code after a message. */
static int tell(const struct fault *f)
{
    return f->code == 0 ? CLI_OK : cli_error(f->code == SK_ERR_REFUSED ? CLI_REFUSED : CLI_FAILED, "%s", f->why);
}

int approver_key_path(const char *given, bool make, char **ret)
{
    struct fault f = {0};
    if (given) {
        *ret = strdup(given);
        return *ret ? CLI_OK : cli_error(CLI_FAILED, _("out of memory"));
    }
    int r = key_default_path(make, ret, &f);
    return r == SK_ERR_NOT_FOUND ? cli_error(CLI_USAGE, "%s", f.why) : tell(&f);
}

int approver_key_open(const char *path, struct minisign_secret *ret, bool *ret_wrong)
{
    struct fault f = {0};
    autofree char *text = NULL;
    char *passphrase = NULL;
    if (key_read(path, &text, &f) != 0)
        return tell(&f);
    int code = cli_passphrase(_("Passphrase of the approver's key"), false, &passphrase);
    if (code != CLI_OK)
        return code;
    int r = key_open(path, text, passphrase, ret, &f);
    cli_passphrase_free(passphrase);
    *ret_wrong = r == SK_ERR_PASSPHRASE && f.code == 0;
    return *ret_wrong ? CLI_REFUSED : tell(&f);
}

int approver_sign(const struct minisign_secret *secret, const char *text, const char *comment, struct buf *out)
{
    struct fault f = {0};
    return key_sign(secret, text, comment, out, &f) == 0 ? CLI_OK : tell(&f);
}

int approver_sign_permit(const struct minisign_secret *secret, const char *path, const char *id,
                         const json_t *prepared, struct buf *out)
{
    struct fault f = {0};
    return key_sign_permit(secret, path, id, prepared, out, &f) == 0 ? CLI_OK : tell(&f);
}

int approver_print(const char *text)
{
    autobuf struct buf b = {0};
    screen_lines(&b, "  | ", text);
    buf_puts(&b, "");
    if (b.err)
        return approver_failed(_("the text can't be shown"), b.err);
    puts(b.data);
    return CLI_OK;
}

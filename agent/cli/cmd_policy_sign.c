/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_policy_sign.c owns the signing of a policy. It must never sign one that has errors, and never
 * keep the secret key longer than one signature takes. */
#include <fcntl.h>
#include <inttypes.h>
#include <sekisho/err.h>
#include <string.h>
#include "base/clock.h"
#include "base/digest.h"
#include "base/fdio.h"
#include "cli/policy_file.h"
#include "crypto/minisign.h"
#include "record/record.h"

#define KEY_FILE_MAX 4096 /* bytes */
#define COMMENT_MAX  200  /* bytes of the trusted comment */

/* The key, with a passphrase asked for when it is locked. */
static int open_key(const char *path, struct minisign_secret *ret)
{
    autobuf struct buf text = {0};
    char *passphrase = NULL;
    int r = file_read(AT_FDCWD, path, KEY_FILE_MAX, &text);
    if (r == 0)
        r = minisign_secret_parse(text.data ? text.data : "", text.len, NULL, ret);
    if (r == SK_ERR_PASSPHRASE) {
        int code = cli_passphrase(_("Passphrase of the key"), false, &passphrase);
        if (code != CLI_OK)
            return code;
        r = minisign_secret_parse(text.data, text.len, passphrase, ret);
        cli_passphrase_free(passphrase);
    }
    return r == 0 ? CLI_OK : cli_error(CLI_FAILED, "%s: %s", path, cli_strerror(r));
}

/* minisign -V prints the trusted comment; version and digest in it tell a person what is signed. */
static int sign(const struct policy_file *file, const struct minisign_secret *secret,
                struct buf *out)
{
    char comment[COMMENT_MAX], hex[DIGEST_HEX_CAP];
    digest_hex(hex, file->policy->digest);
    snprintf(comment, sizeof comment, "sekisho policy version %" PRIu64 " sha256:%s",
             file->policy->version, hex);
    return minisign_sign(file->bytes.data, file->bytes.len, secret, comment, out);
}

static int read_signable(const char *path, struct policy_file *file)
{
    int code = policy_file_read(path, clock_wall_s(), NULL, file);
    if (code != CLI_OK)
        return code;
    autojson json_t *findings = policy_file_findings(&file->findings);
    policy_file_print(stderr, path, findings);
    if (!file->policy || file->findings.errors > 0)
        return cli_error(CLI_NO, _("%s has errors and is not signed"), path);
    return CLI_OK;
}

int cmd_policy_sign(struct cli *cli, const struct cli_args *args)
{
    autopolicy struct policy_file file = {0};
    autobuf struct buf signature = {0}, beside = {0};
    struct minisign_secret secret;
    const char *path = args->words[0], *key = cli_value(args, "key");
    const char *out = cli_value(args, "signature");
    if (!key)
        return cli_error(CLI_USAGE, _("--key FILE is missing: the secret key to sign with"));
    int code = read_signable(path, &file);
    if (code == CLI_OK)
        code = open_key(key, &secret);
    if (code != CLI_OK)
        return code;
    char id[MINISIGN_ID_TEXT_CAP];
    minisign_id_format(secret.pub.id, id);
    int r = sign(&file, &secret, &signature);
    minisign_secret_wipe(&secret);
    buf_printf(&beside, "%s.minisig", path);
    if (!out)
        out = beside.data;
    if (r == 0)
        r = beside.err ? beside.err
                       : file_write_atomic(AT_FDCWD, out, signature.data, signature.len, 0644);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s: %s", out ? out : path, cli_strerror(r));
    if (cli->json) {
        autojson json_t *answer = json_pack("{s:s, s:s, s:I}", "signature", out, "key", id,
                                            "version", (json_int_t)file.policy->version);
        return cli_json(answer);
    }
    if (!cli->quiet)
        printf(_("%s: signed with key %s\n"), out, id);
    return CLI_OK;
}

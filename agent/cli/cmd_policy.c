/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_policy.c owns what an administrator does with policy files: check, compare, install, look at
 * the one in force. It must never decide whether a policy is taken: sekisho-control does. */
#include <dirent.h>
#include <fcntl.h>
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/ops.h>
#include <sekisho/paths.h>
#include <string.h>
#include "base/clock.h"
#include "base/digest.h"
#include "base/fdio.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/policy_file.h"
#include "cli/screen.h"
#include "record/record.h"

#define KEYS_MAX     64   /* trusted keys */
#define KEY_FILE_MAX 4096 /* bytes */

/* --- policy check ----------------------------------------------------------------------------- */

struct keys {
    struct minisign_public items[KEYS_MAX];
    size_t count;
};

static int add_key(int folder, const char *path, struct keys *keys)
{
    autobuf struct buf b = {0};
    int r = file_read(folder, path, KEY_FILE_MAX, &b);
    if (r == 0)
        r = keys->count < KEYS_MAX ? minisign_public_parse(b.data, b.len, &keys->items[keys->count])
                                   : SK_ERR_LIMIT;
    if (r != 0)
        return cli_error(CLI_FAILED, "%s: %s", path, cli_strerror(r));
    keys->count++;
    return CLI_OK;
}

/* --key, which is a key or a file of one; or every *.pub of the instance. */
static int load_keys(const char *given, struct keys *keys)
{
    if (given && minisign_public_parse(given, strlen(given), &keys->items[0]) == 0) {
        keys->count = 1;
        return CLI_OK;
    }
    if (given)
        return add_key(AT_FDCWD, given, keys);
    const char *folder = sk_path(SK_PATH_KEYS);
    autodir DIR *dir = opendir(folder);
    if (!dir)
        return cli_error(CLI_FAILED, "%s: %s", folder, cli_strerror(-errno));
    int code = CLI_OK;
    for (struct dirent *e; code == CLI_OK && (e = readdir(dir));) {
        const char *dot = strrchr(e->d_name, '.');
        if (dot && strcmp(dot, ".pub") == 0)
            code = add_key(dirfd(dir), e->d_name, keys);
    }
    return code;
}

/* Read the signature file that is named, or the one beside the policy. */
static int read_signature(const char *policy, const char *given, struct buf *ret)
{
    autobuf struct buf beside = {0};
    buf_printf(&beside, "%s.minisig", policy);
    const char *path = given ? given : beside.data;
    int r = beside.err ? beside.err : file_read(AT_FDCWD, path, SK_SIGNATURE_MAX, ret);
    return r == 0 ? CLI_OK : cli_error(CLI_FAILED, "%s: %s", path, cli_strerror(r));
}

/* {"state":"good"|"bad","why","key","comment"}, or NULL with a message printed. */
static json_t *check_signature(const struct cli_args *args, const char *path,
                               const struct buf *bytes)
{
    struct keys keys = {.count = 0};
    struct minisign_signature signature;
    autobuf struct buf text = {0}, comment = {0};
    char id[MINISIGN_ID_TEXT_CAP];
    if (load_keys(cli_value(args, "key"), &keys) != CLI_OK ||
        read_signature(path, cli_value(args, "signature"), &text) != CLI_OK)
        return NULL;
    int r = policy_verify(bytes->data ? bytes->data : "", bytes->len, text.data ? text.data : "",
                          text.len, keys.items, keys.count, &signature);
    if (r != 0)
        return json_pack("{s:s, s:s}", "state", "bad", "why", sk_strerror(r));
    minisign_id_format(signature.key_id, id);
    str_escape(&comment, signature.trusted_comment, strlen(signature.trusted_comment));
    return json_pack("{s:s, s:s, s:s}", "state", "good", "key", id, "comment",
                     comment.data ? comment.data : "");
}

static json_t *report_of(const char *path, const struct policy_file *file, json_t *signature)
{
    char hex[DIGEST_HEX_CAP] = "";
    const struct policy *p = file->policy;
    bool good = file->findings.errors == 0 && p &&
                (!signature || str_eq(record_text(signature, "state"), "good"));
    if (p)
        digest_hex(hex, p->digest);
    autobuf struct buf name = {0};
    screen_safe(&name, path);
    return json_pack("{s:s, s:b, s:I, s:s, s:I, s:b, s:o*, s:o}", "file",
                     name.data ? name.data : "", "ok", good, "version",
                     (json_int_t)(p ? p->version : 0), "digest", hex, "errors",
                     (json_int_t)file->findings.errors, "cut", file->findings.cut, "signature",
                     signature, "findings", policy_file_findings(&file->findings));
}

static void print_report(const struct cli *cli, const json_t *report, const struct policy *p)
{
    const char *path = record_text(report, "file"); /* escaped already */
    char until[CLOCK_TIME_CAP] = "";
    const json_t *signature = record_member(report, "signature");
    long long errors = record_number(report, "errors");
    policy_file_print(stdout, path, record_member(report, "findings"));
    if (record_flag(report, "cut"))
        printf(_("%s: more findings than are shown\n"), path);
    if (p)
        clock_format_date(until, p->expires - CLOCK_DAY_S);
    if (signature && str_eq(record_text(signature, "state"), "good"))
        printf(_("%s: signature good, key %s\n"), path, record_text(signature, "key"));
    else if (signature)
        printf(_("%s: signature BAD: %s\n"), path, gettext(record_text(signature, "why")));
    if (errors > 0)
        printf(_("%s: errors: %lld\n"), path, errors);
    else if (record_flag(report, "ok") && !cli->quiet)
        printf(_("%s: ok, version %lld, holds to %s, SHA-256 %s\n"), path,
               (long long)record_number(report, "version"), until, record_text(report, "digest"));
}

static int check_one(struct cli *cli, const struct cli_args *args, const char *path, int64_t now,
                     json_t *reports)
{
    autopolicy struct policy_file file = {0};
    json_t *signature = NULL;
    int code = policy_file_read(path, now, cli_value(args, "host"), &file);
    if (code != CLI_OK)
        return code;
    if (cli_value(args, "signature") || cli_value(args, "key")) {
        signature = check_signature(args, path, &file.bytes);
        if (!signature)
            return CLI_FAILED;
    }
    json_t *report = report_of(path, &file, signature);
    if (!report || json_array_append_new(reports, report) != 0)
        return cli_error(CLI_FAILED, _("out of memory"));
    if (!cli->json)
        print_report(cli, report, file.policy);
    return record_flag(report, "ok") ? CLI_OK : CLI_NO;
}

static int run_check(struct cli *cli, const struct cli_args *args)
{
    int64_t now;
    int worst = policy_file_time(args, &now);
    if (worst != CLI_OK)
        return worst;
    if (args->count > 1 && cli_value(args, "signature"))
        return cli_error(CLI_USAGE, _("--signature goes with one file"));
    autojson json_t *reports = json_array();
    for (int i = 0; i < args->count; i++) {
        int code = check_one(cli, args, args->words[i], now, reports);
        worst = code > worst ? code : worst;
    }
    if (cli->json) {
        autojson json_t *all = json_pack("{s:b, s:O}", "ok", worst == CLI_OK, "files", reports);
        cli_json(all);
    }
    return worst;
}

/* --- policy diff ------------------------------------------------------------------------------ */

/* A policy to compare; its errors are printed. */
static int read_comparable(const char *path, struct policy_file *file)
{
    int code = policy_file_read(path, clock_wall_s(), NULL, file);
    if (code != CLI_OK || file->policy)
        return code;
    autojson json_t *findings = policy_file_findings(&file->findings);
    policy_file_print(stderr, path, findings);
    return cli_error(CLI_NO, _("%s has errors and can't be compared"), path);
}

static int print_changes(struct cli *cli, const struct policy_changes *changes)
{
    autojson json_t *list = policy_file_changes(changes);
    if (cli->json) {
        autojson json_t *all = json_pack("{s:O}", "changes", list);
        return cli_json(all);
    }
    policy_file_print_changes(list);
    return CLI_OK;
}

static int run_diff(struct cli *cli, const struct cli_args *args)
{
    autopolicy struct policy_file before = {0}, after = {0};
    struct policy_changes changes = {0};
    int code = read_comparable(args->words[0], &before);
    if (code == CLI_OK)
        code = read_comparable(args->words[1], &after);
    if (code != CLI_OK)
        return code;
    int r = policy_diff(before.policy, after.policy, &changes);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s", cli_strerror(r));
    code = print_changes(cli, &changes);
    policy_changes_free(&changes);
    return code;
}

/* --- policy show, policy install -------------------------------------------------------------- */

static void print_text(const char *text)
{
    struct cursor c;
    const char *line;
    size_t len;
    cursor_init(&c, text, strlen(text));
    while (cursor_line(&c, &line, &len)) {
        autobuf struct buf safe = {0};
        str_escape(&safe, line, len);
        puts(safe.data ? safe.data : "");
    }
}

static int run_show(struct cli *cli, const struct cli_args *args)
{
    (void)args;
    autojson json_t *request = json_object();
    autojson json_t *answer = NULL;
    autobuf struct buf expires = {0};
    int code = cli_ask(cli, SK_OP_POLICY_SHOW, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    screen_time(&expires, record_text(answer, "expires"), false);
    printf("# %s: %lld\n", _("version"), (long long)record_number(answer, "version"));
    printf("# %s: %s\n", _("state"), record_text(answer, "state"));
    printf("# %s: %s\n", _("expires"), expires.data ? expires.data : "");
    printf("# SHA-256: %s\n", record_text(answer, "digest"));
    printf("# %s: %s\n\n", _("signed by key"), record_text(answer, "key"));
    print_text(record_text(answer, "text"));
    return CLI_OK;
}

/* What is wrong with a file that control refused, if it is its text. */
static void explain_refusal(const char *path)
{
    autopolicy struct policy_file file = {0};
    if (policy_file_read(path, clock_wall_s(), NULL, &file) != CLI_OK || file.findings.errors == 0)
        return;
    autojson json_t *findings = policy_file_findings(&file.findings);
    policy_file_print(stderr, path, findings);
}

/* The pair as sealed memory, so that what is checked is what is installed. */
static int load_pair(const struct cli_args *args, int fds[static 2])
{
    const char *path = args->words[0];
    autobuf struct buf bytes = {0}, signature = {0};
    int r = file_read(AT_FDCWD, path, SK_POLICY_MAX, &bytes);
    if (r != 0)
        return cli_error(r == SK_ERR_LIMIT ? CLI_REFUSED : CLI_FAILED, "%s: %s", path,
                         cli_strerror(r));
    int code = read_signature(path, cli_value(args, "signature"), &signature);
    if (code != CLI_OK)
        return code;
    fds[0] = fd_memory_sealed("policy", bytes.data, bytes.len);
    fds[1] = fd_memory_sealed("signature", signature.data, signature.len);
    r = fds[0] < 0 ? fds[0] : fds[1] < 0 ? fds[1] : 0;
    return r == 0 ? CLI_OK : cli_error(CLI_FAILED, "%s", cli_strerror(r));
}

static int run_install(struct cli *cli, const struct cli_args *args)
{
    int fds[2] = {-1, -1};
    const char *path = args->words[0];
    bool only_check = cli_flag(args, "check");
    autojson json_t *request = json_pack("{s:b}", "check", only_check);
    autojson json_t *answer = NULL;
    int code = load_pair(args, fds);
    if (code == CLI_OK)
        code = cli_ask(cli, SK_OP_POLICY_INSTALL, request, fds, 2, &answer);
    clean_close(&fds[0]);
    clean_close(&fds[1]);
    if (code == CLI_REFUSED && !cli->json)
        explain_refusal(path);
    if (code != CLI_OK)
        return code;
    if (cli->json)
        return cli_json(answer);
    policy_file_print(stderr, path, record_member(answer, "findings"));
    bool expired = record_flag(answer, "expired");
    printf(only_check ? _("version %lld would be taken, SHA-256 %s\n")
           : expired  ? _("version %lld is installed, SHA-256 %s\n")
                      : _("version %lld is in force, SHA-256 %s\n"),
           (long long)record_number(answer, "version"), record_text(answer, "digest"));
    if (expired)
        puts(_("It has expired: it blocks what it blocks, and permits nothing new."));
    if (!only_check && record_text(answer, "head")[0])
        printf("ledger-origin: %s\nledger-head: %s\n", record_text(answer, "origin"),
               record_text(answer, "head"));
    return CLI_OK;
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct cli_option check_options[] = {
    {"signature", N_("FILE"), N_("check this signature; FILE.minisig when only --key is given")},
    {"key", N_("KEY"), N_("trust this public key or file; else the keys of this PC")},
    {"at", N_("TIME"), N_("judge as of this day or time")},
    {"host", N_("NAME"), N_("judge for the PC of this name")},
    {NULL, NULL, NULL},
};

static const struct cli_option explain_options[] = {
    {"installed", NULL, N_("take the policy in force, not a file")},
    {"user", N_("LOGIN"), N_("who opens or asks")},
    {"app", N_("PROGRAM"), N_("with which program, as an absolute path")},
    {"path", N_("PATH"), N_("which file or folder")},
    {"write", N_("DESTINATION"), N_("to which destination (its id or path) it shall go")},
    {"purpose", N_("TEXT"), N_("for which purpose")},
    {"consent", N_("ID"), N_("under which consent")},
    {"in-room", NULL, N_("suppose that the program runs in the area's room")},
    {"remote", NULL, N_("suppose that the person has logged in from another PC")},
    {"terminal", NULL, N_("suppose that a terminal is wanted in the room")},
    {"at", N_("TIME"), N_("as of this day or time")},
    {NULL, NULL, NULL},
};

static const struct cli_option install_options[] = {
    {"signature", N_("FILE"), N_("the signature's file, when it is not FILE.minisig")},
    {"check", NULL, N_("only say whether the agent would take it")},
    {NULL, NULL, NULL},
};

static const struct cli_option sign_options[] = {
    {"key", N_("FILE"), N_("the secret key, as minisign -G or sekisho approver init makes it")},
    {"signature", N_("FILE"), N_("where the signature goes; FILE.minisig when not given")},
    {NULL, NULL, NULL},
};

const struct cli_command cmd_policy_commands[] = {
    {"policy check", N_("FILE…"), N_("Check policy files and report every error"), check_options, 1,
     -1, run_check},
    {"policy explain", N_("[FILE]"), N_("Tell what a policy decides, by which line and why"),
     explain_options, 0, 1, cmd_policy_explain},
    {"policy diff", N_("FILE FILE"), N_("Tell what becomes looser or tighter between two policies"),
     NULL, 2, 2, run_diff},
    {"policy show", "", N_("Show the policy in force"), NULL, 0, 0, run_show},
    {"policy sign", N_("FILE"), N_("Sign a policy that has no errors"), sign_options, 1, 1,
     cmd_policy_sign},
    {"policy install", N_("FILE"), N_("Put a signed policy into force"), install_options, 1, 1,
     run_install},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

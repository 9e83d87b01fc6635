/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ledger_verify.c owns the check of a ledger for an auditor, and where the ledger stands. It must
 * never say more than the verdict does. */
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/paths.h>
#include <sekisho/record.h>
#include <string.h>
#include <sys/stat.h>
#include "base/str.h"
#include "cli/ledger_lines.h"
#include "cli/ledger_verdict.h"
#include "cli/screen.h"
#include "record/record.h"

/* The record that answers an auditor's number. */
struct nonce_search {
    const char *nonce; /* NULL = none is searched */
    bool found;
    uint64_t seq;
};

/* What is looked for in the records while they are verified. */
struct watcher {
    struct nonce_search nonce;
    struct kept_heads *heads;
};

static int look_at_record(void *context, const struct ledger_line *line)
{
    struct watcher *w = context;
    struct nonce_search *n = &w->nonce;
    int r = anchors_see(w->heads, line);
    if (r != 0 || line->elided || !n->nonce || !scan_is(&line->kind, SK_KIND_ATTEST))
        return r;
    autojson json_t *record = NULL;
    if (record_parse(line->text, line->len, SK_RECORD_MAX, &record) == 0 &&
        str_eq(record_text(record, "nonce"), n->nonce)) {
        n->found = true;
        n->seq = line->seq;
    }
    return 0;
}

static bool nonce_is_sealed(const struct nonce_search *n, const struct proof_report *p)
{
    return n->found && n->seq < p->sealed;
}

static void print_nonce(const struct nonce_search *n, const struct proof_report *p)
{
    if (nonce_is_sealed(n, p))
        printf(_("  number %s: record %llu, sealed\n"), n->nonce, (unsigned long long)n->seq);
    else
        printf(_("  number %s: NOT FOUND in what is sealed\n"), n->nonce);
}

static int print_verdict(struct cli *cli, const struct verdict *v, const struct kept_heads *heads,
                         const struct nonce_search *n)
{
    if (cli->json) {
        autojson json_t *json = verdict_json(v);
        if (heads->count > 0)
            json_object_set_new(json, "anchors", anchors_json(heads, v->key.name));
        if (n->nonce)
            json_object_set_new(json, "nonce",
                                json_pack("{s:b,s:I}", "sealed", nonce_is_sealed(n, v->report), "seq",
                                          (json_int_t)n->seq));
        return cli_json(json);
    }
    verdict_print(v);
    anchors_print(heads, v->key.name);
    if (n->nonce)
        print_nonce(n, v->report);
    if (v->own)
        fprintf(stderr, "%s\n", _("Checked against the ledger's own enrolment line. An auditor "
                                  "gives the line noted at installation: --enrolment LINE"));
    return CLI_OK;
}

/* The first word is the folder if it is one; all others are files with heads. */
static int read_words(const struct cli_args *args, struct kept_heads *heads, const char **ret_folder)
{
    struct stat st;
    int from = args->count > 0 && (args->count == 1 || stat(args->words[0], &st) != 0 ||
                                   S_ISDIR(st.st_mode)) ? 1 : 0;
    const char *anchor = cli_value(args, "anchor");
    *ret_folder = from > 0 ? args->words[0] : sk_path(SK_PATH_LEDGER);
    int code = anchor ? anchors_read(heads, anchor) : CLI_OK;
    for (int i = from; code == CLI_OK && i < args->count; i++)
        code = anchors_read(heads, args->words[i]);
    return code;
}

/* With a line of the person's own the ledger's is not needed; that it is damaged is told all the same. */
static void tell_of_own_line(const char *folder, const struct note_key *used)
{
    struct note_key own;
    int r = proof_enrolment_of(folder, &own);
    if (r == -ENOENT || (r == 0 && memcmp(own.key, used->key, sizeof own.key) == 0))
        return;
    cli_error(0, _("warning: %s/%s: %s; checked against the line that you gave"), folder,
              LEDGER_ENROLMENT, r == 0 ? _("another enrolment line") : cli_strerror(r));
}

int ledger_run_verify(struct cli *cli, const struct cli_args *args)
{
    autoverdict struct verdict v = {0};
    autoanchors struct kept_heads *heads = anchors_new();
    struct watcher w = {.nonce = {.nonce = cli_value(args, "nonce")}, .heads = heads};
    const struct nonce_search *n = &w.nonce;
    const char *folder;
    if (!heads)
        return cli_error(CLI_FAILED, _("out of memory"));
    int code = read_words(args, heads, &folder);
    if (code == CLI_OK)
        code = verdict_enrolment(&v, folder, cli_value(args, "enrolment"));
    const struct proof_options options = {.strict = cli_flag(args, "strict"),
                                          .each = look_at_record,
                                          .context = &w,
                                          .anchors = heads->anchors,
                                          .anchor_count = heads->count};
    if (code == CLI_OK)
        code = verdict_check(&v, &options);
    if (code != CLI_OK)
        return code;
    int r = anchors_settle(heads);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s", cli_strerror(r));
    print_verdict(cli, &v, heads, n);
    if (!v.own)
        tell_of_own_line(folder, &v.key);
    bool good = !v.report->bad && anchors_agree(heads, v.key.name) &&
                (!n->nonce || nonce_is_sealed(n, v.report));
    return good ? CLI_OK : CLI_NO;
}

int ledger_run_head(struct cli *cli, const struct cli_args *args)
{
    autoverdict struct verdict v = {0};
    char vkey[NOTE_VKEY_CAP], root[DIGEST_HEX_CAP];
    uint8_t digest[DIGEST_LEN];
    autodigest struct digest *hash = NULL;
    int code = verdict_good(&v, ledger_folder(args), NULL);
    if (code != CLI_OK)
        return code;
    int r = digest_new(&hash);
    if (r == 0)
        r = tree_root(&v.report->tree, hash, digest);
    if (r == 0)
        r = note_vkey_format(&v.key, vkey);
    if (r != 0)
        return cli_error(CLI_FAILED, "%s", cli_strerror(r));
    digest_hex(root, digest);
    if (cli->json) {
        autojson json_t *json = json_pack(
            "{s:I,s:s,s:I,s:I,s:s,s:s}", "size", (json_int_t)v.report->records, "root", root,
            "sealed-size", (json_int_t)v.report->sealed, "epoch", (json_int_t)v.report->epochs,
            "origin", v.key.name, "enrolment", vkey);
        return cli_json(json);
    }
    printf(_("records: %llu, sealed: %llu, epoch %llu\n"), (unsigned long long)v.report->records,
           (unsigned long long)v.report->sealed, (unsigned long long)v.report->epochs);
    screen_line(_("root"), root);
    screen_line(_("enrolment"), vkey);
    return CLI_OK;
}

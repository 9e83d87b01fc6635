/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ledger_proof.c owns proofs about single records and about two checkpoints. It must never print
 * a proof that it has not checked against a verified ledger. */
#include <sekisho/err.h>
#include <sekisho/ops.h>
#include <string.h>
#include "base/str.h"
#include "cli/files.h"
#include "cli/ledger_lines.h"
#include "cli/ledger_verdict.h"
#include "proof/path.h"
#include "record/record.h"

/* Every line of a ledger, for a path. */
struct feed {
    struct path_maker *maker;
    struct digest *hash;
    uint64_t seq; /* the record whose text and leaf are kept */
    struct buf text;
    uint8_t leaf[DIGEST_LEN];
};

static void feed_clear(struct feed *f)
{
    path_maker_free(&f->maker);
    digest_free(&f->hash);
    buf_free(&f->text);
}
#define autofeed __attribute__((cleanup(feed_clear)))

static int feed_line(struct feed *f, const struct ledger_line *line)
{
    int r = 0;
    for (size_t i = 0; line->elided && r == 0 && i < line->elided->count; i++)
        r = path_feed(f->maker, f->hash, &line->elided->blocks[i]);
    if (line->elided)
        return r;
    struct elide_block block = {.at = line->seq};
    r = tree_leaf(f->hash, line->text, line->len, block.hash);
    if (r == 0 && line->seq == f->seq) {
        memcpy(f->leaf, block.hash, sizeof f->leaf);
        buf_put(&f->text, line->text, line->len);
        r = f->text.err;
    }
    return r == 0 ? path_feed(f->maker, f->hash, &block) : r;
}

/* All records up to size. */
static int feed_all(struct feed *f, const char *folder, uint64_t size, struct path *ret)
{
    autoreader struct ledger_reader *reader = NULL;
    struct ledger_line line;
    int r = ledger_reader_open(folder, 0, &reader);
    if (r != 0)
        return r;
    ledger_reader_show_elided(reader);
    for (uint64_t next = 0; r == 0 && next < size;) {
        r = ledger_reader_next(reader, &line);
        r = r == 1 ? feed_line(f, &line) : r == 0 ? SK_ERR_STATE : r;
        next = line.elided ? line.elided->next : line.seq + 1;
    }
    return r == 0 ? path_take(f->maker, f->hash, ret) : r;
}

static int cant_prove(int r)
{
    return cli_error(r == SK_ERR_NOT_FOUND ? CLI_NO : CLI_FAILED, "%s",
                     r == SK_ERR_NOT_FOUND ? _("what the proof needs is left out of this ledger")
                                           : cli_strerror(r));
}

/* To the file, or to stdout. */
static int give(const struct cli_args *args, const struct buf *text)
{
    const char *out = cli_value(args, "out");
    if (text->err)
        return cli_error(CLI_FAILED, "%s", cli_strerror(text->err));
    if (out)
        return files_create(out, text->data, text->len, 0644);
    return fwrite(text->data, 1, text->len, stdout) == text->len && fflush(stdout) == 0 ? CLI_OK
                                                                                          : CLI_FAILED;
}

static int prove(struct cli *cli, const struct cli_args *args, uint64_t seq)
{
    autoverdict struct verdict v = {0};
    autofeed struct feed f = {.seq = seq};
    autobuf struct buf note = {0};
    autobuf struct buf proof = {0};
    struct path path;
    int code = verdict_good(&v, ledger_folder(args), NULL);
    if (code == CLI_OK && seq >= v.report->sealed)
        code = cli_error(CLI_NO, _("no checkpoint covers record %llu yet"), (unsigned long long)seq);
    if (code == CLI_OK)
        code = verdict_last_note(&v, &note);
    if (code != CLI_OK)
        return code;
    int r = digest_new(&f.hash);
    if (r == 0)
        r = path_inclusion(seq, v.report->sealed, &f.maker);
    if (r == 0)
        r = feed_all(&f, v.folder, v.report->sealed, &path);
    if (r == 0 && f.text.len == 0)
        r = SK_ERR_NOT_FOUND; /* the record itself is left out */
    if (r == 0)
        r = path_write(&path, seq, note.data, note.len, &proof);
    if (r != 0)
        return cant_prove(r);
    if (cli->json) {
        autojson json_t *json = json_pack("{s:I,s:I,s:s,s:s}", "seq", (json_int_t)seq, "size",
                                          (json_int_t)v.report->sealed, "record", f.text.data, "proof",
                                          proof.data);
        return cli_json(json);
    }
    fprintf(stderr, ngettext("record %llu, under the checkpoint over %llu record:\n",
                             "record %llu, under the checkpoint over %llu records:\n",
                             (unsigned long)v.report->sealed),
            (unsigned long long)seq, (unsigned long long)v.report->sealed);
    fprintf(stderr, "%s\n", f.text.data);
    return give(args, &proof);
}

int ledger_run_prove(struct cli *cli, const struct cli_args *args)
{
    uint64_t seq;
    if (str_to_u64(args->words[0], INT64_MAX, &seq) != 0)
        return cli_error(CLI_USAGE, _("\"%s\" is no record's number"), args->words[0]);
    return prove(cli, args, seq);
}

int ledger_run_attest(struct cli *cli, const struct cli_args *args)
{
    autojson json_t *answer = NULL;
    autojson json_t *request = json_pack("{s:s}", "nonce", args->words[0]);
    int code = cli_ask(cli, SK_OP_ATTEST, request, NULL, 0, &answer);
    if (code != CLI_OK)
        return code;
    if (!cli->json && !cli->quiet)
        fprintf(stderr, _("the number %s is on record and sealed\n"), args->words[0]);
    return prove(cli, args, (uint64_t)record_number(answer, "seq"));
}

/* The first head in the file, which may be any text that holds one. */
static int read_kept(struct kept_heads *heads, const char *file)
{
    size_t had = heads->count;
    int code = anchors_read(heads, file);
    for (; code == CLI_OK && heads->count > had + 1; heads->count--)
        free(steal_ptr(&heads->proofs[heads->count - 1]));
    return code;
}

static int consistency(struct cli *cli, const struct cli_args *args, struct kept_heads *heads)
{
    autoverdict struct verdict v = {0};
    autofeed struct feed f = {.seq = UINT64_MAX};
    autobuf struct buf note = {0};
    autobuf struct buf proof = {0};
    struct path path;
    const struct proof_options options = {.anchors = heads->anchors, .anchor_count = heads->count};
    int code = verdict_good(&v, ledger_folder(args), &options);
    if (code == CLI_OK)
        code = verdict_last_note(&v, &note);
    if (code != CLI_OK)
        return code;
    bool good = anchors_agree(heads, v.key.name);
    uint64_t old = heads->anchors[0].size;
    if (!cli->json)
        anchors_print(heads, v.key.name);
    if (good && heads->count == 2 && old > heads->anchors[1].size)
        return cli_error(CLI_USAGE, _("OLD is over more records than NEW"));
    if (good && heads->count == 1 && old <= v.report->sealed && old > 0) {
        int r = digest_new(&f.hash);
        if (r == 0)
            r = path_consistency(old, v.report->sealed, &f.maker);
        if (r == 0)
            r = feed_all(&f, v.folder, v.report->sealed, &path);
        if (r == 0)
            r = path_write_consistency(&path, old, note.data, note.len, &proof);
        if (r != 0)
            return cant_prove(r);
    }
    if (cli->json) {
        autojson json_t *json =
            json_pack("{s:b,s:o,s:s}", "consistent", good, "anchors", anchors_json(heads, v.key.name),
                      "proof", proof.data ? proof.data : "");
        cli_json(json);
    } else if (good && proof.len > 0) {
        code = give(args, &proof);
    }
    return code == CLI_OK && !good ? CLI_NO : code;
}

int ledger_run_consistency(struct cli *cli, const struct cli_args *args)
{
    autoanchors struct kept_heads *heads = anchors_new();
    if (!heads)
        return cli_error(CLI_FAILED, _("out of memory"));
    int code = CLI_OK;
    for (int i = 0; code == CLI_OK && i < args->count; i++)
        code = read_kept(heads, args->words[i]);
    return code == CLI_OK ? consistency(cli, args, heads) : code;
}

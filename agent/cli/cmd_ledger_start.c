/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ledger_start.c owns the enrolment line on its way to the client: as text, as a QR code, and on the
 * start report. It must never print the line of a ledger that does not verify under it. */
#include <sekisho/err.h>
#include <sekisho/limits.h>
#include <sekisho/record.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "cli/files.h"
#include "cli/ledger_lines.h"
#include "cli/ledger_verdict.h"
#include "cli/paper.h"
#include "cli/qr.h"
#include "cli/screen.h"
#include "record/record.h"

#define QR_MILLIMETRES 42

/* The last record that announced the contract, and where records come from. */
struct contract_search {
    const char *contract;
    json_t *found;
    char host[SK_ID_MAX + 2];
};

static int look_for_contract(void *context, const struct ledger_line *line)
{
    struct contract_search *s = context;
    autojson json_t *record = NULL;
    if (line->elided || !scan_is(&line->kind, SK_KIND_CONTRACT) ||
        record_parse(line->text, line->len, SK_RECORD_MAX, &record) != 0 ||
        !str_eq(record_text(record, "contract"), s->contract) ||
        !str_eq(record_text(record, "phase"), "announced"))
        return 0;
    json_decref(s->found);
    snprintf(s->host, sizeof s->host, "%s", record_text(record, "host"));
    s->found = steal_ptr(&record);
    return 0;
}

static int line_of(const struct verdict *v, char ret[static NOTE_VKEY_CAP])
{
    int r = note_vkey_format(&v->key, ret);
    return r == 0 ? CLI_OK : cli_error(CLI_FAILED, "%s", cli_strerror(r));
}

static int print_drawn(const struct buf *drawn, int r)
{
    if (r != 0)
        return cli_error(CLI_FAILED, "%s", cli_strerror(r));
    fwrite(drawn->data, 1, drawn->len, stdout);
    return CLI_OK;
}

int ledger_run_enrolment(struct cli *cli, const struct cli_args *args)
{
    autoverdict struct verdict v = {0};
    autobuf struct buf drawn = {0};
    char vkey[NOTE_VKEY_CAP];
    const char *svg = cli_value(args, "svg");
    int code = verdict_good(&v, ledger_folder(args), NULL);
    if (code == CLI_OK)
        code = line_of(&v, vkey);
    if (code == CLI_OK && svg) {
        autobuf struct buf picture = {0};
        int r = qr_svg(vkey, QR_MILLIMETRES, &picture);
        code = r == 0 ? files_create(svg, picture.data, picture.len, 0644)
                      : cli_error(CLI_FAILED, "%s", cli_strerror(r));
    }
    if (code != CLI_OK)
        return code;
    if (cli->json) {
        autojson json_t *json = json_pack("{s:s,s:s}", "enrolment", vkey, "origin", v.key.name);
        return cli_json(json);
    }
    printf("%s\n", vkey);
    if (cli_flag(args, "qr"))
        code = print_drawn(&drawn, qr_terminal(vkey, &drawn));
    return fflush(stdout) == 0 ? code : CLI_FAILED;
}

/* Contract and PC. */
static void put_about(struct buf *out, const struct contract_search *s)
{
    struct clock_now now;
    char today[CLOCK_TIME_CAP];
    autobuf struct buf date = {0};
    clock_read(&now);
    clock_format(today, now.wall_s, 0);
    screen_time(&date, today, true);
    paper_table_begin(out);
    paper_row(out, "契約", "contract", s->contract);
    paper_row(out, "業務の名称", "title", record_text(s->found, "title"));
    paper_row(out, "発注者", "client", record_text(s->found, "client"));
    paper_row(out, "受注者", "contractor", record_text(s->found, "contractor"));
    paper_row(out, "端末", "PC", s->host);
    paper_row(out, "作成日時", "made at", date.data ? date.data : today);
    paper_table_end(out);
}

static void put_check(struct buf *out, const struct verdict *v, const char *vkey)
{
    char root[DIGEST_HEX_CAP], head[512];
    uint8_t digest[DIGEST_LEN] = {0};
    autodigest struct digest *hash = NULL;
    if (digest_new(&hash) != 0 || tree_root(&v->report->sealed_tree, hash, digest) != 0)
        return;
    digest_hex(root, digest);
    paper_heading(out, "台帳の登録行", "enrolment line of the ledger");
    paper_text(out,
               "この端末の記録（台帳）が、作られた後に変更・削除・追加・抜取りされていないことを、"
               "受注者に頼らずに確かめるための鍵です。<b>発注者がこの用紙ごと保管してください。</b>",
               "The key by which the client checks, without relying on the contractor, that no record of "
               "this PC was altered, dropped, added later or withheld. <b>The client keeps this page.</b>");
    paper_exact(out, vkey);
    if (qr_svg(vkey, QR_MILLIMETRES, out) != 0)
        return;
    paper_heading(out, "この用紙を作成した時点の台帳", "the ledger when this page was made");
    snprintf(head, sizeof head, "ledger-origin: %s\nledger-head: %llu %s", v->key.name,
             (unsigned long long)v->report->sealed, root);
    paper_exact(out, head);
    paper_heading(out, "確かめ方", "how to check");
    paper_text(out,
               "台帳の抜粋を受け取ったら、抜粋に添えられた CHECK.txt のとおり、この登録行を使って"
               "検証します。検証器は 2 つあり（<code>sekisho ledger verify</code> と "
               "<code>verify.py</code>）、どちらも同じ判定をします。上の ledger-head の 2 行を"
               "ファイルに保存して添えると、この時点より後の書換えや切詰めも分かります。",
               "When an extract of the ledger is handed over, check it with this line as the page CHECK.txt "
               "inside says. There are two verifiers, <code>sekisho ledger verify</code> and "
               "<code>verify.py</code>; both come to the same verdict. Saved to a file and given along, the "
               "two lines ledger-… above show a ledger that was rewritten or cut off after today.");
}

int ledger_run_start_report(struct cli *cli, const struct cli_args *args)
{
    autoverdict struct verdict v = {0};
    autobuf struct buf page = {0};
    char vkey[NOTE_VKEY_CAP];
    struct contract_search s = {.contract = cli_value(args, "contract")};
    const char *out = cli_value(args, "out");
    if (!s.contract || !out)
        return cli_error(CLI_USAGE, _("give --contract ID and --out FILE"));
    const struct proof_options options = {.each = look_for_contract, .context = &s};
    int code = verdict_good(&v, ledger_folder(args), &options);
    autojson json_t *found = s.found;
    if (code == CLI_OK && !found)
        code = cli_error(CLI_NO, _("no policy with the contract %s is on record"), s.contract);
    if (code == CLI_OK)
        code = line_of(&v, vkey);
    if (code != CLI_OK)
        return code;
    paper_begin(&page, "業務開始時報告書（記録の検証）", "start report: checking the records");
    put_about(&page, &s);
    put_check(&page, &v, vkey);
    paper_end(&page);
    if (page.err)
        return cli_error(CLI_FAILED, "%s", cli_strerror(page.err));
    code = files_create(out, page.data, page.len, 0644);
    if (code != CLI_OK)
        return code;
    if (cli->json) {
        autojson json_t *json = json_pack("{s:s,s:s,s:s}", "file", out, "contract", s.contract,
                                          "enrolment", vkey);
        return cli_json(json);
    }
    printf(_("%s is for the client: print it and hand it over\n"), out);
    return CLI_OK;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_start.c owns the report at the start of a contract: the enrolment lines by which the client checks
 * the ledgers from then on. It must never show the line of a ledger that did not verify under it. */
#include <string.h>
#include "base/str.h"
#include "record/record.h"
#include "report/papers.h"
#include "report/source.h"

#define QR_MILLIMETRES 42

static const struct report_column columns[] = {
    {"pc", {"端末", "PC"}},
    {"origin", {"台帳の名称", "name of the ledger"}},
    {"line", {"台帳の登録行", "enrolment line"}},
    {"head", {"作成時の台帳（件数・SHA-256）", "ledger when printed (records, SHA-256)"}},
};

static void put_ledger(struct report_paper *p, const struct report_ledger *l)
{
    char vkey[NOTE_VKEY_CAP], hex[DIGEST_HEX_CAP];
    uint8_t root[DIGEST_LEN];
    autodigest struct digest *hash = NULL;
    autobuf struct buf head = {0};
    if (digest_new(&hash) != 0 || tree_root(&l->proof->sealed_tree, hash, root) != 0 ||
        note_vkey_format(&l->key, vkey) != 0)
        return;
    digest_hex(hex, root);
    buf_printf(&head, "%llu\n%s", (unsigned long long)l->proof->sealed, hex);
    report_row_of(p, l->key.name);
    report_cell(p, l->host);
    report_cell(p, l->key.name);
    report_cell(p, vkey);
    report_cell_buf(p, &head);
    report_row_end(p);
}

static void put_code(struct report_paper *p, const struct report_source *s, const struct report_ledger *l)
{
    char vkey[NOTE_VKEY_CAP];
    autobuf struct buf svg = {0}, src = {0}, label = {0};
    if (!s->draw_qr || note_vkey_format(&l->key, vkey) != 0 || s->draw_qr(vkey, QR_MILLIMETRES, &svg) != 0)
        return;
    buf_puts(&src, "data:image/svg+xml;base64,");
    str_base64(&src, svg.data, svg.len);
    buf_printf(&label, "%s %s\n%s", l->host, l->key.name, vkey);
    if (src.err || label.err)
        return;
    const struct report_column name = {l->key.name, {label.data, label.data}};
    report_picture(p, &name, src.data);
}

static void put_period(struct report_paper *p, const struct report_source *s)
{
    static const struct report_column start = {"start", {"契約の始期", "start of the contract"}},
                                      end = {"end", {"契約の終期", "end of the contract"}};
    const struct policy_contract *c = report_contract(s);
    autobuf struct buf first = {0}, last = {0};
    if (c && c->start)
        say_day(&first, c->start, p->japanese);
    if (c && c->end)
        say_day(&last, c->end - 1, p->japanese);
    report_field_buf(p, &start, &first);
    report_field_buf(p, &end, &last);
}

int paper_start(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"ledgers", {"記録（台帳）の登録行", "enrolment lines of the ledgers"}};
    static const struct report_column place = {"place", {"作業場所", "place of work"}};
    put_period(p, s);
    report_field(p, &place, NULL);
    report_table(p, &name, columns, array_count(columns));
    for (size_t i = 0; i < s->ledger_count; i++)
        put_ledger(p, &s->ledgers[i]);
    for (size_t i = 0; i < s->ledger_count; i++)
        put_code(p, s, &s->ledgers[i]);
    report_note(p, "登録行は、記録が作られた後に変更、削除、追加又は抜取りされていないことを、受注者に頼らずに"
                   "確かめるための鍵である。発注者がこの書類を保管する。",
                "By the enrolment line the client checks, without relying on the contractor, that no record was "
                "altered, dropped, added later or withheld. The client keeps this paper.");
    return 0;
}

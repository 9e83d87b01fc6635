/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_audit.c owns the plan for receiving an audit (情報セキュリティ監査対応計画書, RUN-6): what the
 * auditor gets to see and how they check it without trusting us; part, place, time and terms are for a
 * person to fill in. It must never offer records that are another contract's. */
#include <string.h>
#include "base/str.h"
#include "report/papers.h"
#include "report/source.h"

static const struct report_column human[] = {
    {"unit", {"監査を受け入れる部門", "department"}},   {"place", {"場所", "place"}},
    {"period", {"時期", "time"}},                       {"terms", {"条件", "terms"}},
    {"contact", {"受入れの責任者・連絡先", "person in charge, contact"}},
};

static const struct report_column columns[] = {
    {"what", {"提示するもの", "what is shown"}},
    {"how", {"確かめ方", "how it is checked"}},
};

static const struct {
    struct report_text what, how;
} shown[] = {
    {{"この契約の記録の抜粋（全件であることを確かめられる）", "extract of this contract's records, provably whole"},
     {"sekisho ledger verify、又は抜粋に添える verify.py と CHECK.txt", "sekisho ledger verify, or verify.py and CHECK.txt inside"}},
    {{"監査者が示す番号を、その場で記録し封印したもの", "a number of the auditor's, recorded and sealed while they wait"},
     {"sekisho ledger attest 番号", "sekisho ledger attest NUMBER"}},
    {{"現在の構成及び稼働状態", "present configuration and state"}, {"sekisho status、sekisho policy show", "sekisho status, sekisho policy show"}},
    {{"複製履歴、持出履歴、授受履歴、データ管理簿", "ledgers of copies, take-outs, hand-overs; data register"},
     {"sekisho report 名称（記録から作成、各頁に台帳の値）", "sekisho report NAME (from the records; each page bears the ledger's head)"}},
    {{"アクセスログの確認記録", "reviews of the access log"}, {"sekisho report access-review", "sekisho report access-review"}},
    {{"取扱者名簿及び研修の記録", "roster and training"}, {"sekisho report roster", "sekisho report roster"}},
    {{"個々の記録の証明", "proof of a single record"}, {"sekisho ledger prove 番号", "sekisho ledger prove NUMBER"}},
};

static const struct report_column ledger_columns[] = {
    {"pc", {"端末", "PC"}},
    {"origin", {"台帳の名称", "name of the ledger"}},
    {"records", {"封印済みの記録", "sealed records"}},
    {"line", {"登録行", "enrolment line"}},
};

static void put_ledgers(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"ledgers", {"対象の台帳", "ledgers"}};
    report_table(p, &name, ledger_columns, array_count(ledger_columns));
    for (size_t i = 0; i < s->ledger_count; i++) {
        char vkey[NOTE_VKEY_CAP], records[24];
        const struct report_ledger *l = &s->ledgers[i];
        if (note_vkey_format(&l->key, vkey) != 0)
            continue;
        snprintf(records, sizeof records, "%llu", (unsigned long long)l->proof->sealed);
        report_row_of(p, l->key.name);
        report_cell(p, l->host);
        report_cell(p, l->key.name);
        report_cell(p, records);
        report_cell(p, vkey);
        report_row_end(p);
    }
}

int paper_audit(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"shown", {"提示する記録", "records shown"}};
    for (size_t i = 0; i < array_count(human); i++)
        report_field(p, &human[i], NULL);
    report_table(p, &name, columns, array_count(columns));
    for (size_t i = 0; i < array_count(shown); i++) {
        report_row_begin(p);
        report_cell_text(p, &shown[i].what);
        report_cell_text(p, &shown[i].how);
        report_row_end(p);
    }
    put_ledgers(s, p);
    return 0;
}

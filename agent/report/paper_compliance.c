/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_compliance.c owns the state of compliance (履行状況, RUN-1): one line for each requirement, and what
 * the PC does beside the agent (RUN-8). It must never leave a requirement out, nor say of a PC what was read
 * on another. */
#include <string.h>
#include "base/str.h"
#include "record/record.h"
#include "report/compliance.h"
#include "report/papers.h"
#include "report/system.h"

static const struct report_column columns[] = {
    {"id", {"番号", "id"}},
    {"requirement", {"要求事項", "requirement"}},
    {"state", {"状況", "state"}},
    {"shown", {"確認の方法・理由", "what shows it, or why not"}},
};
static const struct report_column system_columns[] = {
    {"item", {"項目", "item"}},
    {"state", {"状況", "state"}},
    {"shown", {"確認の方法・理由", "what shows it, or why not"}},
    {"value", {"設定・日付", "setting, date"}},
    {"source", {"読み取ったファイル", "file"}},
};

static const struct report_text states[] = {
    [COMPLIANCE_IN_FORCE] = {"実施中", "in force"},
    [COMPLIANCE_NOT_IN_FORCE] = {"未実施", "not in force"},
    [COMPLIANCE_NOT_APPLICABLE] = {"該当なし", "not applicable"},
};

/* What a contract may leave out: [004 別記2 5.x] with chapter-5 = no, 4.4 with equipment = no. */
enum binds { ALWAYS, CHAPTER_5, EQUIPMENT };

static const struct {
    const char *id;
    struct report_text name;
    enum binds binds;
    compliance_check *check;
} requirements[] = {
    {"REC-1", {"複製の記録（7項目）", "record of every copy, seven fields"}, ALWAYS, compliance_rec_1},
    {"REC-2", {"持出しの記録（8項目）", "record of every take-out, eight fields"}, ALWAYS, compliance_rec_2},
    {"REC-3", {"極秘情報の手渡しと授受の記録", "top secret by hand, with its record"}, ALWAYS, compliance_rec_3},
    {"REC-4", {"承諾のない複製・持出し・提供の禁止", "no copy or take-out without consent"}, ALWAYS, compliance_rec_4},
    {"REC-5", {"複製物の同等の保護", "copies are protected alike"}, ALWAYS, compliance_rec_5},
    {"REC-6", {"データ管理簿", "data register"}, ALWAYS, compliance_rec_6},
    {"REC-7", {"作業終了時の検査", "inspection at the end of work"}, ALWAYS, compliance_rec_7},
    {"REC-8", {"紙・印刷・画面の複写の保護", "paper, prints, pictures of the screen"}, ALWAYS, compliance_rec_8},
    {"ACC-1", {"取扱者の限定とアクセスの記録", "roster only, every access recorded"}, ALWAYS, compliance_acc_1},
    {"ACC-2", {"各自の識別符号と認証", "own id and password"}, ALWAYS, compliance_acc_2},
    {"ACC-3", {"利用者と権限の管理", "life cycle of accounts and rights"}, CHAPTER_5, compliance_acc_3},
    {"ACC-4", {"アクセスログの確認", "review of the access log"}, ALWAYS, compliance_acc_4},
    {"ACC-5", {"作業場所の限定", "fixed place of work"}, ALWAYS, compliance_acc_5},
    {"ACC-6", {"研修の受講と誓約", "training and pledge"}, ALWAYS, compliance_acc_6},
    {"ACC-7", {"目的外利用の禁止", "for the contract's purpose only"}, ALWAYS, compliance_acc_7},
    {"MED-1", {"私物・管理外の機器の禁止", "no private or foreign device"}, ALWAYS, compliance_med_1},
    {"MED-2", {"持ち出すものの暗号化・施錠", "what is carried is encrypted"}, ALWAYS, compliance_med_2},
    {"CLD-1", {"管理外の保存サービスの禁止", "no foreign storage service"}, ALWAYS, compliance_cld_1},
    {"CLD-2", {"オンラインストレージ等の届出", "declaration of online storage"}, ALWAYS, compliance_cld_2},
    {"CLD-3", {"掲示板・SNS での共有の禁止", "no sharing by boards and social networks"}, ALWAYS, compliance_cld_1},
    {"CLD-4", {"電子メールの宛先と暗号化", "mail: recipients, encryption"}, ALWAYS, compliance_cld_4},
    {"ENC-1", {"重要情報の暗号化とアクセス制御", "encryption and access control"}, ALWAYS, compliance_enc_1},
    {"ENC-2", {"改ざんの検知", "tampering is detected"}, CHAPTER_5, compliance_enc_2},
    {"LOG-1", {"ログの保存期間と検索", "log: kept and searchable"}, CHAPTER_5, compliance_log_1},
    {"LOG-2", {"ログを記録できないときの対処", "when the log can't be written"}, CHAPTER_5, compliance_log_2},
    {"LOG-3", {"ログの保護", "log: access, alteration, archives"}, CHAPTER_5, compliance_log_3},
    {"LOG-4", {"時刻の同期", "synchronised clock"}, CHAPTER_5, compliance_log_4},
    {"LOG-5", {"記録の保全と引渡し", "records kept and handed over"}, ALWAYS, compliance_log_5},
    {"DSP-1", {"終了時の返却・廃棄", "return or disposal at the end"}, ALWAYS, compliance_dsp_1},
    {"DSP-2", {"作業実施計画書・完了報告書（別添１・２）", "annexes 1 and 2"}, ALWAYS, compliance_dsp_2},
    {"DSP-3", {"機器の抹消措置", "erasure of equipment"}, EQUIPMENT, compliance_dsp_3},
    {"DSP-4", {"管理簿の全件の処理", "all of the register is accounted for"}, ALWAYS, compliance_dsp_4},
    {"DSP-5", {"データ返却等計画書", "plan for returning data"}, ALWAYS, compliance_dsp_5},
    {"INC-1", {"情報セキュリティ事故の把握", "incidents are known"}, ALWAYS, compliance_inc_1},
    {"INC-2", {"事故の報告期限", "incidents are reported in time"}, ALWAYS, compliance_inc_2},
    {"INC-3", {"異常の検知と通知", "irregular acts are detected and told"}, ALWAYS, compliance_inc_3},
    {"RUN-1", {"履行状況の定期的な報告", "scheduled report of compliance"}, ALWAYS, compliance_run_1},
    {"RUN-2", {"構成・稼働状態の提示", "configuration and state can be shown"}, CHAPTER_5, compliance_run_2},
    {"RUN-3", {"障害からの復旧", "recovery from faults"}, CHAPTER_5, compliance_run_3},
    {"RUN-4", {"利用者の予期しない送信の禁止", "nothing unexpected to third parties"}, CHAPTER_5, compliance_run_4},
    {"RUN-5", {"ソフトウェアの供給・脆弱性・更新の管理", "supply chain, vulnerabilities, updates"}, CHAPTER_5, compliance_run_5},
    {"RUN-6", {"監査の受入れ", "audits are received"}, ALWAYS, compliance_run_6},
    {"RUN-7", {"計画の変更の承認と記録", "changes are approved and recorded"}, ALWAYS, compliance_run_7},
    {"RUN-8", {"不正プログラム対策、更新、ファイアウォール、画面ロック、ロックアウト", "malware protection, patches, firewall, screen lock, lockout"},
     ALWAYS, compliance_run_8},
};

static const struct report_column items[SYSTEM_COUNT] = {
    [SYSTEM_MALWARE] = {"malware", {"不正プログラム対策", "malware protection"}},
    [SYSTEM_UPDATES] = {"updates", {"修正プログラムの適用", "patches"}},
    [SYSTEM_FIREWALL] = {"firewall", {"ファイアウォール", "firewall"}},
    [SYSTEM_SCREEN] = {"screen-lock", {"画面ロック", "screen lock"}},
    [SYSTEM_LOCKOUT] = {"lockout", {"認証失敗による停止（ロックアウト）", "lockout of accounts"}},
    [SYSTEM_SWAP] = {"swap", {"スワップの暗号化（参考）", "encryption of swap (for information)"}},
    [SYSTEM_TRACING] = {"tracing", {"他のプログラムの主記憶の保護（参考）", "memory of other programs (for information)"}},
};

/* The cells of state and of what shows it. Of what only people know the state is theirs to fill in, and then
 * also what shows it. */
static void put_state(struct report_paper *p, const char *id, enum compliance_state state, struct buf *shown)
{
    char key[SK_ID_MAX + 8];
    if (state != COMPLIANCE_UNKNOWN) {
        report_cell_text(p, &states[state]);
        report_cell_buf(p, shown);
        return;
    }
    report_cell(p, NULL);
    snprintf(key, sizeof key, "%s.state", id);
    if (json_object_get(p->entries, key)) {
        report_cell(p, NULL);
        return;
    }
    if (shown->len > 0)
        buf_putc(shown, '\n');
    buf_printf(shown, p->japanese ? "記入：--entries に %s.state と %s.shown" : "fill in by --entries: %s.state and %s.shown", id, id);
    report_cell_buf(p, shown);
}

static bool is_left_out(const struct policy_contract *c, enum binds binds)
{
    return c && ((binds == CHAPTER_5 && !c->chapter_5) || (binds == EQUIPMENT && !c->equipment));
}

static void put_requirement(struct report_paper *p, struct compliance_line *l, size_t i)
{
    enum compliance_state state = COMPLIANCE_NOT_APPLICABLE;
    if (!is_left_out(l->contract, requirements[i].binds))
        state = requirements[i].check(l);
    else
        buf_puts(&l->shown, requirements[i].binds == EQUIPMENT
                                ? (p->japanese ? "契約の equipment = no：委託者が使う機器はない" : "equipment = no: no equipment for the client's use")
                                : (p->japanese ? "契約の chapter-5 = no：情報システムの導入はない" : "chapter-5 = no: no information system is brought in"));
    report_row_of(p, requirements[i].id);
    report_cell(p, requirements[i].id);
    report_cell_text(p, &requirements[i].name);
    put_state(p, requirements[i].id, state, &l->shown);
    report_row_end(p);
}

static void put_item(struct report_paper *p, const struct system_fact *f, const struct report_column *item)
{
    static const enum compliance_state of[] = {[SYSTEM_UNKNOWN] = COMPLIANCE_UNKNOWN,
                                               [SYSTEM_OFF] = COMPLIANCE_NOT_IN_FORCE,
                                               [SYSTEM_ON] = COMPLIANCE_IN_FORCE};
    static const struct report_text elsewhere = {"他の端末の記録から作ったので読み取っていない",
                                                 "made from other PCs' records: not read"};
    autobuf struct buf shown = {0};
    buf_puts(&shown, report_in(f ? &f->why : &elsewhere, p->japanese));
    report_row_of(p, item->key);
    report_cell_text(p, &item->text);
    put_state(p, item->key, f ? of[f->state] : COMPLIANCE_UNKNOWN, &shown);
    report_cell(p, f && *f->value ? f->value : "-");
    report_cell(p, f && *f->file ? f->file : "-");
    report_row_end(p);
}

static void put_notes(const struct report_source *s, struct report_paper *p)
{
    report_note(p, "「実施中」は、検証した記録、記録にある方針又は端末の設定から導いた。記録に現れない行為までを保証するものではない。",
                "\"In force\" is derived from verified records, the policy or the PC's settings; of what leaves no record it says nothing.");
    if (s->system)
        report_note(p, "端末の状態は、この書類を作った端末の、作成時の設定ファイルによる。",
                    "The state of the PC is that of the one which made this paper, by its files at that time.");
    if (!s->policy)
        report_note(p, "方針が読めないため、方針による事項は未記入である（--policy）。", "No policy could be read: what it decides is not filled in (--policy).");
}

int paper_compliance(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"requirements", {"要求事項ごとの状況", "state of each requirement"}},
                                      system = {"system", {"端末の状態（RUN-8）", "state of the PC (RUN-8)"}};
    __attribute__((cleanup(compliance_facts_free))) struct compliance_facts facts = {0};
    int r = compliance_gather(s, &facts);
    if (r != 0)
        return r;
    report_table(p, &name, columns, array_count(columns));
    for (size_t i = 0; i < array_count(requirements); i++) {
        struct compliance_line l = {.s = s, .contract = report_contract(s), .facts = &facts, .japanese = p->japanese};
        put_requirement(p, &l, i);
        buf_free(&l.shown);
    }
    report_table(p, &system, system_columns, array_count(system_columns));
    for (size_t i = 0; i < SYSTEM_COUNT; i++)
        put_item(p, s->system ? &s->system[i] : NULL, &items[i]);
    put_notes(s, p);
    return 0;
}

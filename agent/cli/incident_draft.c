/* SPDX-License-Identifier: GPL-3.0-or-later */
/* incident_draft.c owns the drafts of the reports that an incident asks for. It must never fill a field
 * that neither a person nor the ledger has filled, nor leave one out that the report needs. */
#include <inttypes.h>
#include <string.h>
#include "base/str.h"
#include "cli/incident.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "record/record.h"

struct text {
    const char *en, *ja;
};

/* What a report holds, by the clauses (REQUIREMENTS INC-2). */
enum part {
    PART_WHAT = 1, PART_EFFECT = 2, PART_CAUSE = 4, PART_RESPONSE = 8, PART_FACTS = 16, PART_LEDGER = 32,
    PART_PLAN = 64, PART_RESULT = 128, PART_AGAIN = 256,
};

static const struct {
    const char *which;
    struct text title;
    unsigned parts;
} drafts[] = {
    {"first", {"First report of an incident", "情報セキュリティ事故 第一報"}, PART_WHAT | PART_EFFECT},
    {"effect", {"What happened and its effect", "発生内容及び業務への影響"}, PART_WHAT | PART_EFFECT},
    {"details", {"Details of an incident", "情報セキュリティ事故 詳細報告"},
     PART_WHAT | PART_EFFECT | PART_CAUSE | PART_RESPONSE | PART_LEDGER},
    {"facts", {"When, where, cause and persons concerned", "発生日時・場所・事由・関係者の報告"},
     PART_WHAT | PART_FACTS | PART_CAUSE | PART_LEDGER},
    {"written", {"Written report of an incident", "情報セキュリティ事故 報告書（書面）"},
     PART_WHAT | PART_FACTS | PART_CAUSE | PART_EFFECT | PART_RESPONSE | PART_LEDGER},
    {"plan", {"Plan of correction", "是正処置案"}, PART_WHAT | PART_CAUSE | PART_PLAN},
    {"result", {"Result of the correction", "是正措置の結果報告"}, PART_WHAT | PART_CAUSE | PART_RESULT},
    {"final", {"Final report of an incident", "情報セキュリティ事故 最終報告書"},
     PART_WHAT | PART_FACTS | PART_CAUSE | PART_EFFECT | PART_RESPONSE | PART_LEDGER | PART_AGAIN},
};

#define COLUMNS 26

struct draft {
    bool japanese;
    int missing;
};

static void put(struct draft *d, const struct text *name, const char *value, bool needed)
{
    autobuf struct buf b = {0};
    const char *heading = d->japanese ? name->ja : name->en;
    buf_puts(&b, heading);
    screen_pad(&b, 0, COLUMNS);
    buf_putc(&b, ' ');
    if (value[0]) {
        screen_safe(&b, value);
    } else if (needed) {
        buf_puts(&b, d->japanese ? "未記入" : "not filled in");
        d->missing++;
    } else {
        return;
    }
    if (!b.err)
        puts(b.data);
}

static void put_time(struct draft *d, const struct text *name, const char *value, bool needed)
{
    autobuf struct buf b = {0};
    screen_time(&b, value, d->japanese);
    put(d, name, b.data ? b.data : "", needed);
}

static void put_head(struct draft *d, const json_t *view, const struct text *title)
{
    autobuf struct buf contract = {0};
    puts(d->japanese ? title->ja : title->en);
    putchar('\n');
    buf_printf(&contract, "%s%s%s", record_text(view, "contract.title"),
               record_text(view, "contract.title")[0] ? " " : "", record_text(view, "contract.id"));
    put(d, &(struct text){"To (client)", "委託者"}, record_text(view, "contract.client"), true);
    put(d, &(struct text){"From (contractor)", "受託者"}, record_text(view, "contract.contractor"), true);
    put(d, &(struct text){"Contract", "契約・業務"}, contract.data ? contract.data : "", true);
    put(d, &(struct text){"Incident", "事故番号"}, record_text(view, "incident"), true);
    put_time(d, &(struct text){"Known at", "認知した日時"}, record_text(view, "known-at"), true);
}

static const char *type_of(const json_t *view, bool japanese)
{
    static const char *const ja[][2] = {
        {"suspicion", "事故の疑い"}, {"leak", "漏えい"}, {"other-purpose", "目的外利用"},
        {"access", "認められていないアクセス"}, {"malware", "不正プログラムへの感染"}, {"tampering", "改ざん"},
        {"deletion", "消去"}, {"loss", "紛失"}, {"theft", "盗難"}, {"destruction", "破壊"}, {"misuse", "不正利用"},
        {"denial-of-service", "サービス妨害"}, {"unintended-change", "意図しない変更"},
        {"breach", "契約条項への違反"}};
    const char *type = record_text(view, "type");
    for (size_t i = 0; japanese && i < array_count(ja); i++)
        if (str_eq(ja[i][0], type))
            return ja[i][1];
    return type;
}

static void put_people(struct draft *d, const json_t *answer)
{
    const json_t *view = record_member(answer, "incident"), *concerned = record_member(view, "concerned");
    const json_t *seen = record_member(answer, "persons");
    autobuf struct buf who = {0};
    for (size_t i = 0; i < json_array_size(concerned); i++) {
        buf_puts(&who, i ? ", " : "");
        screen_person(&who, json_array_get(concerned, i));
    }
    put(d, &(struct text){"Persons concerned", "関係するデータ取扱者等"}, who.data ? who.data : "", true);
    for (size_t i = 0; i < json_array_size(seen); i++) {
        const json_t *one = json_array_get(seen, i);
        autobuf struct buf b = {0};
        screen_person(&b, one);
        buf_printf(&b, d->japanese ? "：許可 %" PRId64 " 件、拒否 %" PRId64 " 件"
                                   : ": %" PRId64 " allowed, %" PRId64 " refused",
                   record_number(one, "allowed"), record_number(one, "refused"));
        put(d, &(struct text){i ? "" : "Who opened files there", i ? "" : "記録上のアクセス者"}, b.data ? b.data : "",
            false);
    }
}

static void put_accesses(struct draft *d, const json_t *answer)
{
    const json_t *accesses = record_member(answer, "accesses");
    autobuf struct buf b = {0};
    if (!json_is_object(accesses))
        return;
    buf_printf(&b, d->japanese ? "許可 %" PRId64 " 件、拒否 %" PRId64 " 件 (" : "%" PRId64 " allowed, %" PRId64 " refused (",
               record_number(accesses, "allowed"), record_number(accesses, "refused"));
    screen_time(&b, record_text(accesses, "from"), false);
    buf_puts(&b, d->japanese ? " ～ " : " to ");
    screen_time(&b, record_text(accesses, "to"), false);
    buf_putc(&b, ')');
    put(d, &(struct text){"Accesses on record", "アクセスの記録"}, b.data ? b.data : "", false);
}

static void put_encrypted(struct draft *d, const json_t *one)
{
    const json_t *recipients = record_member(one, "recipients");
    autobuf struct buf b = {0};
    bool sealed = record_flag(one, "sealed");
    const char *state = record_text(one, "state");
    if (sealed)
        buf_puts(&b, d->japanese ? "あり (age v1)" : "yes (age v1)");
    else if (str_eq(state, "unknown") || str_eq(state, "running"))
        buf_puts(&b, d->japanese ? "不明 (書き出しの完了の記録がない)" : "not known (no record that it was finished)");
    else
        buf_puts(&b, d->japanese ? "なし" : "no");
    for (size_t i = 0; i < json_array_size(recipients); i++) {
        const json_t *r = json_array_get(recipients, i);
        buf_printf(&b, "%s%s %s %s", i ? "; " : d->japanese ? "、復号できる者: " : ", for: ",
                   view_opener(r, d->japanese), record_text(r, "organisation"), record_text(r, "age"));
    }
    put(d, &(struct text){"  encrypted", "  暗号化"}, b.data ? b.data : "", true);
    put(d, &(struct text){"  SHA-256", "  SHA-256"}, record_text(one, "sealed-sha256"), false);
}

static void put_cases(struct draft *d, const json_t *answer)
{
    const json_t *cases = record_member(answer, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i), *files = record_member(one, "files");
        autobuf struct buf b = {0}, size = {0};
        screen_short_size(&size, (uint64_t)record_number(one, "bytes"));
        buf_printf(&b, d->japanese ? "%s、%" PRId64 " ファイル、%s" : "%s, files: %" PRId64 ", %s", record_text(one, "case"),
                   record_number(one, "count"), size.data ? size.data : "");
        put(d, &(struct text){"Data concerned", "対象の情報"}, b.data ? b.data : "", false);
        for (size_t k = 0; k < json_array_size(files); k++)
            put(d, &(struct text){k ? "" : "  files", k ? "" : "  ファイル名"},
                record_text(json_array_get(files, k), "name"), false);
        put_encrypted(d, one);
    }
}

static void put_reports(struct draft *d, const json_t *view)
{
    const json_t *reports = record_member(view, "reports");
    for (size_t i = 0; i < json_array_size(reports); i++) {
        const json_t *one = json_array_get(reports, i);
        autobuf struct buf b = {0};
        screen_time(&b, record_text(one, "report.at"), d->japanese);
        const char *made = record_text(one, "report.which");
        for (size_t k = 0; k < array_count(drafts); k++)
            if (str_eq(drafts[k].which, made))
                made = d->japanese ? drafts[k].title.ja : drafts[k].title.en;
        buf_printf(&b, " %s → %s (%s)", record_text(one, "report.by"), record_text(one, "report.to"), made);
        put(d, &(struct text){i ? "" : "Reports made", i ? "" : "これまでの報告"}, b.data ? b.data : "", false);
    }
}

int incident_draft(const json_t *answer, const char *which, bool japanese)
{
    const json_t *view = record_member(answer, "incident");
    struct draft d = {.japanese = japanese};
    size_t row = 0;
    while (row < array_count(drafts) && !str_eq(drafts[row].which, which))
        row++;
    if (row == array_count(drafts))
        return -1;
    unsigned parts = drafts[row].parts;
    put_head(&d, view, &drafts[row].title);
    put(&d, &(struct text){"Type", "事故の種類"}, type_of(view, japanese), true);
    put(&d, &(struct text){"What happened", "発生内容"}, record_text(view, "what"), true);
    if (parts & PART_FACTS) {
        put_time(&d, &(struct text){"Happened at", "発生した日時"}, record_text(view, "occurred-at"), true);
        put(&d, &(struct text){"Where", "発生した場所"}, record_text(view, "where"), true);
    }
    if (parts & PART_CAUSE)
        put(&d, &(struct text){"Cause", "発生した事由・原因"}, record_text(view, "cause"), true);
    if (parts & PART_EFFECT)
        put(&d, &(struct text){"Effect on the client's work", "委託者の業務への影響"}, record_text(view, "effect"), true);
    if (parts & PART_RESPONSE)
        put(&d, &(struct text){"Response", "対応"}, record_text(view, "response"), true);
    if (parts & (PART_FACTS | PART_LEDGER))
        put_people(&d, answer);
    if (parts & PART_LEDGER)
        put_accesses(&d, answer);
    put_cases(&d, answer);
    if (parts & PART_PLAN)
        put(&d, &(struct text){"Plan of correction", "是正処置案"}, record_text(view, "correction"), true);
    if (parts & PART_RESULT)
        put(&d, &(struct text){"Result of the correction", "是正措置の結果"}, record_text(view, "response"), true);
    if (parts & PART_AGAIN)
        put(&d, &(struct text){"Against recurrence", "再発防止措置"}, record_text(view, "prevention"), true);
    put_reports(&d, view);
    return d.missing;
}

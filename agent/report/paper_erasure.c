/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_erasure.c owns the plan and the report of an erasure of equipment (抹消措置, DSP-3), with room for
 * the pictures before and after. It must never claim a class that the record does not state. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include "base/fdio.h"
#include "base/str.h"
#include "record/record.h"
#include "report/papers.h"
#include "report/source.h"

#define PICTURE_MAX  ((size_t)4 * 1024 * 1024) /* bytes of one picture */

/* What an erasure states, in the form's words; the names are those of the record. */
static const struct {
    const char *name;
    struct report_text text;
} statements[] = {
    {"keys-destroyed", {"暗号鍵（全スロット及びヘッダー）を破棄", "keys and header destroyed"}},
    {"header-copy", {"事前に作られたヘッダー又はイメージの複製が残っていれば開ける",
                     "a copy of header or image made before still opens"}},
    {"overwritten", {"全ブロックを上書きし読み戻した", "every block overwritten and read back"}},
    {"read-cached", {"読み戻しがメモリーからの可能性", "perhaps read back from memory"}},
    {"discarded", {"破棄命令（discard）を実行", "discarded"}},
    {"not-discarded", {"破棄命令（discard）に非対応", "takes no discard"}},
    {"remapped", {"代替処理済みの領域は上書きできない", "replaced sectors are not overwritten"}},
    {"flash", {"フラッシュメモリーの旧ブロックには届かない", "old flash cells are not reached"}},
    {"virtual", {"仮想ディスク", "virtual disk"}},
    {"raid", {"複数ディスク構成", "several disks"}},
    {"copy-on-write", {"旧ブロックは上書きされていない（コピーオンライト）", "old blocks not overwritten"}},
    {"shared", {"他のファイル等と共有のブロックあり", "blocks are shared"}},
    {"snapshot", {"下位の記憶装置にスナップショットあり", "a snapshot keeps old blocks"}},
    {"thin", {"シンプロビジョニング", "thin storage"}},
    {"network", {"ネットワーク上の記憶装置", "network storage"}},
    {"memory", {"メモリー上（スワップの可能性）", "memory, perhaps swapped"}},
    {"journal", {"ジャーナルに残る可能性", "may remain in the journal"}},
    {"holes", {"返却済みブロックに残る可能性", "may remain in blocks given back"}},
    {"unknown-storage", {"記憶装置の構成が不明", "storage unknown"}},
    {"earlier-versions", {"空き領域に旧版が残る可能性", "earlier versions in free blocks"}},
    {"hard-links", {"別名も空のファイルとなった", "other names are empty too"}},
    {"gone-before", {"抹消前に存在しなかった", "gone before"}},
    {"physical", {"物理的破壊を要する", "to be destroyed physically"}},
};

static const struct {
    const char *name;
    struct report_text text;
} classes[] = {
    {"level-2", {"研究所レベルの攻撃に耐える（機密性２以上）", "withstands a laboratory (level 2 and above)"}},
    {"level-1", {"一般的な復元ツールに耐える（機密性１）", "withstands common recovery tools (level 1)"}},
    {"not-reached", {"区分に達していない", "no class reached"}},
};

static const struct report_column plan_columns[] = {
    {"device", {"データ消去対象記憶装置", "storage to be erased"}},
    {"serial", {"識別（装置番号等）", "identification"}},
    {"pc", {"設置場所・端末", "place, PC"}},
    {"class", {"データ完全消去区分", "class of erasure"}},
    {"method", {"作業の方法", "method"}},
};

static const struct report_column date = {"date", {"作業予定日時", "planned date and time"}},
                                  place = {"place", {"作業予定場所", "planned place"}},
                                  person = {"person", {"実施予定者氏名", "to be done by"}},
                                  tool = {"tool", {"使用機材名・数量", "tool and quantity"}},
                                  witness = {"witness", {"立会者", "witness"}},
                                  before = {"before", {"計画の提出期限", "plan to be handed in by"}};

static const struct report_text *class_needed(const struct policy_area *area)
{
    static const struct report_text number = {"マイナンバー利用事務系（物理的破壊）", "My Number (physical destruction)"};
    return area->personal_number ? &number : area->level >= 2 ? &classes[0].text : &classes[1].text;
}

static bool is_equipment(const struct report_source *s, struct report_paper *p)
{
    const struct policy_contract *c = report_contract(s);
    if (!c || c->equipment)
        return true;
    report_note(p, "この契約は発注者が利用する機器を対象とせず、抹消措置の定めは該当なし。参考として作成した。",
                "The rules for equipment do not apply to this contract; made for reference.");
    return false;
}

static void put_area_row(struct report_paper *p, const struct policy_area *a)
{
    report_row_of(p, a->head.id);
    report_cell(p, *a->label ? a->label : a->head.id);
    report_cell(p, NULL);
    report_cell(p, a->kept);
    report_cell_text(p, class_needed(a));
    report_cell(p, a->disposal);
    report_row_end(p);
}

/* The highest class that the contract's areas need holds for its media. */
static const struct policy_area *strictest(const struct report_source *s)
{
    const struct policy_area *found = NULL;
    for (size_t i = 0; s->policy && i < s->policy->area_count; i++) {
        const struct policy_area *a = &s->policy->areas[i];
        if (str_eq(a->contract, s->contract) &&
            (!found || a->personal_number > found->personal_number || a->level > found->level))
            found = a;
    }
    return found;
}

static void put_medium_row(struct report_paper *p, const struct report_source *s,
                           const struct policy_destination *d)
{
    const struct policy_area *area = strictest(s);
    report_row_of(p, d->head.id);
    report_cell(p, *d->label ? d->label : d->head.id);
    report_cell(p, d->uuid);
    report_cell(p, NULL);
    report_cell(p, area ? report_in(class_needed(area), p->japanese) : NULL);
    report_cell(p, NULL);
    report_row_end(p);
}

int paper_erasure_plan(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"storage", {"データ消去対象記憶装置リスト", "storage to be erased"}};
    const struct policy_contract *c = report_contract(s);
    autobuf struct buf deadline = {0};
    is_equipment(s, p);
    report_field(p, &date, NULL);
    report_field(p, &place, NULL);
    report_field(p, &person, NULL);
    report_field(p, &tool, NULL);
    report_field(p, &witness, NULL);
    if (c && c->end > 0)
        say_day(&deadline, c->end - 1 - c->plans_before_s, p->japanese);
    if (deadline.len)
        buf_puts(&deadline, p->japanese ? "（契約の終わりの日に抹消する場合）" : " (when erased on the contract's last day)");
    report_field_buf(p, &before, &deadline);
    report_table(p, &name, plan_columns, array_count(plan_columns));
    for (size_t i = 0; s->policy && i < s->policy->area_count; i++)
        if (str_eq(s->policy->areas[i].contract, s->contract))
            put_area_row(p, &s->policy->areas[i]);
    for (size_t i = 0; s->policy && i < s->policy->destination_count; i++)
        if (str_eq(s->policy->destinations[i].contract, s->contract) &&
            s->policy->destinations[i].kind == POLICY_MEDIUM)
            put_medium_row(p, s, &s->policy->destinations[i]);
    return 0;
}

static const struct report_column report_columns[] = {
    {"device", {"データ消去対象記憶装置", "storage"}},
    {"serial", {"識別（装置番号等）", "identification"}},
    {"at", {"作業日時", "date and time"}},
    {"person", {"実施者氏名", "done by"}},
    {"class", {"データ完全消去区分", "class of erasure"}},
    {"method", {"作業の方法・結果", "method, result"}},
    {"tool", {"使用機材名・数量", "tool and quantity"}},
    {"witness", {"立会者", "witness"}},
};

static void put_class(struct report_paper *p, const json_t *record)
{
    const json_t *class = record_member(record, "class");
    const char *name = json_is_integer(class) ? json_integer_value(class) >= 2   ? "level-2"
                                                : json_integer_value(class) == 1 ? "level-1"
                                                                                 : "not-reached"
                                              : record_text(record, "class");
    for (size_t i = 0; i < array_count(classes); i++)
        if (str_eq(classes[i].name, name)) {
            report_cell_text(p, &classes[i].text);
            return;
        }
    report_cell(p, name);
}

static void say_statements(struct buf *b, const json_t *list, bool japanese)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        const struct report_text *text = NULL;
        for (size_t n = 0; name && n < array_count(statements) && !text; n++)
            if (str_eq(statements[n].name, name))
                text = &statements[n].text;
        buf_puts(b, b->len ? "\n・" : "・");
        buf_puts(b, text ? report_in(text, japanese) : name ? name : "");
    }
}

static void put_method(struct report_paper *p, const json_t *record)
{
    static const struct report_text failed = {"失敗", "FAILED"}, unknown = {"結果不明", "UNKNOWN"},
                                    read = {"読み戻し検査済み", "read back and checked"};
    autobuf struct buf b = {0};
    const char *phase = record_text(record, "phase");
    say_line(&b, say_method(record_text(record, "method"), p->japanese));
    if (str_eq(phase, "failed") || str_eq(phase, "unknown")) {
        say_line(&b, report_in(str_eq(phase, "failed") ? &failed : &unknown, p->japanese));
        say_line(&b, record_text(record, "why"));
    } else if (record_flag(record, "verified"))
        say_line(&b, report_in(&read, p->japanese));
    say_statements(&b, record_member(record, "statements"), p->japanese);
    report_cell_buf(p, &b);
}

static void put_erasure(struct report_paper *p, const struct report_source *s, const struct report_record *r)
{
    const json_t *record = r->record, *seen = record_member(record, "witness");
    const struct policy_area *area = report_area(s, record_text(record, "object.id"));
    autobuf struct buf device = {0}, at = {0}, by = {0}, there = {0}, with = {0};
    buf_puts(&device, area && *area->label ? area->label : record_text(record, "object.name"));
    if (*report_host(s, r->ledger))
        buf_printf(&device, p->japanese ? "\n端末 %s" : "\nPC %s", report_host(s, r->ledger));
    if (record_number(record, "object.bytes") > 0) {
        buf_putc(&device, '\n');
        say_size(&device, (uint64_t)record_number(record, "object.bytes"), p->japanese);
    }
    say_moment(&at, record_text(record, "at"), p->japanese);
    say_person(&by, record_member(record, "person"));
    say_person(&there, seen);
    if (*record_text(seen, "organisation"))
        buf_printf(&there, p->japanese ? "（%s）" : " (%s)", record_text(seen, "organisation"));
    if (*record_text(record, "tool"))
        buf_printf(&with, p->japanese ? "%s　1" : "%s, 1", record_text(record, "tool"));
    report_row_of(p, record_text(record, "erasure"));
    report_cell_buf(p, &device);
    report_cell(p, record_text(record, "object.id"));
    report_cell_buf(p, &at);
    report_cell_buf(p, &by);
    put_class(p, record);
    put_method(p, record);
    report_cell_buf(p, &with);
    report_cell_buf(p, &there);
    report_row_end(p);
}

/* NAME-before.jpg and the like in the folder of pictures, as a data: URI. False: there is none. */
static bool take_picture(const struct report_source *s, const char *id, const char *when, struct buf *ret)
{
    static const struct {
        const char *end, *type, *begins;
    } types[] = {{"jpg", "image/jpeg", "\xff\xd8\xff"}, {"jpeg", "image/jpeg", "\xff\xd8\xff"},
                 {"png", "image/png", "\x89PNG\r\n"}};
    for (size_t i = 0; s->photos && i < array_count(types); i++) {
        char path[4096];
        autobuf struct buf bytes = {0};
        if (strchr(id, '/') || snprintf(path, sizeof path, "%s/%s-%s.%s", s->photos, id, when,
                                        types[i].end) >= (int)sizeof path)
            return false;
        /* only a picture: whatever else lies there under its name is not printed */
        if (file_read_plain(AT_FDCWD, path, PICTURE_MAX, &bytes) != 0 || bytes.len < strlen(types[i].begins) ||
            memcmp(bytes.data, types[i].begins, strlen(types[i].begins)) != 0)
            continue;
        buf_printf(ret, "data:%s;base64,", types[i].type);
        str_base64(ret, bytes.data, bytes.len);
        return ret->err == 0;
    }
    return false;
}

static void put_pictures(struct report_paper *p, const struct report_source *s, const json_t *record)
{
    static const struct report_text times[] = {{"抹消措置前", "before"}, {"抹消措置後", "after"}};
    const char *id = record_text(record, "erasure");
    for (size_t i = 0; i < array_count(times); i++) {
        char key[SK_ID_MAX + 16];
        autobuf struct buf src = {0}, ja = {0}, en = {0};
        snprintf(key, sizeof key, "%s-%s", id, times[i].en);
        buf_printf(&ja, "%s　%s　%s", times[i].ja, record_text(record, "object.name"), id);
        buf_printf(&en, "%s: %s, %s", times[i].en, record_text(record, "object.name"), id);
        if (ja.err || en.err)
            continue;
        bool there = take_picture(s, id, times[i].en, &src);
        const struct report_column name = {key, {ja.data, en.data}};
        report_picture(p, &name, there ? src.data : NULL);
    }
}

int paper_erasure_report(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"erasures", {"抹消措置の結果", "erasures"}};
    is_equipment(s, p);
    report_table(p, &name, report_columns, array_count(report_columns));
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < s->count; i++) {
            const struct report_record *r = &s->records[i];
            const char *kind = record_text(r->record, "object.kind");
            if (!str_eq(r->kind, "erasure") || str_eq(record_text(r->record, "phase"), "intent") ||
                !report_in_range(s, r->at_s) || str_eq(kind, "file"))
                continue;
            if (pass == 0)
                put_erasure(p, s, r);
            else
                put_pictures(p, s, r->record);
        }
    report_note(p, "個々のファイルの消去は、データ管理簿に記載する。", "Erasures of single files stand in the register.");
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_storage.c owns the declaration of where electronic data is kept (電子データの保存先等, CLD-2): areas,
 * destinations and the records' own place, from the policy; online services from a person. It must never
 * leave out a place that the policy has. */
#include <string.h>
#include "base/str.h"
#include "report/papers.h"
#include "report/source.h"

static const struct report_column columns[] = {
    {"name", {"保存先", "where"}},
    {"kind", {"種別", "kind"}},
    {"place", {"設置・保管場所", "place"}},
    {"encrypted", {"暗号化", "encryption"}},
    {"level", {"機密性・特定個人情報", "level, specific personal information"}},
    {"users", {"利用者の範囲", "range of users"}},
    {"rules", {"管理規定", "management rules"}},
};

static void say_users(struct buf *b, const struct report_source *s, const struct policy_area *a)
{
    for (size_t i = 0; i < s->policy->person_count; i++) {
        const struct policy_person *p = &s->policy->persons[i];
        bool listed = a->handlers.count ? policy_list_has(&a->handlers, p->head.id)
                                        : policy_list_has(&p->areas, a->head.id);
        if (listed && !p->suspended)
            buf_printf(b, "%s%s", b->len ? "、" : "", *p->name ? p->name : p->head.id);
    }
}

static void put_area(const struct report_source *s, struct report_paper *p, const struct policy_area *a)
{
    autobuf struct buf level = {0}, users = {0};
    buf_printf(&level, p->japanese ? "機密性%u%s%s" : "level %u%s%s", a->level,
               a->top_secret ? (p->japanese ? "、極秘" : ", top secret") : "",
               a->personal_number ? (p->japanese ? "、個人番号あり" : ", My Number") : "");
    say_users(&users, s, a);
    report_row_of(p, a->head.id);
    report_cell(p, *a->label ? a->label : a->head.id);
    report_cell(p, p->japanese ? "受注者の端末内の保護領域" : "protected area in the contractor's PC");
    report_cell(p, a->kept);
    report_cell(p, a->backing == POLICY_LUKS ? (p->japanese ? "あり（LUKS2）" : "yes (LUKS2)")
                                             : (p->japanese ? "なし" : "no"));
    report_cell_buf(p, &level);
    report_cell_buf(p, &users);
    report_cell(p, NULL);
    report_row_end(p);
}

static void put_destination(const struct report_source *s, struct report_paper *p, const struct policy_destination *d)
{
    static const struct report_text plain = {"なし", "no"}, sealed = {"あり（age v1、受領者の鍵）", "yes (age v1, to the recipient)"},
                                    escrowed = {"あり（age v1、受領者の鍵と受託者の控えの鍵）",
                                                "yes (age v1, to the recipient and the contractor's escrow key)"};
    bool escrow = policy_sealed_to(s->policy, d, d->recipients.count) != NULL;
    report_row_of(p, d->head.id);
    report_cell(p, *d->label ? d->label : d->head.id);
    report_cell(p, d->kind == POLICY_MEDIUM ? (p->japanese ? "外部電磁的記録媒体" : "external medium")
                                            : (p->japanese ? "複製先・持出し先" : "destination of copies"));
    report_cell(p, NULL);
    report_cell_text(p, d->recipients.count == 0 ? &plain : escrow ? &escrowed : &sealed);
    report_cell(p, p->japanese ? "複製元と同じ" : "as what is copied");
    report_cell(p, NULL);
    report_cell(p, NULL);
    report_row_end(p);
}

int paper_storage(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"places", {"電子データの保存先", "where electronic data is kept"}};
    static const struct report_column cloud = {
        "online", {"オンラインストレージ等の利用（利用契約先・保存先）", "online storage (provider, place)"}};
    report_field(p, &cloud, NULL);
    report_table(p, &name, columns, array_count(columns));
    for (size_t i = 0; s->policy && i < s->policy->area_count; i++)
        if (str_eq(s->policy->areas[i].contract, s->contract))
            put_area(s, p, &s->policy->areas[i]);
    for (size_t i = 0; s->policy && i < s->policy->destination_count; i++)
        if (str_eq(s->policy->destinations[i].contract, s->contract))
            put_destination(s, p, &s->policy->destinations[i]);
    if (!s->policy)
        report_note(p, "方針が読めないため保存先は空である（--policy）。", "No policy could be read (--policy).");
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_register.c owns the data register (データ管理簿, REC-6) and the plan for returning all of it
 * (データ返却等計画書, DSP-5). Specific personal information stands apart. It must never show an entry as
 * checked that no manager checked. */
#include <sekisho/record.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"
#include "report/papers.h"
#include "report/register.h"

static const struct report_column columns[] = {
    {"name", {"電子データ等名称", "name of the data"}},
    {"handler", {"データ取扱者名", "handler"}},
    {"how", {"授受方法", "how received or given"}},
    {"purpose", {"使用目的", "purpose"}},
    {"place", {"使用場所", "place of use"}},
    {"where", {"保管場所", "where kept"}},
    {"kept", {"保管方法", "how kept"}},
    {"return-how", {"返却方法", "how returned"}},
    {"at", {"授受日時", "received or given at"}},
    {"returned", {"返却日時", "returned at"}},
    {"specific", {"特定個人情報等の有無", "specific personal information"}},
    {"checked", {"データ取扱責任者の確認", "data manager's check"}},
    {"second", {"特定個人情報ファイル取扱責任者の確認", "second check"}},
};

static const struct report_text ordinary_title = {"データ管理簿（特定個人情報等を除く）",
                                                  "Register (without specific personal information)"};
static const struct report_text specific_title = {"データ管理簿（特定個人情報等）",
                                                  "Register (specific personal information)"};

static void cell_handler(struct report_paper *p, const struct report_item *item)
{
    autobuf struct buf b = {0};
    const json_t *handler = report_item_member(item, "handler");
    say_person(&b, handler ? handler : record_member(item->first, "person"));
    report_cell_buf(p, &b);
}

static void cell_how(struct report_paper *p, const struct report_item *item)
{
    autobuf struct buf b = {0};
    const char *how = report_item_text(item, "how"), *from = record_text(item->first, "from");
    if (item->copy) {
        const char *label = record_text(item->first, "destination.label");
        buf_puts(&b, item->copy->take_out ? (p->japanese ? "持出し" : "take-out")
                                          : (p->japanese ? "複製" : "copy"));
        say_line(&b, *label ? label : report_item_text(item, "area"));
    } else {
        say_line(&b, how);
        if (*from)
            buf_printf(&b, p->japanese ? "%s%s から" : "%sfrom %s", b.len ? "\n" : "", from);
    }
    report_cell_buf(p, &b);
}

/* Data is used for its contract only (ACC-7); a receipt need not say more. */
static void cell_purpose(struct report_paper *p, const struct report_source *s,
                         const struct report_item *item)
{
    const char *purpose = report_item_text(item, "purpose");
    report_cell(p, *purpose ? purpose : item->copy ? "" : record_text(s->announced, "title"));
}

static void cell_return_how(struct report_paper *p, const struct report_source *s,
                            const struct report_item *item)
{
    const char *how = report_item_text(item, "return-how");
    const struct policy_area *area = report_area(s, record_text(item->first, "area"));
    if (item->end)
        how = say_method(record_text(item->end, "method"), p->japanese);
    if (item->end && !*how && *record_text(item->end, "handover"))
        how = p->japanese ? "手渡し（授受）" : "by hand (hand-over)";
    bool inside = !item->copy || item->copy->found;
    if (!*how && area && inside && !item->end)
        how = area->disposal;
    report_cell(p, how);
}

static void cell_returned(struct report_paper *p, const struct report_item *item)
{
    autobuf struct buf b = {0};
    if (item->end) {
        say_moment(&b, record_text(item->end, "at"), p->japanese);
        buf_puts(&b, item->returned ? (p->japanese ? "\n返却" : "\nreturned")
                                    : (p->japanese ? "\n破棄・消去" : "\ndestroyed"));
    } else
        buf_puts(&b, item->lost ? (p->japanese ? "紛失" : "lost") : (p->japanese ? "未返却" : "not returned"));
    report_cell_buf(p, &b);
}

static void cell_check(struct report_paper *p, const json_t *record, bool needed)
{
    autobuf struct buf b = {0};
    if (!record) {
        report_cell(p, needed ? NULL : p->japanese ? "対象外" : "not needed");
        return;
    }
    const json_t *second = record_member(record, "second");
    say_person(&b, second ? second : record_member(record, "person"));
    buf_putc(&b, '\n');
    say_moment(&b, record_text(record, "at"), p->japanese);
    report_cell_buf(p, &b);
}

static void put_item(struct report_paper *p, const struct report_source *s, const struct report_item *item)
{
    autobuf struct buf name = {0}, where = {0}, how = {0}, at = {0};
    const char *place = report_item_text(item, "place");
    report_item_name(&name, item, p->japanese);
    report_item_place(&where, &how, s, item, p->japanese);
    say_moment(&at, record_text(item->copy ? report_case_main(item->copy) : item->first, "at"), p->japanese);
    report_row_of(p, item->id);
    report_cell_buf(p, &name);
    cell_handler(p, item);
    cell_how(p, item);
    cell_purpose(p, s, item);
    if (*place || !item->copy)
        report_cell(p, place);
    else
        report_cell_buf(p, &where);
    report_cell_buf(p, &where);
    report_cell_buf(p, &how);
    cell_return_how(p, s, item);
    report_cell_buf(p, &at);
    cell_returned(p, item);
    report_cell(p, item->specific ? (p->japanese ? "有" : "yes") : (p->japanese ? "無" : "no"));
    cell_check(p, item->checked, true);
    cell_check(p, item->second, item->specific);
    report_row_end(p);
}

int paper_register(const struct report_source *s, struct report_paper *p)
{
    autoregister struct report_register g = {0};
    int r = report_register_read(s, &g);
    for (int specific = 0; r == 0 && specific < 2; specific++) {
        const struct report_column name = {specific ? "specific" : "ordinary",
                                           specific ? specific_title : ordinary_title};
        report_table(p, &name, columns, array_count(columns));
        for (size_t i = 0; i < g.count; i++)
            if (g.items[i].specific == (bool)specific && report_in_range(s, g.items[i].at_s))
                put_item(p, s, &g.items[i]);
    }
    return r;
}

static const struct report_column plan_columns[] = {
    {"name", {"電子データ等名称", "name of the data"}},
    {"kind", {"情報の種類", "kind"}},
    {"specific", {"特定個人情報等の有無", "specific personal information"}},
    {"where", {"保管場所", "where kept"}},
    {"method", {"処理の方法", "method"}},
    {"date", {"処理の日時", "date and time"}},
    {"place", {"処理の場所", "place"}},
    {"witness", {"立会者", "witness"}},
    {"person", {"作業責任者", "person in charge"}},
};

/* What is planned: as it came in, or as its area's policy says. */
static const char *planned_method(const struct report_source *s, const struct report_item *item)
{
    const struct policy_area *area = report_area(s, record_text(item->first, "area"));
    const char *how = report_item_text(item, "return-how");
    bool inside = !item->copy || item->copy->found;
    return *how ? how : area && inside ? area->disposal : "";
}

int paper_return_plan(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"plan", {"処理の計画", "plan"}};
    autoregister struct report_register g = {0};
    int r = report_register_read(s, &g);
    if (r != 0)
        return r;
    report_table(p, &name, plan_columns, array_count(plan_columns));
    for (size_t i = 0; i < g.count; i++) {
        const struct report_item *item = &g.items[i];
        autobuf struct buf what = {0}, where = {0}, how = {0};
        if (item->end || item->lost || item->at_s >= s->to_s)
            continue;
        report_item_name(&what, item, p->japanese);
        report_item_place(&where, &how, s, item, p->japanese);
        report_row_of(p, item->id);
        report_cell_buf(p, &what);
        report_cell_text(p, report_item_kind(item));
        report_cell(p, item->specific ? (p->japanese ? "有（特定個人情報等）" : "yes") : (p->japanese ? "無" : "no"));
        report_cell_buf(p, &where);
        report_cell(p, planned_method(s, item));
        for (int human = 0; human < 4; human++)
            report_cell(p, NULL);
        report_row_end(p);
    }
    report_note(p, "返却・消去等が済んだものは、データ管理簿に結果を記載する。",
                "What is returned or destroyed already stands in the register with its result.");
    return 0;
}

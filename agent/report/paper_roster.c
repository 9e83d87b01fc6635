/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_roster.c owns the roster with the record of training (取扱者名簿・受講実績, ACC-1, ACC-6). It must
 * never show somebody as trained whose policy does not say when. Addresses and days of birth are not in
 * a policy: a person fills them in where the client asks for them. */
#include <string.h>
#include "base/str.h"
#include "report/papers.h"
#include "report/source.h"

static const struct report_column columns[] = {
    {"name", {"氏名", "name"}},
    {"role", {"区分", "role"}},
    {"unit", {"所属・役職", "department, position"}},
    {"areas", {"取り扱う保護領域", "areas"}},
    {"login", {"識別符号（ID）", "login"}},
    {"trained", {"研修受講日", "trained on"}},
    {"pledge", {"誓約日", "pledge of"}},
    {"state", {"状態", "state"}},
};

static const struct {
    unsigned bit;
    struct report_text text;
} roles[] = {
    {POLICY_MANAGER, {"情報管理責任者", "information manager"}},
    {POLICY_HANDLER, {"取扱者", "handler"}},
    {POLICY_ADMINISTRATOR, {"システム管理者", "administrator"}},
    {POLICY_AUDITOR, {"監査者", "auditor"}},
};

/* Does the person work with an area of the contract? */
static bool is_of_contract(const struct report_source *s, const struct policy_person *p)
{
    if (p->areas.count == 0)
        return true;
    for (size_t i = 0; i < p->areas.count; i++) {
        const struct policy_area *a = report_area(s, p->areas.items[i]);
        if (a && str_eq(a->contract, s->contract))
            return true;
    }
    return false;
}

static void cell_areas(struct report_paper *p, const struct report_source *s, const struct policy_person *who)
{
    autobuf struct buf b = {0};
    for (size_t i = 0; i < who->areas.count; i++) {
        const struct policy_area *a = report_area(s, who->areas.items[i]);
        if (a && str_eq(a->contract, s->contract))
            say_line(&b, *a->label ? a->label : a->head.id);
    }
    if (who->areas.count == 0)
        buf_puts(&b, report_in(&report_none, p->japanese));
    report_cell_buf(p, &b);
}

/* Only who handles data needs them; of others "not needed". */
static void cell_day(struct report_paper *p, int64_t at_s, bool needed)
{
    static const struct report_text other = {"対象外", "not needed"};
    autobuf struct buf b = {0};
    if (at_s == 0) {
        report_cell(p, needed ? NULL : report_in(&other, p->japanese));
        return;
    }
    say_day(&b, at_s, p->japanese);
    report_cell_buf(p, &b);
}

int paper_roster(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"roster", {"取扱者名簿", "roster"}},
                                      plan = {"training-plan", {"教育・周知の計画", "plan of training"}};
    static const struct report_text active = {"有効", "active"}, stopped = {"停止", "suspended"};
    report_field(p, &plan, NULL);
    report_table(p, &name, columns, array_count(columns));
    for (size_t i = 0; s->policy && i < s->policy->person_count; i++) {
        const struct policy_person *who = &s->policy->persons[i];
        autobuf struct buf role = {0};
        if (!is_of_contract(s, who))
            continue;
        bool works = (who->roles & (POLICY_HANDLER | POLICY_MANAGER)) != 0;
        for (size_t r = 0; r < array_count(roles); r++)
            if (who->roles & roles[r].bit)
                say_line(&role, report_in(&roles[r].text, p->japanese));
        report_row_of(p, who->head.id);
        report_cell(p, who->name);
        report_cell_buf(p, &role);
        report_cell(p, NULL);
        cell_areas(p, s, who);
        report_cell(p, who->user);
        cell_day(p, who->trained, works);
        cell_day(p, who->pledge, works);
        report_cell_text(p, who->suspended ? &stopped : &active);
        report_row_end(p);
    }
    if (!s->policy)
        report_note(p, "方針が読めないため名簿は空である（--policy）。", "No policy could be read, so the roster is empty (--policy).");
    return 0;
}

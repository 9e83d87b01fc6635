/* SPDX-License-Identifier: GPL-3.0-or-later */
/* register_form.c owns how the register looks: every field of REC-6 by the heading that the contracts use,
 * filled or visibly open. It must never leave out that a thing is specific personal information, nor put
 * it among the others. */
#include "cli/register_form.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/str.h"
#include "cli/cli.h"
#include "cli/csv.h"
#include "cli/screen.h"
#include "cli/view.h"
#include "record/record.h"

#define HEADING_COLUMNS 30
#define MINUTES_LEN     16 /* bytes of "2026-11-21 09:15" */

struct text {
    const char *english, *japanese;
};

static void put_minutes(struct buf *b, const char *time)
{
    screen_time(b, time, false);
    if (b->len > MINUTES_LEN) {
        b->data[MINUTES_LEN] = '\0'; /* minutes are enough in a list */
        b->len = MINUTES_LEN;
    }
}

/* What still waits for a manager. */
static const char *check_of(const json_t *row)
{
    bool entry = record_flag(row, "check-entry"), end = record_flag(row, "check-end"), first = false;
    size_t i;
    const json_t *check;
    json_array_foreach(record_member(row, "checks"), i, check)
        first = first || str_eq(record_text(check, "what"), entry ? "entry" : "end");
    return (entry || end) && first ? _("second check due")
           : entry                 ? _("check due")
           : end                   ? _("check of the end due")
                                   : _("checked");
}

static void add_row(struct screen_table *t, const json_t *row)
{
    autobuf struct buf at = {0}, who = {0}, name = {0}, state = {0};
    put_minutes(&at, record_text(row, "at"));
    screen_person(&who, record_member(row, "handler"));
    buf_puts(&name, record_text(row, "name"));
    if (record_number(row, "count") > 1)
        buf_printf(&name, " (%" PRId64 ")", record_number(row, "count"));
    buf_puts(&state, view_word_here(record_text(row, "state")));
    if (record_flag(row, "lost"))
        buf_printf(&state, " %s", _("LOST"));
    if (record_flag(row, "overdue"))
        buf_printf(&state, " %s", _("OVERDUE"));
    if (*record_text(row, "handover"))
        buf_printf(&state, " (%s)", record_text(row, "handover"));
    const char *cells[] = {
        record_text(row, "id"),
        view_word_here(record_text(row, "form")),
        name.data ? name.data : "",
        who.data ? who.data : "",
        record_text(row, "kept.where"),
        at.data ? at.data : "",
        state.data ? state.data : "",
        record_flag(row, "top-secret") ? _("TOP SECRET") : "",
        check_of(row),
    };
    screen_table_add(t, cells);
}

int register_table(const json_t *rows, bool personal)
{
    const char *headings[] = {_("Id"), _("Form"),  _("Name"),  _("Handler"), _("Kept"),
                              _("At"), _("State"), _("Level"), _("Check")};
    autotable struct screen_table *t = screen_table_new(headings, array_count(headings));
    size_t i, count = 0;
    const json_t *row;
    json_array_foreach(rows, i, row) {
        if (record_flag(row, "specific-personal") != personal)
            continue;
        add_row(t, row);
        count++;
    }
    if (count == 0)
        return 0;
    if (personal)
        puts(_("Specific personal information, kept apart:"));
    return screen_table_print(t);
}

/* ---- CSV ---- */

static const struct {
    const char *head, *member;
} columns[] = {
    {"id", "id"}, {"kind", "kind"}, {"form", "form"}, {"name", "name"}, {"count", "count"},
    {"contract", "contract"}, {"area", "area"}, {"handler", "handler.name"},
    {"handler.id", "handler.id"}, {"from", "from"}, {"how", "how"}, {"purpose", "purpose"},
    {"place", "place"}, {"kept.where", "kept.where"}, {"kept.how", "kept.how"},
    {"return-how", "return-how"}, {"owner", "owner"}, {"received", "at"}, {"given", "given.at"},
    {"given.to", "given.to.name"}, {"returned", "return.at"}, {"returned.method", "return.method"},
    {"destroyed", "disposal.at"}, {"destroyed.method", "disposal.method"}, {"return-by", "return-by"},
    {"state", "state"}, {"specific-personal", "specific-personal"}, {"top-secret", "top-secret"},
    {"check-entry-due", "check-entry"}, {"check-end-due", "check-end"}, {"handover", "handover"},
};

#define CHECKERS 2 /* columns of who checked the entry */

static const char *cell_of(const json_t *row, const char *member, char number[static 24])
{
    const json_t *value = record_member(row, member);
    if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "no";
    if (!json_is_integer(value))
        return record_text(row, member);
    snprintf(number, 24, "%lld", (long long)json_integer_value(value));
    return number;
}

static void checkers_of(const json_t *row, const char *ret[static CHECKERS])
{
    size_t i, count = 0;
    const json_t *check;
    json_array_foreach(record_member(row, "checks"), i, check)
        if (count < CHECKERS && str_eq(record_text(check, "what"), "entry"))
            ret[count++] = record_text(check, "person.name");
}

void register_csv(const json_t *rows)
{
    const char *cells[array_count(columns) + CHECKERS];
    char numbers[array_count(columns)][24];
    size_t k, n = array_count(columns);
    const json_t *row;
    for (size_t i = 0; i < n; i++)
        cells[i] = columns[i].head;
    cells[n] = "checked-by";
    cells[n + 1] = "second-checked-by";
    csv_mark();
    csv_line(cells, n + CHECKERS);
    json_array_foreach(rows, k, row) {
        for (size_t i = 0; i < n; i++)
            cells[i] = cell_of(row, columns[i].member, numbers[i]);
        cells[n] = cells[n + 1] = "";
        checkers_of(row, cells + n);
        csv_line(cells, n + CHECKERS);
    }
}

/* ---- forms ---- */

static const char *in(const struct text *t, bool japanese)
{
    return japanese ? t->japanese : t->english;
}

static void put_text(struct screen_form *f, const struct text *heading, const char *text)
{
    autobuf struct buf b = {0};
    f->heading = in(heading, f->japanese);
    screen_safe(&b, text);
    screen_form_put(f, &b);
}

static void put_time(struct screen_form *f, const struct text *heading, const char *time)
{
    autobuf struct buf b = {0};
    f->heading = in(heading, f->japanese);
    screen_time(&b, time, f->japanese);
    screen_form_put(f, &b);
}

static void put_person(struct screen_form *f, const struct text *heading, const json_t *person)
{
    autobuf struct buf b = {0};
    f->heading = in(heading, f->japanese);
    screen_person(&b, person);
    screen_form_put(f, &b);
}

static void put_pair(struct screen_form *f, const struct text *heading, const char *first, const char *second)
{
    autobuf struct buf b = {0};
    f->heading = in(heading, f->japanese);
    screen_safe(&b, first);
    if (*first && *second)
        buf_puts(&b, f->japanese ? "、" : ", ");
    screen_safe(&b, second);
    screen_form_put(f, &b);
}

static void put_yes(struct screen_form *f, const struct text *heading, bool yes)
{
    static const struct text has = {"YES", "有"}, none = {"no", "無"};
    put_text(f, heading, in(yes ? &has : &none, f->japanese));
}

static const struct text open_field = {"open", "未了"};
static const struct text no_field = {"does not apply", "該当なし"};

/* When, how, proof, by whom; or what there is instead. */
static void put_ending(struct screen_form *f, const struct text *heading, const json_t *end,
                       const struct text *otherwise)
{
    if (!json_is_object(end)) {
        put_text(f, heading, in(otherwise, f->japanese));
        return;
    }
    static const struct text none = {"", ""};
    const char *proof = record_text(end, "proof.text"), *file = record_text(end, "proof.file");
    put_time(f, heading, record_text(end, "at"));
    if (*record_text(end, "to.name"))
        put_pair(f, &none, record_text(end, "to.name"), record_text(end, "to.organisation"));
    put_pair(f, &none, record_text(end, "method"), *proof ? proof : file);
    if (*record_text(end, "proof.sha256"))
        put_text(f, &none, record_text(end, "proof.sha256"));
    if (*record_text(end, "done-by"))
        put_text(f, &none, record_text(end, "done-by"));
    put_person(f, &none, record_member(end, "person"));
}

/* Who checked what, and what is still to be checked. */
static void put_checks(struct screen_form *f, const json_t *row)
{
    static const struct {
        const char *what, *due;
        struct text heading;
    } kinds[] = {{"entry", "check-entry", {"Checked by", "確認者(データ管理者)"}},
                 {"end", "check-end", {"End checked by", "返却・消去の確認者"}}};
    static const struct text due = {"still to be checked", "未確認"};
    static const struct text others[] = {{"by permit or consent", "許可・承諾による"}, {"open", "未了"}};
    for (size_t k = 0; k < array_count(kinds); k++) {
        size_t i;
        const json_t *check;
        f->heading = in(&kinds[k].heading, f->japanese);
        json_array_foreach(record_member(row, "checks"), i, check) {
            autobuf struct buf b = {0};
            if (!str_eq(record_text(check, "what"), kinds[k].what))
                continue;
            screen_person(&b, record_member(check, "person"));
            buf_puts(&b, f->japanese ? "、" : ", ");
            screen_time(&b, record_text(check, "at"), f->japanese);
            screen_form_put(f, &b);
        }
        autobuf struct buf b = {0};
        bool is_due = record_flag(row, kinds[k].due);
        buf_puts(&b, in(is_due ? &due : &others[k], f->japanese));
        if (is_due || *f->heading)
            screen_form_put(f, &b);
    }
}

static void put_events(struct screen_form *f, const json_t *events)
{
    static const struct text heading = {"Records", "記録(台帳の通し番号)"};
    size_t i;
    const json_t *event;
    f->heading = in(&heading, f->japanese);
    json_array_foreach(events, i, event) {
        autobuf struct buf b = {0};
        buf_printf(&b, "%" PRId64 "  ", record_number(event, "seq"));
        screen_safe(&b, record_text(event, "at"));
        buf_printf(&b, "  %s ", record_text(event, "kind"));
        screen_safe(&b, record_text(event, "phase"));
        buf_puts(&b, *record_text(event, "why") ? ": " : "");
        screen_safe(&b, record_text(event, "why"));
        screen_form_put(f, &b);
    }
}

static bool has_ended(const char *state)
{
    static const char *const ends[] = {"given", "returned", "destroyed"};
    for (size_t i = 0; i < array_count(ends); i++)
        if (str_eq(state, ends[i]))
            return true;
    return false;
}

/* REC-6, by its words. */
void register_form(const json_t *row, const json_t *events, bool japanese)
{
    struct screen_form f = {.columns = HEADING_COLUMNS, .japanese = japanese};
    autobuf struct buf count = {0};
    if (json_is_integer(record_member(row, "count")))
        buf_printf(&count, "%" PRId64, record_number(row, "count"));
    put_pair(&f, &(struct text){"Data register", "データ管理簿"}, record_text(row, "id"),
             view_word(record_text(row, "state"), japanese));
    put_text(&f, &(struct text){"Contract", "契約"}, record_text(row, "contract"));
    put_text(&f, &(struct text){"Name of the data", "データの名称"}, record_text(row, "name"));
    put_pair(&f, &(struct text){"Form, pieces", "形態・数量"}, view_word(record_text(row, "form"), japanese),
             count.data ? count.data : "");
    put_person(&f, &(struct text){"Handler", "取扱者"}, record_member(row, "handler"));
    put_pair(&f, &(struct text){"From whom, how received", "授受の相手・方法"},
             record_text(row, "from"), record_text(row, "how"));
    put_text(&f, &(struct text){"Purpose", "使用目的"}, record_text(row, "purpose"));
    put_text(&f, &(struct text){"Place of use", "使用場所"}, record_text(row, "place"));
    put_text(&f, &(struct text){"Where kept", "保管場所"}, record_text(row, "kept.where"));
    put_text(&f, &(struct text){"How kept", "保管方法"}, record_text(row, "kept.how"));
    put_text(&f, &(struct text){"How returned", "返却方法"}, record_text(row, "return-how"));
    put_time(&f, &(struct text){"Received", "授受の日時"}, record_text(row, "at"));
    put_yes(&f, &(struct text){"Specific personal information", "特定個人情報の有無"},
            record_flag(row, "specific-personal"));
    put_yes(&f, &(struct text){"Top secret", "極秘"}, record_flag(row, "top-secret"));
    /* what ended in one way ends in no other */
    const struct text *otherwise = has_ended(record_text(row, "state")) ? &no_field : &open_field;
    put_ending(&f, &(struct text){"Given", "引渡し"}, record_member(row, "given"), otherwise);
    put_ending(&f, &(struct text){"Returned", "返却の日時"}, record_member(row, "return"), otherwise);
    put_ending(&f, &(struct text){"Destroyed", "破棄"}, record_member(row, "disposal"), otherwise);
    put_checks(&f, row);
    put_events(&f, events);
}

static void put_verdict(struct screen_form *f, const json_t *permission)
{
    static const struct text heading = {"(3) Permission, by whom", "③ 許可の有無・許可者"};
    static const struct text yes = {"yes", "有"}, no = {"no", "無"};
    const json_t *granted = record_member(permission, "granted");
    autobuf struct buf who = {0}, cited = {0};
    view_approvers(&who, permission, f->japanese);
    put_pair(f, &heading,
             in(json_is_true(granted)    ? &yes
                : json_is_false(granted) ? &no
                                         : &open_field,
                f->japanese),
             who.data ? who.data : "");
    view_consent(&cited, record_member(permission, "consent"), f->japanese);
    f->heading = "";
    if (cited.len)
        screen_form_put(f, &cited);
}

void register_handover(const json_t *h, bool japanese)
{
    struct screen_form f = {.columns = HEADING_COLUMNS, .japanese = japanese};
    const json_t *received = record_member(h, "received");
    autobuf struct buf count = {0};
    buf_printf(&count, "%" PRId64, record_number(h, "content.count"));
    put_pair(&f, &(struct text){"Hand-over", "授受記録"}, record_text(h, "handover"),
             view_word(record_text(h, "state"), japanese));
    put_time(&f, &(struct text){"(1) Date and time", "① 日時"}, record_text(h, "at"));
    put_person(&f, &(struct text){"(2) Name", "② 氏名"}, record_member(h, "person"));
    put_person(&f, &(struct text){"    from", "　 引渡者"}, record_member(h, "from"));
    put_pair(&f, &(struct text){"    to", "　 受領者"}, record_text(h, "to.name"),
             record_text(h, "to.organisation"));
    put_verdict(&f, record_member(h, "permission"));
    put_pair(&f, &(struct text){"(4) Content", "④ 情報の内容"}, record_text(h, "of"),
             record_text(h, "content.name"));
    put_pair(&f, &(struct text){"", ""}, view_word(record_text(h, "content.form"), japanese),
             count.data ? count.data : "");
    put_text(&f, &(struct text){"(5) Purpose, use", "⑤ 目的・用途"}, record_text(h, "purpose"));
    put_text(&f, &(struct text){"(6) Where and how kept", "⑥ 保管場所・方法"}, record_text(h, "kept"));
    put_ending(&f, &(struct text){"(7) Return", "⑦ 返還"}, record_member(h, "return"), &open_field);
    if (*record_text(h, "return-by"))
        put_text(&f, &(struct text){"    due", "　 期限"}, record_text(h, "return-by"));
    put_ending(&f, &(struct text){"(8) Disposal", "⑧ 破棄"}, record_member(h, "disposal"), &open_field);
    put_ending(&f, &(struct text){"Received", "受領の確認"}, received, &open_field);
    put_events(&f, record_member(h, "events"));
}

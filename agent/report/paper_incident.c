/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_incident.c owns the reports of incidents: first report, details, final report (INC-2). It must never
 * fill a line that no record fills, nor leave out an incident that was known in the range. */
#include <inttypes.h>
#include <sekisho/incident.h>
#include <sekisho/record.h>
#include <string.h>
#include "base/str.h"
#include "policy/deadline.h"
#include "policy/policy.h"
#include "record/record.h"
#include "report/papers.h"
#include "report/register.h"

enum { IN_FIRST = 1, IN_DETAILS = 2, IN_FINAL = 4, IN_ALL = 7 };

/* The lines of a report, and which reports have them: what happened and its effect at once; cause and response
 * within the day [001 2(4)]; when, where, who, what was done, what is done against it in the end [004 エ,オ]. */
static const struct {
    struct report_column name;
    unsigned in;
    bool is_time;
} lines[] = {
    {{"what", {"発生内容", "what happened"}}, IN_ALL, false},
    {{"effect", {"委託者の業務への影響", "effect on the client's work"}}, IN_ALL, false},
    {{"known-at", {"認知した日時", "known at"}}, IN_ALL, true},
    {{"occurred-at", {"発生した日時", "happened at"}}, IN_DETAILS | IN_FINAL, true},
    {{"where", {"発生した場所", "where"}}, IN_DETAILS | IN_FINAL, false},
    {{"cause", {"発生した事由・原因", "cause"}}, IN_DETAILS | IN_FINAL, false},
    {{"response", {"対応", "response"}}, IN_DETAILS | IN_FINAL, false},
    {{"correction", {"是正処置案", "plan of correction"}}, IN_FINAL, false},
    {{"prevention", {"再発防止措置", "measures against recurrence"}}, IN_FINAL, false},
};

static const struct {
    const char *name;
    struct report_text text;
} types[] = {
    {"suspicion", {"事故の疑い", "suspicion of an incident"}},
    {"leak", {"漏えい", "leak"}},
    {"other-purpose", {"目的外利用", "use for another purpose"}},
    {"access", {"認められていないアクセス", "access that is not allowed"}},
    {"malware", {"不正プログラムへの感染", "malware"}},
    {"tampering", {"改ざん", "tampering"}},
    {"deletion", {"消去", "deletion"}},
    {"loss", {"紛失", "loss"}},
    {"theft", {"盗難", "theft"}},
    {"destruction", {"破壊", "destruction"}},
    {"misuse", {"不正利用", "misuse"}},
    {"denial-of-service", {"サービス妨害", "denial of service"}},
    {"unintended-change", {"意図しない変更", "unintended change"}},
    {"breach", {"契約条項への違反", "breach of the contract's terms"}},
};

static const struct report_text report_names[POLICY_CLOCK_COUNT] = {
    [POLICY_CLOCK_FIRST] = {"第一報", "first report"},
    [POLICY_CLOCK_EFFECT] = {"発生内容・影響の報告", "what happened and its effect"},
    [POLICY_CLOCK_DETAILS] = {"詳細の報告", "details"},
    [POLICY_CLOCK_FACTS] = {"日時・場所・事由・関係者の報告", "when, where, cause, persons"},
    [POLICY_CLOCK_WRITTEN] = {"書面による報告", "the same in writing"},
    [POLICY_CLOCK_PLAN] = {"是正処置案", "plan of correction"},
    [POLICY_CLOCK_RESULT] = {"是正結果の報告", "result of the correction"},
    [POLICY_CLOCK_FINAL] = {"最終報告", "final report"},
};

static const struct report_column line_columns[] = {
    {"item", {"項目", "item"}},
    {"content", {"内容", "content"}},
};
static const struct report_column made_columns[] = {
    {"which", {"報告", "report"}}, {"due", {"期限", "due"}},   {"at", {"報告日時", "made at"}},
    {"how", {"方法", "how"}},      {"to", {"報告先", "to"}},   {"by", {"報告者", "by"}},
};
static const struct report_column data_columns[] = {
    {"case", {"番号", "number"}},
    {"content", {"情報の内容", "content"}},
    {"kept", {"保管場所・方法", "where and how it is kept"}},
    {"sealed", {"暗号化（復号できる者）", "encrypted (who can open it)"}},
    {"sha256", {"SHA-256", "SHA-256"}},
};

/* One incident: its opened record, and where it stands among the records. */
struct incident {
    const struct report_source *s;
    const json_t *opened;
    const char *id;
    unsigned ledger;
};

/* The next record of this incident and phase behind *at ("" = any phase); NULL: no more. */
static const json_t *next_of(const struct incident *i, const char *phase, size_t *at)
{
    while (*at < i->s->count) {
        const struct report_record *r = &i->s->records[(*at)++];
        if (r->ledger == i->ledger && str_eq(r->kind, SK_KIND_INCIDENT) &&
            str_eq(record_text(r->record, "incident"), i->id) && str_eq(record_text(r->record, "phase"), phase))
            return r->record;
    }
    return NULL;
}

/* The latest that was said of this. */
static const char *latest(const struct incident *i, const char *key)
{
    const char *text = record_text(i->opened, key), *more;
    size_t at = 0;
    for (const json_t *added; (added = next_of(i, "added", &at));) {
        more = record_text(added, key);
        if (*more && !str_eq(key, "what"))
            text = more;
    }
    return text;
}

static void begin_line(struct report_paper *p, const struct incident *i, const struct report_column *name)
{
    char row[SK_ID_MAX + 1];
    snprintf(row, sizeof row, "%.40s-%.20s", i->id, name->key);
    report_row_of(p, row);
    report_cell_text(p, &name->text);
}

static void put_line(struct report_paper *p, const struct incident *i, const struct report_column *name,
                     const struct buf *text)
{
    begin_line(p, i, name);
    report_cell_buf(p, text);
    report_row_end(p);
}

static void put_type(struct report_paper *p, const struct incident *i)
{
    static const struct report_column name = {"type", {"事故の種類", "type"}};
    autobuf struct buf b = {0};
    const char *type = record_text(i->opened, "type");
    for (size_t k = 0; k < array_count(types); k++)
        if (str_eq(types[k].name, type))
            type = report_in(&types[k].text, p->japanese);
    buf_puts(&b, type);
    put_line(p, i, &name, &b);
}

static void add_persons(struct buf *b, const json_t *record)
{
    const json_t *list = record_member(record, "concerned");
    for (size_t k = 0; k < json_array_size(list); k++) {
        autobuf struct buf one = {0};
        say_person(&one, json_array_get(list, k));
        say_line(b, one.data ? one.data : "");
    }
}

static void put_persons(struct report_paper *p, const struct incident *i)
{
    static const struct report_column name = {"concerned", {"関係するデータ取扱者等", "persons concerned"}};
    autobuf struct buf b = {0};
    size_t at = 0;
    add_persons(&b, i->opened);
    for (const json_t *added; (added = next_of(i, "added", &at));)
        add_persons(&b, added);
    put_line(p, i, &name, &b);
}

static void put_what(struct buf *b, const struct incident *i)
{
    size_t at = 0;
    say_line(b, record_text(i->opened, "what"));
    for (const json_t *added; (added = next_of(i, "added", &at));)
        say_line(b, record_text(added, "what"));
}

static void put_lines(struct report_paper *p, const struct incident *i, unsigned which)
{
    char heading[SK_ID_MAX + 1];
    snprintf(heading, sizeof heading, "%s", i->id);
    const struct report_column name = {"incident", {heading, heading}};
    report_table(p, &name, line_columns, array_count(line_columns));
    put_type(p, i);
    for (size_t k = 0; k < array_count(lines); k++) {
        autobuf struct buf b = {0};
        if (!(lines[k].in & which))
            continue;
        if (str_eq(lines[k].name.key, "what"))
            put_what(&b, i);
        else if (lines[k].is_time)
            say_time(&b, latest(i, lines[k].name.key), p->japanese);
        else
            buf_puts(&b, latest(i, lines[k].name.key));
        put_line(p, i, &lines[k].name, &b);
    }
    if (which != IN_FIRST)
        put_persons(p, i);
}

/* --- reports ---------------------------------------------------------------------------------- */

static int64_t time_in(const json_t *record, const char *path)
{
    int64_t at_s = 0;
    return clock_parse_time(record_text(record, path), &at_s) == 0 ? at_s : 0;
}

/* A time that a record holds, by the clock as it stands at the records' end: it was said by the clock of its moment,
 * and an incident's clocks go on for as long as they were to run (proof/steps.h). */
static int64_t moved_time_in(const struct incident *i, const json_t *record, const char *path)
{
    const struct clock_steps *steps = i->ledger < i->s->ledger_count ? &i->s->ledgers[i->ledger].steps : NULL;
    int64_t at_s = time_in(record, path);
    return at_s == 0 ? 0 : at_s + clock_steps_since(steps, (uint64_t)record_number(record, "seq"));
}

static void read_deadlines(const struct incident *i, struct deadline all[static POLICY_CLOCK_COUNT])
{
    const struct policy *policy = i->s->policy ? i->s->policy : policy_builtin();
    struct deadline_facts facts = {.known_s = moved_time_in(i, i->opened, "known-at")};
    int64_t day = 0;
    size_t at = 0;
    for (const json_t *made; (made = next_of(i, "reported", &at));) {
        enum policy_clock_name which = deadline_named(record_text(made, "report.which"));
        int64_t at_s = moved_time_in(i, made, "report.at");
        if (which != POLICY_CLOCK_COUNT && (facts.reported_s[which] == 0 || at_s < facts.reported_s[which]))
            facts.reported_s[which] = at_s;
    }
    if (clock_parse_date(latest(i, "final-by"), &day) == 0)
        facts.final_by_s = day + CLOCK_DAY_S - 1;
    deadlines_of(&policy->incident, &facts, facts.known_s, all);
}

static void put_report(struct report_paper *p, const json_t *made, enum policy_clock_name which,
                       const struct deadline *d)
{
    static const struct report_text oral = {"口頭", "by word of mouth"}, written = {"書面", "in writing"};
    autobuf struct buf due = {0}, at = {0};
    char text[CLOCK_TIME_CAP];
    if (d->due_s != 0) {
        clock_format(text, d->due_s, 0);
        say_moment(&due, text, p->japanese);
    } else {
        buf_puts(&due, report_in(&report_none, p->japanese));
    }
    say_moment(&at, record_text(made, "report.at"), p->japanese);
    report_row_of(p, deadline_name(which));
    report_cell_text(p, &report_names[which]);
    report_cell_buf(p, &due);
    report_cell_buf(p, &at);
    if (made)
        report_cell_text(p, record_flag(made, "report.oral") ? &oral : &written);
    else
        report_cell(p, "");
    report_cell(p, record_text(made, "report.to"));
    report_cell(p, record_text(made, "report.by"));
    report_row_end(p);
}

/* Every report that was made, and those that a clock asks for and nobody made. */
static void put_reports(struct report_paper *p, const struct incident *i)
{
    static const struct report_column name = {"reports", {"報告の経過", "reports made"}};
    struct deadline all[POLICY_CLOCK_COUNT];
    read_deadlines(i, all);
    report_table(p, &name, made_columns, array_count(made_columns));
    for (unsigned which = 0; which < POLICY_CLOCK_COUNT; which++) {
        bool found = false;
        size_t at = 0;
        for (const json_t *made; (made = next_of(i, "reported", &at));) {
            if (!str_eq(record_text(made, "report.which"), deadline_name((enum policy_clock_name)which)))
                continue;
            put_report(p, made, (enum policy_clock_name)which, &all[which]);
            found = true;
        }
        if (!found && all[which].due_s != 0)
            put_report(p, NULL, (enum policy_clock_name)which, &all[which]);
    }
    if (moved_time_in(i, i->opened, "known-at") != time_in(i->opened, "known-at"))
        report_note(p, "端末の時計がこの事故の後に合わせ直された。期限は現在の時計によるもので、日時の記録はその時の時計による。",
                    "The PC's clock was set after this incident. What is due is told by the clock as it is now; times on "
                    "record are those of the clock at the time.");
}

/* --- data ------------------------------------------------------------------------------------- */

static bool names_case(const json_t *record, const char *id)
{
    return *id && str_eq(record_text(record, "case"), id);
}

/* By the incident's own records, or by the loss that it was opened for. */
static bool concerns(const struct incident *i, const struct report_case *c)
{
    size_t at = 0;
    if (c->ledger != i->ledger || c->found)
        return false;
    if (names_case(i->opened, c->id))
        return true;
    for (const json_t *added; (added = next_of(i, "added", &at));)
        if (names_case(added, c->id))
            return true;
    for (size_t k = 0; k < i->s->count; k++) {
        const struct report_record *r = &i->s->records[k];
        if (r->ledger != i->ledger || !str_eq(r->kind, SK_KIND_LOST) ||
            !str_eq(record_text(r->record, "incident"), i->id))
            continue;
        if (names_case(r->record, c->id) || c->lost == r->record)
            return true;
    }
    return false;
}

static void put_sealed(struct report_paper *p, const struct report_source *s, const struct report_case *c)
{
    static const struct report_text no = {"なし", "no"}, yes = {"あり（age v1）", "yes (age v1)"},
                                    open = {"不明（書き出しの完了の記録がない）", "not known (no record that it was finished)"};
    const char *sha256 = c->done ? record_text(c->done, "sealed.sha256") : "";
    const json_t *to = c->done ? record_member(c->done, "recipients") : NULL;
    autobuf struct buf b = {0}, openers = {0};
    bool sealed = *sha256 || json_array_size(to) > 0;
    bool ended = !c->take_out || str_eq(record_text(c->done, "phase"), "done");
    say_line(&b, report_in(sealed ? &yes : ended ? &no : &open, p->japanese));
    report_put_openers(&openers, s, to, "\n", p->japanese);
    say_line(&b, openers.data ? openers.data : "");
    report_cell_buf(p, &b);
    report_cell(p, *sha256 ? sha256 : report_in(ended ? &report_none : &open, p->japanese));
}

static void put_case(struct report_paper *p, const struct report_source *s, const struct report_case *c)
{
    const json_t *main = report_case_main(c);
    autobuf struct buf content = {0}, kept = {0};
    buf_printf(&content, p->japanese ? "%" PRId64 " ファイル、" : "files: %" PRId64 ", ",
               record_number(c->request, "content.count"));
    say_size(&content, (uint64_t)record_number(c->request, "content.bytes"), p->japanese);
    say_line(&kept, record_text(main, "destination.label"));
    say_line(&kept, record_text(main, "kept"));
    report_row_of(p, c->id);
    report_cell(p, c->id);
    report_cell_buf(p, &content);
    report_cell_buf(p, &kept);
    put_sealed(p, s, c);
    report_row_end(p);
}

/* Whether a thing that people entered is encrypted no record says; paper is not. */
static void put_item(struct report_paper *p, const struct report_source *s, const struct report_item *item)
{
    autobuf struct buf name = {0}, where = {0}, how = {0};
    report_item_name(&name, item, p->japanese);
    report_item_place(&where, &how, s, item, p->japanese);
    say_line(&where, how.data ? how.data : "");
    report_row_of(p, item->id);
    report_cell(p, item->id);
    report_cell_buf(p, &name);
    report_cell_buf(p, &where);
    report_cell(p, item->form == FORM_PAPER ? report_in(&report_none, p->japanese) : NULL);
    report_cell_text(p, &report_none);
    report_row_end(p);
}

/* An entry of the register that was lost, and that this incident is for. */
static bool concerns_item(const struct incident *i, const struct report_item *item)
{
    if (item->copy || !item->lost || item->ledger != i->ledger)
        return false;
    for (size_t k = 0; k < i->s->count; k++) {
        const struct report_record *r = &i->s->records[k];
        if (r->ledger == i->ledger && str_eq(r->kind, SK_KIND_LOST) && str_eq(record_text(r->record, "incident"), i->id) &&
            str_eq(record_text(r->record, "item"), item->id))
            return true;
    }
    return false;
}

static void put_data(struct report_paper *p, const struct incident *i, const struct report_register *things)
{
    static const struct report_column name = {"data", {"対象の情報", "data concerned"}};
    report_table(p, &name, data_columns, array_count(data_columns));
    for (size_t k = 0; k < things->cases.count; k++)
        if (concerns(i, &things->cases.items[k]))
            put_case(p, i->s, &things->cases.items[k]);
    for (size_t k = 0; k < things->count; k++)
        if (concerns_item(i, &things->items[k]))
            put_item(p, i->s, &things->items[k]);
}

static int build(const struct report_source *s, struct report_paper *p, unsigned which)
{
    autoregister struct report_register things = {0};
    size_t count = 0;
    int r = report_register_read(s, &things);
    for (size_t k = 0; r == 0 && k < s->count; k++) {
        const json_t *record = s->records[k].record;
        if (!str_eq(s->records[k].kind, SK_KIND_INCIDENT) || !str_eq(record_text(record, "phase"), "opened") ||
            !report_in_range(s, time_in(record, "known-at")))
            continue;
        const struct incident i = {.s = s, .opened = record, .id = record_text(record, "incident"),
                                   .ledger = s->records[k].ledger};
        put_lines(p, &i, which);
        put_data(p, &i, &things);
        put_reports(p, &i);
        count++;
    }
    if (r == 0 && count == 0) {
        static const struct report_column none = {"incident", {"事故", "incident"}};
        report_table(p, &none, line_columns, array_count(line_columns));
        report_note(p, "この期間に認知した事故の記録はありません。", "No incident that became known in this time is on record.");
    }
    return r;
}

int paper_incident_first(const struct report_source *s, struct report_paper *p)
{
    return build(s, p, IN_FIRST);
}

int paper_incident_details(const struct report_source *s, struct report_paper *p)
{
    return build(s, p, IN_DETAILS);
}

int paper_incident_final(const struct report_source *s, struct report_paper *p)
{
    return build(s, p, IN_FINAL);
}

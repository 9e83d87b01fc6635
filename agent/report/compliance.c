/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compliance.c owns what the records say of the contract's life: copies, register, return, incidents. It must
 * never call a requirement in force on the strength of a record that only says it should be. */
#include "report/compliance.h"
#include <errno.h>
#include <sekisho/record.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"

/* --- gathering ---------------------------------------------------------------------------------- */

static int take_incident(struct compliance_facts *f, json_t *open, const struct report_record *r)
{
    char key[SK_ID_MAX + 16];
    const char *phase = record_text(r->record, "phase"), *trigger = record_text(r->record, "trigger");
    snprintf(key, sizeof key, "%u %s", r->ledger, record_text(r->record, "incident"));
    if (str_eq(phase, "opened")) {
        f->incidents++;
        f->unknown_files += str_eq(trigger, "unknown-files");
        return json_object_set_new(open, key, json_string(trigger)) == 0 ? 0 : -ENOMEM;
    }
    if (str_eq(phase, "closed")) {
        f->late += json_array_size(record_member(r->record, "missing"));
        json_object_del(open, key);
    }
    f->late += str_eq(phase, "notified") && str_starts(record_text(r->record, "notice"), "late:");
    return 0;
}

static void take_record(struct compliance_facts *f, const struct report_source *s, const struct report_record *r)
{
    const char *phase = record_text(r->record, "phase");
    if (str_eq(r->kind, SK_KIND_AGENT)) {
        f->crashes += str_eq(phase, "start") && str_eq(record_text(r->record, "after"), "crash");
        f->gaps += str_eq(phase, "gap") || str_eq(phase, "overflow");
    } else if (str_eq(r->kind, SK_KIND_REMOVAL))
        f->removals += str_eq(phase, "done");
    else if (str_eq(r->kind, SK_KIND_POLICY))
        f->policies += str_eq(phase, "installed");
    else if (str_eq(r->kind, SK_KIND_CONTRACT) && str_eq(phase, "closed"))
        f->closed_s = r->at_s;
    else if (str_eq(r->kind, SK_KIND_CONFIRM) && str_eq(record_text(r->record, "what"), "copies") &&
             r->ledger < REPORT_LEDGERS_MAX)
        f->seen_through[r->ledger] = record_number(r->record, "through");
    else if (str_eq(r->kind, SK_KIND_AREA) && str_eq(phase, "opened")) {
        const struct policy_area *a = report_area(s, record_text(r->record, "area"));
        const json_t *encrypted = record_member(r->record, "encrypted");
        f->plain_area = f->plain_area || (a && a->backing == POLICY_LUKS && json_is_false(encrypted));
    }
}

static int gather_records(const struct report_source *s, struct compliance_facts *f)
{
    autojson json_t *open = json_object();
    bool unsynchronised[REPORT_LEDGERS_MAX] = {0};
    int r = open ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < s->count; i++) {
        const struct report_record *one = &s->records[i];
        if (one->at_s >= s->to_s)
            break;
        f->as_of_s = one->at_s;
        if (one->ledger < REPORT_LEDGERS_MAX)
            unsynchronised[one->ledger] = str_eq(record_text(one->record, "clock"), "unsynchronised");
        if (str_eq(one->kind, SK_KIND_INCIDENT))
            r = take_incident(f, open, one);
        else
            take_record(f, s, one);
    }
    for (size_t i = 0; i < REPORT_LEDGERS_MAX; i++)
        f->unsynchronised = f->unsynchronised || unsynchronised[i];
    f->incidents_open = json_object_size(open);
    const char *key;
    json_t *trigger;
    json_object_foreach(open, key, trigger)
        f->uncovered += str_eq(json_string_value(trigger), "uncovered");
    return r;
}

int compliance_gather(const struct report_source *s, struct compliance_facts *ret)
{
    int r = report_register_read(s, &ret->things);
    return r == 0 ? gather_records(s, ret) : r;
}

void compliance_facts_free(struct compliance_facts *f)
{
    report_register_free(&f->things);
}

/* A handler's word for a paper is no review of it. */
static bool counts(const char *as, const char *role)
{
    return role ? str_eq(as, role) : str_eq(as, "manager") || str_eq(as, "auditor");
}

int64_t compliance_confirmed(const struct report_source *s, const char *paper, const char *role)
{
    int64_t last = 0;
    for (size_t i = 0; i < s->count; i++) {
        const json_t *r = s->records[i].record;
        if (str_eq(s->records[i].kind, SK_KIND_CONFIRM) && str_eq(record_text(r, "what"), "paper") &&
            str_eq(record_text(r, "paper"), paper) && counts(record_text(r, "role"), role) &&
            !(str_eq(paper, "compliance") && str_eq(record_text(r, "from"), s->from) &&
              str_eq(record_text(r, "to"), s->to)))
            last = s->records[i].at_s;
    }
    return last;
}

/* A paper that must be confirmed: when it was, or how it gets confirmed. */
static enum compliance_state say_paper(struct compliance_line *l, const char *paper, const char *role)
{
    int64_t at_s = compliance_confirmed(l->s, paper, role);
    if (l->shown.len > 0)
        buf_putc(&l->shown, '\n');
    if (at_s > 0) {
        say_day(&l->shown, at_s, l->japanese);
        buf_printf(&l->shown, l->japanese ? " 確認済み：sekisho report %s" : " confirmed: sekisho report %s", paper);
        return COMPLIANCE_IN_FORCE;
    }
    buf_printf(&l->shown,
               l->japanese ? "確認の記録がない：sekisho report %s、sekisho confirm" : "not on record as confirmed: sekisho report %s, sekisho confirm",
               paper);
    return COMPLIANCE_NOT_IN_FORCE;
}

static bool is_over(const struct compliance_line *l)
{
    return l->contract && l->contract->end > 0 && l->facts->as_of_s >= l->contract->end;
}

/* --- records ------------------------------------------------------------------------------------ */

static bool has(const json_t *record, const char *member)
{
    const json_t *value = record_member(record, member);
    return json_is_string(value) ? *json_string_value(value) != '\0' : value && !json_is_null(value);
}

/* The first of the members 1 to 6 of REC-1 that the case does not say, NULL = none. */
static const char *lacks(const struct report_case *c)
{
    const json_t *main = report_case_main(c);
    if (!has(main, "person"))
        return "person";
    if (!has(main, "permission") && !c->permit)
        return "permission";
    if (!has(main, "content") && !has(c->request, "content"))
        return "content";
    if (!has(main, "purpose") && !has(c->request, "purpose"))
        return "purpose";
    return has(main, "kept") || has(c->request, "kept") ? NULL : "kept";
}

static enum compliance_state say_cases(struct compliance_line *l, bool take_out, const char *paper)
{
    const struct report_cases *cases = &l->facts->things.cases;
    const struct report_case *bad = NULL;
    size_t count = 0, incomplete = 0;
    for (size_t i = 0; i < cases->count; i++) {
        const struct report_case *c = &cases->items[i];
        if (c->take_out != take_out || !report_case_went(c) || !report_in_range(l->s, c->at_s))
            continue;
        count++;
        if (lacks(c)) {
            bad = bad ? bad : c;
            incomplete++;
        }
    }
    buf_printf(&l->shown, l->japanese ? "%zu件の記録：sekisho report %s" : "on record: %zu, see sekisho report %s", count, paper);
    if (!bad)
        return COMPLIANCE_IN_FORCE;
    buf_printf(&l->shown, l->japanese ? "\n%zu件に欠けがある（%s：%s）" : "\nlacking something: %zu (%s: %s)", incomplete,
               *bad->id ? bad->id : record_text(bad->done, "copy"), lacks(bad));
    return COMPLIANCE_NOT_IN_FORCE;
}

enum compliance_state compliance_rec_1(struct compliance_line *l)
{
    return say_cases(l, false, "copies");
}

enum compliance_state compliance_rec_2(struct compliance_line *l)
{
    enum compliance_state state = say_cases(l, true, "takeouts");
    size_t remote = 0;
    for (size_t i = 0; i < l->s->count; i++)
        remote += str_eq(l->s->records[i].kind, SK_KIND_ROOM) && record_flag(l->s->records[i].record, "remote") &&
                  report_in_range(l->s, l->s->records[i].at_s);
    if (remote > 0)
        buf_printf(&l->shown,
                   l->japanese ? "\n通信回線による利用%zu回：持出履歴に載るが、許可と目的は人が記入する（sekisho report takeouts）"
                               : "\nwork from another PC: %zu, in the take-out ledger, where people fill in permission and purpose",
                   remote);
    buf_puts(&l->shown, l->japanese ? "\n作業場所の外への端末そのものの持出しは記録に現れないため、人が確かめて記入する"
                                    : "\nWhether the PC itself was carried away leaves no record: a person says");
    return state == COMPLIANCE_IN_FORCE ? COMPLIANCE_UNKNOWN : state;
}

enum compliance_state compliance_rec_3(struct compliance_line *l)
{
    size_t areas = 0, handed = 0, other = 0;
    if (!l->s->policy)
        return COMPLIANCE_UNKNOWN;
    for (size_t i = 0; i < l->s->policy->area_count; i++)
        areas += l->s->policy->areas[i].top_secret && str_eq(l->s->policy->areas[i].contract, l->s->contract);
    for (size_t i = 0; i < l->s->count; i++)
        handed += str_eq(l->s->records[i].kind, SK_KIND_HANDOVER) && report_in_range(l->s, l->s->records[i].at_s) &&
                  str_eq(record_text(l->s->records[i].record, "phase"), "received");
    for (size_t i = 0; i < l->facts->things.cases.count; i++) {
        const struct report_case *c = &l->facts->things.cases.items[i];
        other += c->take_out && report_case_went(c) && record_flag(c->request, "top-secret") &&
                 !str_eq(record_text(c->request, "destination.kind"), "hand");
    }
    buf_printf(&l->shown, l->japanese ? "極秘の領域 %zu、授受 %zu件：sekisho report handovers" : "top-secret areas: %zu, handed over: %zu, see sekisho report handovers",
               areas, handed);
    if (other == 0)
        return COMPLIANCE_IN_FORCE;
    buf_printf(&l->shown, l->japanese ? "\n手渡しでない持出しが%zu件ある" : "\nnot by hand: %zu", other);
    return COMPLIANCE_NOT_IN_FORCE;
}

/* Did it go by the client's consent? */
static bool is_permitted(const struct report_case *c)
{
    const json_t *consent = record_member(c->done, "permission.consent");
    return record_flag(c->done, "permission.granted") && (c->found || consent || has(c->permit, "consent"));
}

enum compliance_state compliance_rec_4(struct compliance_line *l)
{
    const struct report_cases *cases = &l->facts->things.cases;
    size_t went = 0, without = 0;
    for (size_t i = 0; i < cases->count; i++)
        if (report_case_went(&cases->items[i]) && report_in_range(l->s, cases->items[i].at_s)) {
            went++;
            without += !is_permitted(&cases->items[i]);
        }
    buf_printf(&l->shown, l->japanese ? "%zu件のうち承諾・許可のないもの%zu件：sekisho copies、sekisho report copies、takeouts"
                                      : "on record: %zu, without consent or permit: %zu, see sekisho copies, sekisho report copies, takeouts", went, without);
    return without == 0 ? COMPLIANCE_IN_FORCE : COMPLIANCE_NOT_IN_FORCE;
}

enum compliance_state compliance_rec_5(struct compliance_line *l)
{
    size_t found = 0, outside = 0;
    for (size_t i = 0; i < l->facts->things.cases.count; i++) {
        const struct report_case *c = &l->facts->things.cases.items[i];
        if (!c->found || !report_in_range(l->s, c->at_s))
            continue;
        found++;
        outside += str_eq(record_text(c->done, "found"), "outside") && !c->disposal && !c->given_back;
    }
    buf_printf(&l->shown, l->japanese ? "見つけた複製%zu件、保護領域の外に残るもの%zu件：sekisho copies"
                                      : "copies found: %zu, still outside of the areas: %zu, see sekisho copies", found, outside);
    return outside == 0 ? COMPLIANCE_IN_FORCE : COMPLIANCE_NOT_IN_FORCE;
}

/* As control counts it: a case was judged when it was permitted, a found copy is seen through with others; what
 * has ended is checked again. */
static bool lacks_check(const struct compliance_facts *f, const struct report_item *item)
{
    const struct report_case *c = item->copy;
    if (item->end)
        return !item->checked || !str_eq(record_text(item->checked, "what"), "end");
    if (!c)
        return !item->checked;
    return c->found && !record_flag(c->done, "permission.granted") && item->ledger < REPORT_LEDGERS_MAX &&
           record_number(c->done, "seq") > f->seen_through[item->ledger];
}

enum compliance_state compliance_rec_6(struct compliance_line *l)
{
    const struct report_register *r = &l->facts->things;
    size_t unchecked = 0, second = 0;
    for (size_t i = 0; i < r->count; i++) {
        unchecked += lacks_check(l->facts, &r->items[i]);
        second += r->items[i].specific && !r->items[i].second;
    }
    buf_printf(&l->shown, l->japanese ? "%zu件：sekisho report register" : "entries: %zu, see sekisho report register", r->count);
    if (unchecked + second == 0)
        return COMPLIANCE_IN_FORCE;
    buf_printf(&l->shown, l->japanese ? "\n確認のないもの%zu件、特定個人情報の第二確認のないもの%zu件：sekisho register check"
                                      : "\nnot checked: %zu, without the second check: %zu, see sekisho register check", unchecked, second);
    return COMPLIANCE_NOT_IN_FORCE;
}

enum compliance_state compliance_rec_7(struct compliance_line *l)
{
    enum compliance_state state = say_paper(l, "inspection", "manager");
    if (state != COMPLIANCE_IN_FORCE || compliance_confirmed(l->s, "inspection", "manager") >= l->s->from_s)
        return state;
    buf_puts(&l->shown, l->japanese ? "\nこの期間の検査の確認がない" : "\nnone of this range is on record as confirmed");
    return COMPLIANCE_NOT_IN_FORCE;
}

/* --- return, disposal, erasure ------------------------------------------------------------------- */

static size_t still_open(const struct compliance_line *l)
{
    size_t open = 0;
    for (size_t i = 0; i < l->facts->things.count; i++)
        open += !l->facts->things.items[i].end;
    return open;
}

enum compliance_state compliance_dsp_1(struct compliance_line *l)
{
    if (l->facts->closed_s > 0) {
        say_day(&l->shown, l->facts->closed_s, l->japanese);
        buf_puts(&l->shown, l->japanese ? " 完了：sekisho contract show、sekisho report completion" : " closed: sekisho contract show, sekisho report completion");
        return COMPLIANCE_IN_FORCE;
    }
    if (!l->contract || l->contract->end == 0)
        return COMPLIANCE_UNKNOWN;
    buf_puts(&l->shown, l->japanese ? "契約の終期 " : "the contract ends on ");
    say_day(&l->shown, l->contract->end - 1, l->japanese);
    if (is_over(l)) {
        buf_puts(&l->shown, l->japanese ? "。完了していない：sekisho contract close" : " and was not closed: sekisho contract close");
        return COMPLIANCE_NOT_IN_FORCE;
    }
    buf_puts(&l->shown, l->japanese ? "。期限前：sekisho contract show" : "; not due yet: sekisho contract show");
    return COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_dsp_2(struct compliance_line *l)
{
    enum compliance_state plan = say_paper(l, "plan", "manager");
    if (l->facts->closed_s == 0 && !is_over(l))
        return plan;
    enum compliance_state done = say_paper(l, "completion", "manager");
    return plan == COMPLIANCE_IN_FORCE ? done : plan;
}

enum compliance_state compliance_dsp_3(struct compliance_line *l)
{
    size_t done = 0, short_of = 0;
    for (size_t i = 0; i < l->s->count; i++) {
        const json_t *r = l->s->records[i].record;
        if (!str_eq(l->s->records[i].kind, SK_KIND_ERASURE) || !str_eq(record_text(r, "phase"), "done"))
            continue;
        done++;
        short_of += str_eq(record_text(r, "class"), "not-reached");
    }
    buf_printf(&l->shown, l->japanese ? "抹消%zu件、区分に達しないもの%zu件：sekisho report erasure-report"
                                      : "erasures: %zu, below their class: %zu, see sekisho report erasure-report", done, short_of);
    enum compliance_state plan = say_paper(l, "erasure-plan", "manager");
    if (short_of > 0)
        return COMPLIANCE_NOT_IN_FORCE;
    bool due = is_over(l) || done > 0 || (l->contract && l->contract->end > 0 &&
                                          l->facts->as_of_s >= l->contract->end - l->contract->plans_before_s);
    return due ? plan : COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_dsp_4(struct compliance_line *l)
{
    size_t open = still_open(l);
    bool over = l->facts->closed_s > 0 || is_over(l);
    buf_printf(&l->shown, l->japanese ? "%zu件のうち未了%zu件：sekisho register list" : "entries: %zu, open: %zu, see sekisho register list",
               l->facts->things.count, open);
    if (!over)
        buf_puts(&l->shown, l->japanese ? "（終期前）" : " (the contract runs)");
    return over && open > 0 ? COMPLIANCE_NOT_IN_FORCE : COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_dsp_5(struct compliance_line *l)
{
    return say_paper(l, "return-plan", "manager");
}

/* --- incidents ---------------------------------------------------------------------------------- */

enum compliance_state compliance_inc_1(struct compliance_line *l)
{
    buf_printf(&l->shown, l->japanese ? "事故%zu件、未了%zu件：sekisho incident list" : "incidents: %zu, open: %zu, see sekisho incident list",
               l->facts->incidents, l->facts->incidents_open);
    return COMPLIANCE_IN_FORCE;
}

enum compliance_state compliance_inc_2(struct compliance_line *l)
{
    buf_printf(&l->shown, l->japanese ? "事故%zu件、期限に遅れ又は行われなかった報告%zu件：sekisho report incident-final"
                                      : "incidents: %zu, reports late or not made: %zu, see sekisho report incident-final",
               l->facts->incidents, l->facts->late);
    return l->facts->late == 0 ? COMPLIANCE_IN_FORCE : COMPLIANCE_NOT_IN_FORCE;
}

enum compliance_state compliance_inc_3(struct compliance_line *l)
{
    const struct policy *p = l->s->policy;
    if (!p)
        return COMPLIANCE_UNKNOWN;
    if (p->incident.notify.count == 0) {
        buf_puts(&l->shown, l->japanese ? "[incident] notify がなく、通知先がない" : "nobody is told: [incident] notify is empty");
        return COMPLIANCE_NOT_IN_FORCE;
    }
    buf_printf(&l->shown, l->japanese ? "[incident] burst、notify（%zu箇所）：sekisho policy show、sekisho incident list"
                                      : "[incident] burst, notify (places: %zu): sekisho policy show, sekisho incident list",
               p->incident.notify.count);
    return COMPLIANCE_IN_FORCE;
}

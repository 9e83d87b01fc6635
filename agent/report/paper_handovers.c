/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_handovers.c owns the hand-over ledger (授受履歴, REC-3): eight fields, both parties. It must never
 * show a hand-over as done that nobody has confirmed to have received. */
#include <inttypes.h>
#include <sekisho/record.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"
#include "report/papers.h"
#include "report/cases.h"

static const struct report_column columns[] = {
    {"at", {"①授受日時", "(1) date and time"}},
    {"persons", {"②授受者の名前", "(2) names"}},
    {"permission", {"③授受許可の有無（許可者の名前）", "(3) permission (by whom)"}},
    {"content", {"④授受情報の内容", "(4) what was handed over"}},
    {"purpose", {"⑤授受目的・用途", "(5) purpose, use"}},
    {"kept", {"⑥授受情報の保管場所・方法", "(6) where and how it is kept"}},
    {"return", {"⑦授受情報を返還した場合は、その日時・方法及びその証明資料",
                "(7) if returned: when, how, proof"}},
    {"disposal", {"⑧授受情報を破棄した場合は、その日時・方法及びその証明資料",
                  "(8) if destroyed: when, how, proof"}},
};

/* One hand-over: its last record of each kind. */
struct handover {
    const json_t *asked, *permitted, *given, *received, *given_back, *disposal;
    int64_t at_s;
    unsigned ledger;
};

static const struct report_record *next_new(const struct report_source *s, size_t *at, json_t *seen)
{
    for (; *at < s->count; (*at)++) {
        const struct report_record *r = &s->records[*at];
        char key[SK_ID_MAX + 16];
        if (!str_eq(r->kind, "handover"))
            continue;
        snprintf(key, sizeof key, "%u %s", r->ledger, record_text(r->record, "handover"));
        if (json_object_get(seen, key))
            continue;
        json_object_set_new(seen, key, json_true());
        return r;
    }
    return NULL;
}

static void take(struct handover *h, const struct report_record *r)
{
    const char *phase = record_text(r->record, "phase");
    const json_t **const places[] = {&h->asked, &h->permitted, &h->permitted, &h->given, &h->received};
    static const char *const phases[] = {"asked", "permitted", "rejected", "given", "received"};
    for (size_t i = 0; i < array_count(phases); i++)
        if (str_eq(phase, phases[i]))
            *places[i] = r->record;
    if (json_is_object(record_member(r->record, "return")))
        h->given_back = record_member(r->record, "return");
    if (json_is_object(record_member(r->record, "disposal")))
        h->disposal = record_member(r->record, "disposal");
    if (str_eq(phase, "given") || str_eq(phase, "received"))
        h->at_s = r->at_s;
}

/* All records of it, and what became of the item or case that was handed over. */
static struct handover join(const struct report_source *s, const struct report_record *first)
{
    struct handover h = {.at_s = first->at_s, .ledger = first->ledger};
    const char *id = record_text(first->record, "handover");
    const char *item = record_text(first->record, "item"), *of = record_text(first->record, "case");
    for (size_t i = 0; i < s->count; i++) {
        const struct report_record *r = &s->records[i];
        const char *phase = record_text(r->record, "phase");
        if (r->ledger != first->ledger)
            continue;
        if (str_eq(r->kind, "handover") && str_eq(record_text(r->record, "handover"), id))
            take(&h, r);
        else if (*of && str_eq(r->kind, SK_KIND_RETURN) && str_eq(record_text(r->record, "case"), of))
            h.given_back = r->record;
        else if (*of && str_eq(r->kind, SK_KIND_DISPOSAL) && str_eq(record_text(r->record, "case"), of))
            h.disposal = r->record;
        else if (*item && str_eq(r->kind, "item") && str_eq(record_text(r->record, "item"), item) &&
                 str_eq(phase, "returned"))
            h.given_back = r->record;
        else if (*item && str_eq(r->kind, "item") && str_eq(record_text(r->record, "item"), item) &&
                 str_eq(phase, "destroyed"))
            h.disposal = r->record;
    }
    return h;
}

/* The first of the records that says the member. */
static const json_t *of(const struct handover *h, const char *member)
{
    const json_t *const records[] = {h->received, h->given, h->permitted, h->asked};
    for (size_t i = 0; i < array_count(records); i++) {
        const json_t *value = record_member(records[i], member);
        bool empty = json_is_string(value) && json_string_length(value) == 0;
        if (value && !json_is_null(value) && !empty)
            return value;
    }
    return NULL;
}

static const char *text_of(const struct handover *h, const char *member)
{
    const char *text = json_string_value(of(h, member));
    return text ? text : "";
}

static void cell_times(struct report_paper *p, const struct handover *h)
{
    static const struct report_text given = {"渡し", "given"}, received = {"受け", "received"};
    autobuf struct buf b = {0}, first = {0}, second = {0};
    say_time(&first, record_text(h->given, "at"), p->japanese);
    say_time(&second, record_text(h->received, "at"), p->japanese);
    say_labelled(&b, &given, first.data ? first.data : "", p->japanese);
    say_labelled(&b, &received, second.data ? second.data : "", p->japanese);
    if (!h->received && b.len)
        buf_puts(&b, p->japanese ? "\n（受領の確認は未了）" : "\n(receipt not confirmed yet)");
    report_cell_buf(p, &b);
}

static void cell_persons(struct report_paper *p, const struct handover *h)
{
    static const struct report_text from = {"渡した者", "from"}, to = {"受けた者", "to"};
    autobuf struct buf b = {0}, giver = {0}, taker = {0};
    const json_t *person = of(h, "from");
    say_person(&giver, person ? person : record_member(h->given, "person"));
    say_person(&taker, of(h, "to"));
    const char *organisation = record_text(of(h, "to"), "organisation");
    if (*organisation)
        buf_printf(&taker, p->japanese ? "（%s）" : " (%s)", organisation);
    say_labelled(&b, &from, giver.data ? giver.data : "", p->japanese);
    say_labelled(&b, &to, taker.data ? taker.data : "", p->japanese);
    report_cell_buf(p, &b);
}

static void cell_permission(struct report_paper *p, const struct handover *h)
{
    static const struct report_text by = {"許可者", "permitted by"}, consent = {"承諾", "consent"};
    autobuf struct buf b = {0}, who = {0}, cited = {0};
    const json_t *permission = of(h, "permission");
    bool granted = record_flag(permission, "granted") ||
                   str_eq(record_text(h->permitted, "phase"), "permitted");
    say_approvers(&who, permission ? permission : h->permitted, p->japanese);
    const json_t *document = record_member(permission, "consent");
    say_consent(&cited, document ? document : of(h, "consent"), p->japanese);
    buf_puts(&b, granted ? (p->japanese ? "有" : "yes") : (p->japanese ? "無" : "no"));
    say_labelled(&b, &by, who.data ? who.data : "", p->japanese);
    say_labelled(&b, &consent, cited.data ? cited.data : "", p->japanese);
    report_cell_buf(p, &b);
}

static void cell_content(struct report_paper *p, const struct report_source *s, const struct handover *h)
{
    autobuf struct buf b = {0};
    const json_t *content = of(h, "content");
    const json_t *files = json_object_get(content, "files");
    say_line(&b, text_of(h, "handover"));
    say_line(&b, json_is_string(content) ? json_string_value(content) : record_text(content, "name"));
    for (size_t i = 0; i < json_array_size(files); i++)
        say_line(&b, record_text(json_array_get(files, i), "name"));
    int64_t count = record_number(content, "count");
    if (count > 0)
        buf_printf(&b, p->japanese ? "\n%" PRId64 "件" : "\nfiles: %" PRId64, count);
    say_line(&b, text_of(h, "name"));
    const char *refers = text_of(h, "case");
    say_line(&b, *refers ? refers : text_of(h, "item"));
    (void)s;
    report_cell_buf(p, &b);
}

static void cell_kept(struct report_paper *p, const struct handover *h)
{
    autobuf struct buf b = {0};
    const json_t *kept = of(h, "kept");
    say_line(&b, json_is_string(kept) ? json_string_value(kept) : record_text(kept, "where"));
    say_line(&b, record_text(kept, "how"));
    report_cell_buf(p, &b);
}

int paper_handovers(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"handovers", {"授受履歴", "hand-overs"}};
    static const struct report_text no_return = {"未返還", "not returned"};
    static const struct report_text no_disposal = {"未破棄", "not destroyed"};
    static const struct report_text other = {"なし（返還又は破棄済み）", "none (returned or destroyed)"};
    static const struct report_text theirs = {"対象外（委託者のもの）", "none (the client's own)"};
    autojson json_t *seen = json_object();
    const struct report_record *first;
    report_table(p, &name, columns, array_count(columns));
    for (size_t at = 0; (first = next_new(s, &at, seen)) != NULL; at++) {
        struct handover h = join(s, first);
        if ((!h.given && !h.received) || !report_in_range(s, h.at_s))
            continue;
        bool kept = record_flag(h.received, "to-client");
        report_row_of(p, record_text(first->record, "handover"));
        cell_times(p, &h);
        cell_persons(p, &h);
        cell_permission(p, &h);
        cell_content(p, s, &h);
        report_cell(p, text_of(&h, "purpose"));
        cell_kept(p, &h);
        report_end_cell(p, h.given_back, h.disposal ? &other : kept ? &theirs : &no_return);
        report_end_cell(p, h.disposal, h.given_back ? &other : kept ? &theirs : &no_disposal);
        report_row_end(p);
    }
    return 0;
}

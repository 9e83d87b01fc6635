/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_inspection.c owns the inspection at the end of work (作業終了時の検査, REC-7): per person and day what
 * they opened, copied and took out, what is still out, and what the manager found. It must never state the
 * result of an inspection: a person does. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"
#include "report/cases.h"
#include "report/papers.h"


static const struct report_column columns[] = {
    {"date", {"日", "day"}},
    {"person", {"取扱者", "handler"}},
    {"ended", {"作業の終わり", "end of work"}},
    {"pc", {"端末", "PC"}},
    {"opened", {"利用の記録数", "accesses"}},
    {"copies", {"複製", "copies"}},
    {"takeouts", {"持出し", "take-outs"}},
    {"out", {"未返還・未破棄", "still out"}},
    {"result", {"検査の結果（持出しの有無）", "result (anything taken out?)"}},
    {"checker", {"検査者", "inspected by"}},
};

/* One person's day at one PC. */
struct day {
    int64_t number;    /* first second of the day in Japan */
    const char *person;
    unsigned ledger;
    int64_t last_s;
    uint64_t opened;
    unsigned copies, takeouts, out;
};

struct days {
    struct day *items;
    size_t count, cap;
    json_t *index;
};

static int64_t day_of(int64_t at_s)
{
    return at_s - (int64_t)say_second_of_day(at_s);
}

static struct day *day_at(struct days *d, int64_t at_s, const char *person, unsigned ledger)
{
    char key[SK_ID_MAX + 48];
    snprintf(key, sizeof key, "%" PRId64 " %u %s", day_of(at_s), ledger, person);
    const json_t *at = json_object_get(d->index, key);
    if (at && d->items) {
        struct day *known = &d->items[json_integer_value(at)];
        if (at_s > known->last_s)
            known->last_s = at_s;
        return known;
    }
    if (d->count == d->cap || !d->items) {
        size_t cap = d->cap ? d->cap * 2 : 64;
        struct day *more = reallocarray(d->items, cap, sizeof *more);
        if (!more)
            return NULL;
        d->items = more;
        d->cap = cap;
    }
    if (json_object_set_new(d->index, key, json_integer((json_int_t)d->count)) != 0)
        return NULL;
    struct day *fresh = &d->items[d->count++];
    *fresh = (struct day){.number = day_of(at_s), .person = person, .ledger = ledger, .last_s = at_s};
    return fresh;
}

static int count_accesses(const struct report_source *s, struct days *d)
{
    for (size_t i = 0; i < s->access_count; i++) {
        const struct report_access *a = &s->accesses[i];
        if (!report_in_range(s, a->at_s) || a->refused)
            continue;
        struct day *day = day_at(d, a->at_s, report_name(s, a->person), a->ledger);
        if (!day)
            return -ENOMEM;
        day->opened += a->count;
    }
    return 0;
}

static int count_cases(const struct report_source *s, const struct report_cases *cases, struct days *d)
{
    for (size_t i = 0; i < cases->count; i++) {
        const struct report_case *c = &cases->items[i];
        if (!report_case_went(c) || !report_in_range(s, c->at_s))
            continue;
        struct day *day = day_at(d, c->at_s, record_text(report_case_main(c), "person.id"), c->ledger);
        if (!day)
            return -ENOMEM;
        if (c->take_out)
            day->takeouts++;
        else
            day->copies++;
        day->out += !c->given_back && !c->disposal;
    }
    return 0;
}

static int by_day(const void *left, const void *right)
{
    const struct day *a = left, *b = right;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    int order = strcmp(a->person, b->person);
    return order ? order : (int)a->ledger - (int)b->ledger;
}

static void cell_number(struct report_paper *p, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, n);
    report_cell(p, text);
}

static void put_day(struct report_paper *p, const struct report_source *s, const struct day *d)
{
    char time[CLOCK_TIME_CAP], id[SK_ID_MAX + 1], date[CLOCK_TIME_CAP];
    autobuf struct buf day = {0}, end = {0}, who = {0};
    const char *name = report_person(s, d->person);
    clock_format(time, d->last_s, 0);
    clock_format_date(date, d->number);
    snprintf(id, sizeof id, "%.10s.%.48s", date, d->person);
    say_day(&day, d->number, p->japanese);
    unsigned minute = say_second_of_day(d->last_s) / 60;
    buf_printf(&end, p->japanese ? "%u時%02u分" : "%02u:%02u", minute / 60, minute % 60);
    buf_puts(&who, *name ? name : d->person);
    report_row_of(p, id);
    report_cell_buf(p, &day);
    report_cell_buf(p, &who);
    report_cell_buf(p, &end);
    report_cell(p, *report_host(s, d->ledger) ? report_host(s, d->ledger) : "-");
    cell_number(p, d->opened);
    cell_number(p, d->copies);
    cell_number(p, d->takeouts);
    cell_number(p, d->out);
    report_cell(p, NULL);
    report_cell(p, NULL);
    report_row_end(p);
}

int paper_inspection(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"days", {"作業終了時の検査", "inspections"}};
    autocases struct report_cases cases = {0};
    struct days d = {.index = json_object()};
    int r = d.index ? report_cases_read(s, &cases) : -ENOMEM;
    if (r == 0)
        r = count_accesses(s, &d);
    if (r == 0)
        r = count_cases(s, &cases, &d);
    if (r == 0 && d.count > 0)
        qsort(d.items, d.count, sizeof *d.items, by_day);
    report_table(p, &name, columns, array_count(columns));
    for (size_t i = 0; r == 0 && i < d.count; i++)
        put_day(p, s, &d.items[i]);
    json_decref(d.index);
    free(d.items);
    return r;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_access.c owns the review of the access log (ACC-4): who opened what how often, what was refused,
 * and what a reviewer should look at. It must never call an access harmless: it counts and shows. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "policy/deadline.h"
#include "record/record.h"
#include "report/papers.h"
#include "report/source.h"

#define ROWS_MAX      1000u /* of each table, on a page; csv and json have all */
#define BURST_FILES   30u   /* different files that one person opens */
#define BURST_SECONDS 60    /* within so long, by the clock */
#define MINUTE        60u

static const struct report_column person_columns[] = {
    {"person", {"氏名", "name"}},
    {"opened", {"開いた回数", "times opened"}},
    {"files", {"ファイル数", "files"}},
    {"refused", {"拒否", "refused"}},
    {"outside", {"時間外", "outside hours"}},
    {"first-times", {"初回の利用", "first-time accesses"}},
    {"first", {"最初", "first"}},
    {"last", {"最後", "last"}},
};
static const struct report_column file_columns[] = {
    {"person", {"氏名", "name"}}, {"file", {"ファイル", "file"}},      {"area", {"保護領域", "area"}},
    {"opened", {"回数", "times"}}, {"refused", {"拒否", "refused"}}, {"last", {"最後", "last"}},
};
static const struct report_column event_columns[] = {
    {"at", {"日時", "date and time"}}, {"person", {"氏名", "name"}},  {"file", {"ファイル", "file"}},
    {"reason", {"理由・内容", "reason, what"}}, {"pc", {"端末", "PC"}}, {"count", {"回数", "times"}},
};

struct review {
    const struct report_source *s;
    struct report_paper *p;
    struct report_access *sorted; /* all, by person, file, time */
    unsigned from_minute, to_minute; /* working hours, of the day in Japan */
    bool has_hours;
};

static int by_person_file(const void *left, const void *right)
{
    const struct report_access *a = left, *b = right;
    if (a->person != b->person)
        return a->person < b->person ? -1 : 1;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return a->at_s < b->at_s ? -1 : a->at_s > b->at_s;
}

/* "9:00" → minutes of the day; *at moves on. */
static bool read_clock(const char **at, unsigned *ret)
{
    unsigned part[2] = {0, 0};
    for (unsigned i = 0; i < 2; i++) {
        unsigned digits = 0;
        for (; **at >= '0' && **at <= '9' && digits < 2; digits++)
            part[i] = part[i] * 10 + (unsigned)(*(*at)++ - '0');
        if (digits == 0 || (i == 0 && *(*at)++ != ':'))
            return false;
    }
    *ret = part[0] * 60 + part[1];
    return part[0] <= 24 && part[1] <= 59;
}

/* "9:00-18:00" → minutes of the day. */
static bool read_hours(const char *text, unsigned *ret_from, unsigned *ret_to)
{
    if (!read_clock(&text, ret_from) || *text++ != '-' || !read_clock(&text, ret_to))
        return false;
    return *text == '\0' && *ret_from < *ret_to && *ret_to <= 24 * 60;
}

/* Saturdays, Sundays and national holidays are outside too. */
static bool is_outside(const struct review *v, int64_t at_s)
{
    unsigned minute = say_second_of_day(at_s) / MINUTE, day = say_weekday(at_s);
    return v->has_hours && (day == 0 || day == 6 || deadline_national_holiday(at_s) || minute < v->from_minute ||
                            minute >= v->to_minute);
}

/* The name of an id. */
static void say_who(struct buf *b, const struct report_source *s, uint32_t person)
{
    const char *id = report_name(s, person);
    const char *name = report_person(s, id);
    if (*name)
        buf_printf(b, "%s (%s)", name, id);
    else
        buf_puts(b, id);
}

static void cell_number(struct report_paper *p, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, n);
    report_cell(p, text);
}

static void cell_time(struct report_paper *p, int64_t at_s)
{
    char time[CLOCK_TIME_CAP];
    autobuf struct buf b = {0};
    if (at_s == 0) {
        report_cell_text(p, &report_none);
        return;
    }
    clock_format(time, at_s, 0);
    say_moment(&b, time, p->japanese);
    report_cell_buf(p, &b);
}

/* What one person did in the range. */
struct sums {
    uint64_t opened, files, refused, outside, first_times;
    int64_t first_s, last_s;
};

/* One run of accesses to one file by one person; they are in the order of time. */
static void add_run(const struct review *v, const struct report_access *run, size_t count, struct sums *sums)
{
    bool opened_before = false, opened = false;
    for (size_t i = 0; i < count; i++) {
        const struct report_access *a = &run[i];
        if (a->at_s < v->s->from_s) {
            opened_before |= !a->refused;
            continue;
        }
        if (a->at_s >= v->s->to_s)
            break;
        if (a->refused)
            sums->refused += a->count;
        else
            sums->opened += a->count;
        sums->outside += is_outside(v, a->at_s) ? a->count : 0;
        opened |= !a->refused;
        if (sums->first_s == 0 || a->at_s < sums->first_s)
            sums->first_s = a->at_s;
        if (a->at_s > sums->last_s)
            sums->last_s = a->at_s;
    }
    sums->files += opened;
    sums->first_times += opened && !opened_before;
}

static size_t run_length(const struct review *v, size_t at, bool whole_person)
{
    const struct report_access *first = &v->sorted[at];
    size_t end = at;
    while (end < v->s->access_count && v->sorted[end].person == first->person &&
           (whole_person || v->sorted[end].file == first->file))
        end++;
    return end - at;
}

static void put_persons(const struct review *v)
{
    static const struct report_column name = {"persons", {"利用者ごとの集計", "by person"}};
    report_table(v->p, &name, person_columns, array_count(person_columns));
    for (size_t at = 0, len; at < v->s->access_count; at += len) {
        struct sums sums = {0};
        autobuf struct buf who = {0};
        len = run_length(v, at, true);
        for (size_t i = at, run; i < at + len; i += run) {
            run = run_length(v, i, false);
            add_run(v, &v->sorted[i], run, &sums);
        }
        if (sums.last_s == 0)
            continue;
        say_who(&who, v->s, v->sorted[at].person);
        report_row_begin(v->p);
        report_cell_buf(v->p, &who);
        cell_number(v->p, sums.opened);
        cell_number(v->p, sums.files);
        cell_number(v->p, sums.refused);
        if (v->has_hours)
            cell_number(v->p, sums.outside);
        else
            report_cell(v->p, v->p->japanese ? "判定せず" : "not judged");
        cell_number(v->p, sums.first_times);
        cell_time(v->p, sums.first_s);
        cell_time(v->p, sums.last_s);
        report_row_end(v->p);
    }
}

static void put_files(const struct review *v)
{
    static const struct report_column name = {"files-opened", {"利用者・ファイルごとの回数", "by person and file"}};
    report_table(v->p, &name, file_columns, array_count(file_columns));
    report_prints(v->p, ROWS_MAX);
    for (size_t at = 0, len; at < v->s->access_count; at += len) {
        struct sums sums = {0};
        autobuf struct buf who = {0};
        len = run_length(v, at, false);
        add_run(v, &v->sorted[at], len, &sums);
        if (sums.last_s == 0)
            continue;
        say_who(&who, v->s, v->sorted[at].person);
        report_row_begin(v->p);
        report_cell_buf(v->p, &who);
        report_cell(v->p, *report_name(v->s, v->sorted[at].file) ? report_name(v->s, v->sorted[at].file)
                          : v->p->japanese ? "（不明）" : "(unknown)");
        report_cell(v->p, *report_name(v->s, v->sorted[at].area) ? report_name(v->s, v->sorted[at].area)
                          : v->p->japanese ? "（不明）" : "(unknown)");
        cell_number(v->p, sums.opened);
        cell_number(v->p, sums.refused);
        cell_time(v->p, sums.last_s);
        report_row_end(v->p);
    }
}

static void put_event(const struct review *v, const struct report_access *a, const char *file,
                      const char *reason, uint64_t count)
{
    autobuf struct buf who = {0};
    say_who(&who, v->s, a->person);
    report_row_begin(v->p);
    cell_time(v->p, a->at_s);
    report_cell_buf(v->p, &who);
    report_cell(v->p, *file ? file : v->p->japanese ? "（不明）" : "(unknown)");
    report_cell(v->p, reason);
    report_cell(v->p, *report_host(v->s, a->ledger) ? report_host(v->s, a->ledger) : "-");
    cell_number(v->p, count);
    report_row_end(v->p);
}

/* Reasons of refusals, as people read them on a form. */
static const struct {
    const char *name;
    struct report_text text;
} reasons[] = {
    {"no-policy", {"有効な方針がない", "no valid policy"}},
    {"policy-expired", {"方針の有効期限切れ", "the policy had expired"}},
    {"no-area", {"方針にない領域", "not an area of the policy"}},
    {"contract-ended", {"契約の終了後", "after the contract's end"}},
    {"contract-not-begun", {"契約の開始前", "before the contract's start"}},
    {"not-on-roster", {"名簿にない者", "not on the roster"}},
    {"not-for-area", {"この領域の担当でない者", "not assigned to the area"}},
    {"not-trained", {"研修の記録がない者", "no training on record"}},
    {"not-pledged", {"誓約の記録がない者", "no pledge on record"}},
    {"suspended", {"停止中の者", "suspended"}},
    {"mixed-identity", {"複数の利用者の権限で動くプログラム", "more than one user id"}},
    {"not-listed", {"許可されていないプログラム", "application not listed"}},
    {"not-root-owned", {"システムのものでないプログラム", "program not the system's own"}},
    {"code-made", {"ファイルにない命令を動かすプログラム", "code that lies in no file"}},
    {"not-in-room", {"専用の部屋の外からの利用", "outside of the room"}},
    {"unidentified", {"プログラムを特定できない", "could not be identified"}},
    {"ledger-behind", {"記録できなかった", "could not be recorded"}},
    {"remote", {"作業場所の外からの操作", "from outside the place of work"}},
    {"guard-replaced", {"監視の交代中", "the guard was being replaced"}},
};

static const char *reason_text(const char *name, bool japanese)
{
    for (size_t i = 0; i < array_count(reasons); i++)
        if (str_eq(reasons[i].name, name))
            return report_in(&reasons[i].text, japanese);
    return *name ? name : "-";
}

/* Accesses in the range that the test picks, as rows of their own. */
static void put_picked(const struct review *v, const struct report_column *name,
                       bool (*picks)(const struct review *, const struct report_access *),
                       const char *what)
{
    report_table(v->p, name, event_columns, array_count(event_columns));
    report_prints(v->p, ROWS_MAX);
    for (size_t i = 0; i < v->s->access_count; i++) {
        const struct report_access *a = &v->s->accesses[i];
        if (!report_in_range(v->s, a->at_s) || !picks(v, a))
            continue;
        put_event(v, a, report_name(v->s, a->file),
                  what ? what : reason_text(report_name(v->s, a->reason), v->p->japanese), a->count);
    }
}

static bool picks_refused(const struct review *v, const struct report_access *a)
{
    (void)v;
    return a->refused;
}

static bool picks_outside(const struct review *v, const struct report_access *a)
{
    return !a->refused && is_outside(v, a->at_s);
}

/* The first time that a person opened a file which they had not opened before the range. */
static void put_first_times(const struct review *v)
{
    static const struct report_column name = {"first-times", {"初めて開いたファイル", "first-time accesses"}};
    report_table(v->p, &name, event_columns, array_count(event_columns));
    report_prints(v->p, ROWS_MAX);
    for (size_t at = 0, len; at < v->s->access_count; at += len) {
        struct sums sums = {0};
        len = run_length(v, at, false);
        add_run(v, &v->sorted[at], len, &sums);
        if (sums.first_times == 0)
            continue;
        for (size_t i = at; i < at + len; i++) {
            const struct report_access *a = &v->sorted[i];
            if (a->refused || !report_in_range(v->s, a->at_s))
                continue;
            put_event(v, a, report_name(v->s, a->file), v->p->japanese ? "期間の前に記録なし" : "not before the range",
                      sums.opened);
            break;
        }
    }
}

/* Of the accesses of one minute, in the order of person and file: each person's different files. */
static void put_minute(const struct review *v, const struct report_access *minute, size_t count)
{
    for (size_t at = 0, end; at < count; at = end) {
        uint64_t files = 0;
        for (end = at; end < count && minute[end].person == minute[at].person; end++)
            files += end == at || minute[end].file != minute[end - 1].file;
        if (files >= BURST_FILES)
            put_event(v, &minute[at], v->p->japanese ? "（複数）" : "(several)",
                      v->p->japanese ? "1分間に30以上のファイル" : "30 or more files in one minute", files);
    }
}

/* Minutes in which somebody opened many different files. */
static int put_bursts(const struct review *v)
{
    static const struct report_column name = {"bursts", {"短時間に多数のファイルを開いたもの",
                                                         "many files in a short time"}};
    const struct report_access *all = v->s->accesses;
    autofree struct report_access *minute = calloc(v->s->access_count + 1, sizeof *minute);
    if (!minute)
        return -ENOMEM;
    report_table(v->p, &name, event_columns, array_count(event_columns));
    report_prints(v->p, ROWS_MAX);
    for (size_t at = 0, end; at < v->s->access_count; at = end) {
        size_t count = 0;
        for (end = at; end < v->s->access_count && all[end].at_s / BURST_SECONDS == all[at].at_s / BURST_SECONDS;
             end++)
            if (!all[end].refused && report_in_range(v->s, all[end].at_s))
                minute[count++] = all[end];
        if (count >= BURST_FILES) {
            qsort(minute, count, sizeof *minute, by_person_file);
            put_minute(v, minute, count);
        }
    }
    return 0;
}

/* Work at the other end of a remote login. */
static void put_remote(const struct review *v)
{
    static const struct report_column name = {"remote", {"作業場所の外からの利用", "from outside the place of work"}};
    report_table(v->p, &name, event_columns, array_count(event_columns));
    report_prints(v->p, ROWS_MAX);
    for (size_t i = 0; i < v->s->count; i++) {
        const struct report_record *r = &v->s->records[i];
        autobuf struct buf who = {0};
        if (!str_eq(r->kind, "room") || !record_flag(r->record, "remote") || !report_in_range(v->s, r->at_s))
            continue;
        say_person(&who, record_member(r->record, "person"));
        report_row_begin(v->p);
        cell_time(v->p, r->at_s);
        report_cell_buf(v->p, &who);
        report_cell(v->p, record_text(r->record, "area"));
        report_cell(v->p, v->p->japanese ? "リモートログインからの作業" : "work over a remote login");
        report_cell(v->p, *report_host(v->s, r->ledger) ? report_host(v->s, r->ledger) : "-");
        cell_number(v->p, 1);
        report_row_end(v->p);
    }
}

/* What the policy says holds where nobody fills in other hours. */
static void put_hours(struct review *v)
{
    char said[sizeof "00:00-24:00" + 16];
    const struct policy_hours *policy = v->s->policy ? &v->s->policy->work.hours : NULL;
    static const struct report_column hours = {"hours", {"業務時間（平日）", "working hours (weekdays)"}};
    const char *text = json_string_value(json_object_get(v->s->entries, "hours"));
    if (!text && policy && policy->to > 0) {
        snprintf(said, sizeof said, "%02u:%02u-%02u:%02u", policy->from / 60 % 100, policy->from % 60,
                 policy->to / 60 % 100, policy->to % 60);
        text = said;
    }
    v->has_hours = text && read_hours(text, &v->from_minute, &v->to_minute);
    report_field(v->p, &hours, v->has_hours ? text : NULL);
    if (text && !v->has_hours)
        report_note(v->p, "業務時間は 9:00-18:00 のように記入する。", "Working hours are written as 9:00-18:00.");
}

int paper_access(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column refused = {"refused", {"拒否された利用", "refused"}};
    static const struct report_column outside = {"outside", {"業務時間の外の利用", "outside of working hours"}};
    static const struct report_column remarks = {"remarks", {"確認の結果・所見", "result of the review"}};
    struct review v = {.s = s, .p = p};
    v.sorted = calloc(s->access_count + 1, sizeof *v.sorted);
    if (!v.sorted)
        return -ENOMEM;
    if (s->access_count > 0)
        memcpy(v.sorted, s->accesses, s->access_count * sizeof *v.sorted);
    qsort(v.sorted, s->access_count, sizeof *v.sorted, by_person_file);
    put_hours(&v);
    report_field(p, &remarks, NULL);
    put_persons(&v);
    put_picked(&v, &refused, picks_refused, NULL);
    put_picked(&v, &outside, picks_outside, p->japanese ? "業務時間外" : "outside hours");
    put_remote(&v);
    int r = put_bursts(&v);
    put_first_times(&v);
    put_files(&v);
    report_note(p, "土曜日、日曜日及び国民の祝日は、業務時間の外とした。",
                "Saturdays, Sundays and national holidays count as outside of working hours.");
    free(v.sorted);
    return r;
}

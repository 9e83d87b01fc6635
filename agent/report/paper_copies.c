/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_copies.c owns the copy ledger (複製履歴, REC-1) and the take-out ledger (持出履歴, REC-2): their
 * seven and eight fields, none more. It must never leave out a copy because it was not permitted. */
#include <errno.h>
#include <inttypes.h>
#include <sekisho/record.h>
#include <stdio.h>
#include "base/str.h"
#include "record/record.h"
#include "report/cases.h"
#include "report/papers.h"

static const struct report_text not_yet = {"未破棄（保管中）", "not destroyed (kept)"};
static const struct report_text not_back = {"未返還", "not returned"};
static const struct report_text given_back = {"返還済み", "returned"};
static const struct report_text delivered = {"委託者に引渡し済み", "the client has it"};
static const struct report_text is_lost = {"紛失（インシデント記録のとおり）", "lost (see the incident)"};

static const struct report_column copy_columns[] = {
    {"at", {"①複製日時", "(1) date and time"}},
    {"person", {"②複製者の名前", "(2) name"}},
    {"permission", {"③複製許可の有無（許可者の名前）", "(3) permission (by whom)"}},
    {"content", {"④複製情報の内容", "(4) what was copied"}},
    {"purpose", {"⑤複製目的・用途", "(5) purpose, use"}},
    {"kept", {"⑥複製物の保管場所・方法", "(6) where and how the copy is kept"}},
    {"disposal", {"⑦複製物を破棄した場合は、その日時・方法及びその証明資料",
                  "(7) if destroyed: when, how, proof"}},
};

static const struct report_column takeout_columns[] = {
    {"at", {"①持出日時", "(1) date and time"}},
    {"person", {"②持出者の名前", "(2) name"}},
    {"permission", {"③持出許可の有無（許可者の名前）", "(3) permission (by whom)"}},
    {"content", {"④持出情報の内容", "(4) what was taken out"}},
    {"purpose", {"⑤持出目的・用途", "(5) purpose, use"}},
    {"kept", {"⑥持出情報の保管場所・方法", "(6) where and how it is kept"}},
    {"return", {"⑦持出情報を返還した場合は、その日時・方法及びその証明資料",
                "(7) if returned: when, how, proof"}},
    {"disposal", {"⑧持出情報を破棄した場合は、その日時・方法及びその証明資料",
                  "(8) if destroyed: when, how, proof"}},
};

static void put_remote(struct report_paper *p, const struct report_source *s, const struct report_record *r)
{
    static const struct report_text kept = {"端末内の保護領域（外へ移していない）", "in the PC's area (not moved)"},
                                    no_end = {"対象外（移していない）", "none (not moved)"};
    autobuf struct buf at = {0}, who = {0}, content = {0};
    const struct policy_area *area = report_area(s, record_text(r->record, "area"));
    char id[SK_ID_MAX + 1];
    snprintf(id, sizeof id, "remote-%" PRIu64, r->seq);
    say_moment(&at, record_text(r->record, "at"), p->japanese);
    say_person(&who, record_member(r->record, "person"));
    buf_puts(&content, id);
    if (*report_host(s, r->ledger))
        buf_printf(&content, p->japanese ? "、端末 %s" : ", PC %s", report_host(s, r->ledger));
    say_line(&content, area && *area->label ? area->label : record_text(r->record, "area"));
    report_row_of(p, id);
    report_cell_buf(p, &at);
    report_cell_buf(p, &who);
    report_cell(p, NULL);
    report_cell_buf(p, &content);
    report_cell(p, NULL);
    report_cell_text(p, &kept);
    report_cell_text(p, &no_end);
    report_cell_text(p, &no_end);
    report_row_end(p);
}

/* Whoever works in a room from another PC takes out what is in it [003 3-3(7)]: a row for each such room. Who
 * permitted it, and what for, no record says. */
static int put_remotes(struct report_paper *p, const struct report_source *s)
{
    static const struct report_column name = {"remote", {"作業場所の外からの、通信回線による利用",
                                                         "reached from outside over a line"}};
    autojson json_t *seen = json_object();
    for (size_t i = 0; i < s->count; i++) {
        const struct report_record *r = &s->records[i];
        char key[SK_ID_MAX + 24];
        if (!str_eq(r->kind, SK_KIND_ROOM) || !record_flag(r->record, "remote") || !report_in_range(s, r->at_s) ||
            !str_eq(record_text(r->record, "phase"), "started"))
            continue;
        snprintf(key, sizeof key, "%u %s", r->ledger, record_text(r->record, "room"));
        if (json_object_get(seen, key))
            continue;
        if (json_object_size(seen) == 0)
            report_table(p, &name, takeout_columns, array_count(takeout_columns));
        if (json_object_set_new(seen, key, json_true()) != 0)
            return -ENOMEM;
        put_remote(p, s, r);
    }
    return 0;
}

static int build(const struct report_source *s, struct report_paper *p, bool take_out,
                 const struct report_column *name, const struct report_column *columns, size_t count)
{
    autocases struct report_cases cases = {0};
    int r = report_cases_read(s, &cases);
    if (r != 0)
        return r;
    report_table(p, name, columns, count);
    for (size_t i = 0; i < cases.count; i++) {
        const struct report_case *c = &cases.items[i];
        if (c->take_out != take_out || !report_case_went(c) || !report_in_range(s, c->at_s))
            continue;
        report_row_begin(p);
        report_case_cells(p, s, c);
        if (take_out)
            report_end_cell(p, c->given_back, c->lost ? &is_lost : c->disposal ? &report_none
                                               : c->delivered ? &delivered : &not_back);
        report_end_cell(p, c->disposal, c->lost         ? &is_lost
                                        : c->delivered ? &delivered
                                        : c->given_back ? &given_back
                                                        : &not_yet);
        report_row_end(p);
    }
    if (take_out)
        r = put_remotes(p, s);
    report_files_annex(p, s, &cases, take_out);
    return r;
}

int paper_copies(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"copies", {"複製履歴", "copies"}};
    return build(s, p, false, &name, copy_columns, array_count(copy_columns));
}

int paper_takeouts(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column name = {"takeouts", {"持出履歴", "take-outs"}};
    return build(s, p, true, &name, takeout_columns, array_count(takeout_columns));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper_plan.c owns 別添1 and 別添2 (DSP-2): what is to become, and became, of everything in the register.
 * The form is the contract's. It must never give a day of completion while something is left. */
#include <errno.h>
#include <sekisho/record.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"
#include "report/papers.h"
#include "report/register.h"

static const struct report_column columns[] = {
    {"kind", {"情報の種類（注１）", "kind of information (1)"}},
    {"store", {"情報の保存場所（注２）", "where it is (2)"}},
    {"method", {"作業の方法（注３）", "method (3)"}},
    {"check", {"作業の確認方法", "how it is checked"}},
    {"person", {"作業実施者", "done by"}},
    {"checker", {"作業確認者", "checked by"}},
};
static const struct report_column table = {"media", {"１　情報の保存媒体", "1 media"}};

/* One row: everything with the same five cells. */
struct group {
    const struct report_text *kind, *store;
    struct buf place, method, check, person, checker;
    size_t count;
};

struct groups {
    struct group *items;
    size_t count, cap;
};

static void group_clear(struct group *g)
{
    struct buf *const bufs[] = {&g->place, &g->method, &g->check, &g->person, &g->checker};
    for (size_t i = 0; i < array_count(bufs); i++)
        buf_free(bufs[i]);
}

static void groups_free(struct groups *g)
{
    for (size_t i = 0; i < g->count; i++)
        group_clear(&g->items[i]);
    free(g->items);
}

static bool same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static bool same_group(const struct group *a, const struct group *b)
{
    return a->kind == b->kind && str_eq(a->store->ja, b->store->ja) && same(&a->place, &b->place) &&
           same(&a->method, &b->method) && same(&a->check, &b->check) && same(&a->person, &b->person) &&
           same(&a->checker, &b->checker);
}

/* The person who answers for the contract's areas, where the policy names one only. */
static const struct policy_person *manager_of(const struct report_source *s)
{
    const struct policy_person *found = NULL;
    for (size_t i = 0; s->policy && i < s->policy->person_count; i++) {
        const struct policy_person *p = &s->policy->persons[i];
        if (!(p->roles & POLICY_MANAGER) || p->suspended)
            continue;
        if (found)
            return NULL;
        found = p;
    }
    return found;
}

static void describe_place(struct buf *b, const struct report_source *s, const struct report_item *item,
                           bool japanese)
{
    autobuf struct buf how = {0};
    report_item_place(b, &how, s, item, japanese);
}

static void put_manager(struct buf *b, const struct report_source *s)
{
    const struct policy_person *manager = manager_of(s);
    if (manager)
        buf_puts(b, manager->name);
}

static void plan_group(struct group *g, const struct report_source *s, const struct report_item *item)
{
    const char *how = report_item_text(item, "return-how");
    const struct policy_area *area = report_area(s, record_text(item->first, "area"));
    bool inside = !item->copy || item->copy->found;
    buf_puts(&g->method, *how ? how : area && inside ? area->disposal : "");
    const json_t *handler = report_item_member(item, "handler");
    say_person(&g->person, handler ? handler : record_member(item->first, "person"));
    put_manager(&g->checker, s);
}

/* 返却 stands for every return; other methods as they were recorded. */
static void done_group(struct group *g, const struct report_item *item, bool japanese)
{
    const json_t *end = item->end;
    if (!end)
        return;
    const char *method = record_text(end, "method"), *by = record_text(end, "done-by");
    if (item->returned)
        buf_puts(&g->method, japanese ? "返却" : "return");
    else
        buf_puts(&g->method, say_method(method, japanese));
    const char *proof = record_text(end, "proof.text");
    const char *file = record_text(end, "proof.file"), *sha256 = record_text(end, "proof.sha256");
    if (*proof || *file)
        buf_puts(&g->check, *proof ? proof : japanese ? "証明資料による" : "by documents");
    else if (record_flag(end, "verified") || *sha256)
        buf_puts(&g->check, japanese ? "読み戻しによる検査" : "read back");
    if (*by)
        buf_puts(&g->person, by);
    else
        say_person(&g->person, record_member(end, "person"));
    const json_t *second = record_member(end, "second"), *witness = record_member(end, "witness");
    if (item->checked && str_eq(record_text(item->checked, "what"), "end"))
        say_person(&g->checker, record_member(item->checked, "person"));
    else if (json_is_object(second))
        say_person(&g->checker, second);
    else if (*record_text(witness, "name"))
        say_person(&g->checker, witness);
}

/* Takes what g holds. */
static int add_group(struct groups *all, struct group *g)
{
    for (size_t i = 0; i < all->count; i++)
        if (same_group(&all->items[i], g)) {
            all->items[i].count++;
            group_clear(g);
            return 0;
        }
    if (all->count == all->cap) {
        size_t cap = all->cap ? all->cap * 2 : 16;
        struct group *more = reallocarray(all->items, cap, sizeof *more);
        if (!more) {
            group_clear(g);
            return -ENOMEM;
        }
        all->items = more;
        all->cap = cap;
    }
    all->items[all->count++] = *g;
    return 0;
}

static void put_group(struct report_paper *p, const struct group *g, size_t number)
{
    char id[24];
    autobuf struct buf store = {0};
    snprintf(id, sizeof id, "%zu", number);
    buf_puts(&store, report_in(g->store, p->japanese));
    if (g->place.len)
        say_line(&store, g->place.data);
    buf_printf(&store, p->japanese ? "\n（%zu件）" : "\n(%zu)", g->count);
    report_row_of(p, id);
    report_cell_text(p, g->kind);
    report_cell_buf(p, &store);
    report_cell_buf(p, &g->method);
    report_cell_buf(p, &g->check);
    report_cell_buf(p, &g->person);
    report_cell_buf(p, &g->checker);
    report_row_end(p);
}

static void put_notes(struct report_paper *p)
{
    report_note(p, "（注１）紙媒体又は電磁的記録媒体の別。", "(1) paper or electronic medium.");
    report_note(p, "（注２）キャビネット、外部電磁的記録媒体（CD-R、USBメモリ等）、端末、サーバ装置などの別。",
                "(2) cabinet, external medium (CD-R, USB stick, …), PC, server, ….");
    report_note(p, "（注３）返却か、焼却、溶解、裁断、消去（データ抹消ソフトウェア）などの別。",
                "(3) return, or burning, dissolving, shredding, erasure (by software), ….");
}

static void note_lost(struct report_paper *p, size_t count)
{
    autobuf struct buf ja = {0}, en = {0};
    if (count == 0)
        return;
    buf_printf(&ja, "紛失した%zu件は作業の対象に含まない（インシデントの報告のとおり）。", count);
    buf_printf(&en, "Lost, not among these, see the reports of incidents: %zu.", count);
    if (!ja.err && !en.err)
        report_note(p, ja.data, en.data);
}

static int put_rows(const struct report_source *s, struct report_paper *p, bool done,
                    int64_t *ret_last_s, size_t *ret_left)
{
    autoregister struct report_register g = {0};
    struct groups all __attribute__((cleanup(groups_free))) = {0};
    size_t lost = 0;
    int r = report_register_read(s, &g);
    for (size_t i = 0; r == 0 && i < g.count; i++) {
        const struct report_item *item = &g.items[i];
        struct group group = {.kind = report_item_kind(item), .store = report_item_store(item), .count = 1};
        int64_t at = 0;
        lost += item->lost && !item->end;
        if ((!done && item->end) || (item->lost && !item->end))
            continue;
        describe_place(&group.place, s, item, p->japanese);
        if (done)
            done_group(&group, item, p->japanese);
        else
            plan_group(&group, s, item);
        if (item->end && clock_parse_time(record_text(item->end, "at"), &at) == 0 && at > *ret_last_s)
            *ret_last_s = at;
        *ret_left += done && !item->end;
        r = add_group(&all, &group);
    }
    for (size_t i = 0; r == 0 && i < all.count; i++)
        put_group(p, &all.items[i], i + 1);
    note_lost(p, lost);
    return r;
}

static void put_title(const struct report_source *s, struct report_paper *p, bool done)
{
    autobuf struct buf ja = {0}, en = {0};
    const char *business = record_text(s->announced, "title");
    buf_printf(&ja, "%s%sに係る情報の返却又は廃棄若しくは抹消に係る%s", business,
               strlen(business) >= 6 && str_eq(business + strlen(business) - 6, "業務") ? "" : "業務",
               done ? "作業完了報告書" : "作業実施計画書");
    buf_printf(&en, "%s of the return, disposal or erasure of information: %s",
               done ? "Report on completion" : "Plan", business);
    if (!ja.err && !en.err)
        report_title(p, ja.data, en.data);
}

int paper_plan(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column opening = {"opening", {"前文", "opening"}},
                                      complete = {"complete", {"２　全ての作業が完了する予定日",
                                                               "2 all will be done on"}};
    int64_t last = 0;
    size_t left = 0;
    put_title(s, p, false);
    report_field(p, &opening, p->japanese ? "受領した情報及び作成した情報について、返却、廃棄又は抹消の作業を"
                                            "次のように計画したので、承認を願います。"
                                          : "The return, disposal and erasure of what was received and made is "
                                            "planned as follows; please approve.");
    report_table(p, &table, columns, array_count(columns));
    int r = put_rows(s, p, false, &last, &left);
    report_field(p, &complete, NULL);
    put_notes(p);
    return r;
}

int paper_completion(const struct report_source *s, struct report_paper *p)
{
    static const struct report_column opening = {"opening", {"前文", "opening"}},
                                      complete = {"complete", {"２　全ての作業が完了した日",
                                                               "2 all was done on"}};
    autobuf struct buf day = {0};
    int64_t last = 0;
    size_t left = 0;
    put_title(s, p, true);
    report_field(p, &opening, p->japanese ? "受領した情報及び作成した情報について、返却、廃棄又は抹消の作業を"
                                            "次のとおり終えたことを報告します。"
                                          : "The return, disposal and erasure of what was received and made was "
                                            "done as follows.");
    report_table(p, &table, columns, array_count(columns));
    int r = put_rows(s, p, true, &last, &left);
    if (left == 0 && last > 0)
        say_day(&day, last, p->japanese);
    report_field_buf(p, &complete, &day);
    put_notes(p);
    return r;
}

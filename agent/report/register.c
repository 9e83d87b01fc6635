/* SPDX-License-Identifier: GPL-3.0-or-later */
/* register.c owns how records become the data register. It must never drop an entry because it is
 * closed, or call one closed without the record that closed it. */
#include "report/register.h"
#include <errno.h>
#include <inttypes.h>
#include <sekisho/record.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"

#define ITEMS_STEP     64 /* that the table grows by */
#define NAMES_SHOWN    3  /* of a receipt's or case's files */
#define KIND_ITEM      "item"
#define KIND_ERASURE   "erasure"
#define KIND_HANDOVER  "handover"

static void key_of(char *ret, size_t cap, unsigned ledger, const char *id)
{
    snprintf(ret, cap, "%u %s", ledger, id);
}

static struct report_item *find(const struct report_register *g, unsigned ledger, const char *id)
{
    char key[SK_ID_MAX + 16];
    key_of(key, sizeof key, ledger, id);
    const json_t *at = *id ? json_object_get(g->index, key) : NULL;
    return at ? &g->items[json_integer_value(at)] : NULL;
}

static struct report_item *add(struct report_register *g, unsigned ledger, const char *id,
                               const json_t *first, int64_t at_s)
{
    char key[SK_ID_MAX + 16];
    if (g->count == g->cap || !g->items) {
        size_t cap = g->cap + ITEMS_STEP + g->cap / 2;
        struct report_item *more = reallocarray(g->items, cap, sizeof *more);
        if (!more)
            return NULL;
        g->items = more;
        g->cap = cap;
    }
    key_of(key, sizeof key, ledger, id);
    if (*id && json_object_set_new(g->index, key, json_integer((json_int_t)g->count)) != 0)
        return NULL;
    struct report_item *item = &g->items[g->count++];
    *item = (struct report_item){.id = id, .ledger = ledger, .first = first, .at_s = at_s,
                                 .specific = record_flag(first, "specific-personal")};
    return item;
}

/* Cases and copies that were found: what left, or may have. */
static int add_copies(const struct report_source *s, struct report_register *g)
{
    int r = report_cases_read(s, &g->cases);
    for (size_t i = 0; r == 0 && i < g->cases.count; i++) {
        const struct report_case *c = &g->cases.items[i];
        if (!report_case_went(c))
            continue;
        const char *id = *c->id ? c->id : record_text(c->request, "copy");
        struct report_item *item = add(g, c->ledger, id, c->request, c->at_s);
        if (!item)
            return -ENOMEM;
        item->copy = c;
        item->lost = c->lost != NULL;
        item->end = c->disposal ? c->disposal : c->given_back;
        item->returned = !c->disposal && c->given_back;
    }
    return r;
}

static enum report_form form_of(const json_t *record)
{
    const char *form = record_text(record, "form");
    return str_eq(form, "paper") ? FORM_PAPER : str_eq(form, "medium") ? FORM_MEDIUM : FORM_ELECTRONIC;
}

static void check(struct report_item *item, const json_t *record)
{
    if (*record_text(record, "second.id") || *record_text(record, "second.name"))
        item->second = record;
    else
        item->checked = record;
}

static int take_item(struct report_register *g, const struct report_record *r)
{
    const char *id = record_text(r->record, "item"), *phase = record_text(r->record, "phase");
    struct report_item *item = find(g, r->ledger, id);
    if (!item) {
        item = add(g, r->ledger, id, r->record, r->at_s);
        if (!item)
            return -ENOMEM;
        item->form = form_of(r->record);
    }
    if (str_eq(phase, "checked")) {
        check(item, r->record);
        return 0;
    }
    item->latest = r->record;
    item->specific |= record_flag(r->record, "specific-personal");
    if (str_eq(phase, "returned") || str_eq(phase, "destroyed") ||
        (str_eq(phase, "given") && record_flag(r->record, "to-client"))) {
        item->end = r->record;
        item->returned = !str_eq(phase, "destroyed");
    }
    return 0;
}

/* What the client has received is theirs: it ends with that. */
static void take_handover(struct report_register *g, const struct report_record *r)
{
    if (!str_eq(record_text(r->record, "phase"), "received") || !record_flag(r->record, "to-client"))
        return;
    const char *named[] = {record_text(r->record, "item"), record_text(r->record, "case")};
    for (size_t i = 0; i < array_count(named); i++) {
        struct report_item *item = find(g, r->ledger, named[i]);
        if (item && !item->end) {
            item->end = r->record;
            item->returned = true;
        }
    }
}

/* What an erased thing held is gone with it. */
static void take_erasure(struct report_register *g, const struct report_record *r)
{
    const char *kind = record_text(r->record, "object.kind"), *area = record_text(r->record, "object.id");
    if (!*area)
        area = record_text(r->record, "object.name");
    if (!str_eq(record_text(r->record, "phase"), "done"))
        return;
    const char *named[] = {record_text(r->record, "item"), record_text(r->record, "case")};
    for (size_t i = 0; i < array_count(named); i++) {
        struct report_item *item = find(g, r->ledger, named[i]);
        /* one file does not end what has several: that has a record of its own */
        bool whole = !str_eq(kind, "file") || (item && str_eq(record_text(item->first, "kind"), KIND_ITEM));
        if (item && !item->end && whole)
            item->end = r->record;
    }
    for (size_t i = 0; str_eq(kind, "area") && g->items && i < g->count; i++) {
        struct report_item *item = &g->items[i];
        bool inside = str_eq(record_text(item->first, "kind"), SK_KIND_RECEIVE) ||
                      (item->copy && item->copy->found);
        if (inside && item->ledger == r->ledger && !item->end &&
            str_eq(record_text(item->first, "area"), area))
            item->end = r->record;
    }
}

static int by_time(const void *left, const void *right)
{
    const struct report_item *a = left, *b = right;
    return a->at_s < b->at_s ? -1 : a->at_s > b->at_s;
}

int report_register_read(const struct report_source *s, struct report_register *ret)
{
    ret->index = json_object();
    int r = ret->index ? add_copies(s, ret) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < s->count; i++) {
        const struct report_record *record = &s->records[i];
        if (str_eq(record->kind, SK_KIND_RECEIVE) && str_eq(record_text(record->record, "phase"), "done"))
            r = add(ret, record->ledger, record_text(record->record, "receipt"), record->record,
                    record->at_s)
                    ? 0
                    : -ENOMEM;
        else if (str_eq(record->kind, KIND_ITEM))
            r = take_item(ret, record);
        else if (str_eq(record->kind, KIND_HANDOVER))
            take_handover(ret, record);
        else if (str_eq(record->kind, KIND_ERASURE))
            take_erasure(ret, record);
        else if (str_eq(record->kind, "lost")) {
            struct report_item *item = find(ret, record->ledger, record_text(record->record, "item"));
            if (item)
                item->lost = true;
        }
    }
    if (r == 0 && ret->items)
        qsort(ret->items, ret->count, sizeof *ret->items, by_time);
    return r;
}

void report_register_free(struct report_register *r)
{
    free(r->items);
    report_cases_free(&r->cases);
    json_decref(r->index);
    *r = (struct report_register){0};
}

const char *report_item_text(const struct report_item *item, const char *member)
{
    const char *text = record_text(item->latest, member);
    return *text ? text : record_text(item->first, member);
}

const json_t *report_item_member(const struct report_item *item, const char *member)
{
    const json_t *value = record_member(item->latest, member);
    return value ? value : record_member(item->first, member);
}

void report_item_name(struct buf *b, const struct report_item *item, bool japanese)
{
    const json_t *files = record_member(item->first, "content.files");
    size_t count = json_array_size(files);
    int64_t all = record_number(item->first, "content.count");
    say_line(b, report_item_text(item, "name"));
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++)
        say_line(b, record_text(json_array_get(files, i), "name"));
    if (all > (int64_t)(count < NAMES_SHOWN ? count : NAMES_SHOWN) && (count > NAMES_SHOWN || count == 0))
        buf_printf(b, japanese ? "%s計%" PRId64 "件" : "%s%" PRId64 " in all", b->len ? "\n" : "", all);
    int64_t pieces = record_number(item->first, "count");
    if (pieces > 1)
        buf_printf(b, japanese ? "\n数量 %" PRId64 : "\ncount %" PRId64, pieces);
    if (item->copy)
        buf_puts(b, item->copy->take_out ? (japanese ? "\n（持出し）" : "\n(take-out)")
                                         : (japanese ? "\n（複製）" : "\n(copy)"));
    if (*item->id)
        say_line(b, item->id);
}

void report_item_place(struct buf *where, struct buf *how, const struct report_source *s,
                       const struct report_item *item, bool japanese)
{
    const json_t *kept = report_item_member(item, "kept");
    const struct policy_area *area = report_area(s, record_text(item->first, "area"));
    if (json_is_object(kept)) {
        say_line(where, record_text(kept, "where"));
        say_line(how, record_text(kept, "how"));
    } else if (json_is_string(kept)) {
        say_line(where, record_text(item->first, "destination.label"));
        say_line(how, json_string_value(kept));
    }
    bool inside = !item->copy || item->copy->found;
    if (where->len || !inside || !*record_text(item->first, "area"))
        return;
    say_line(where, area && *area->label ? area->label : record_text(item->first, "area"));
    if (*report_host(s, item->ledger))
        buf_printf(where, japanese ? "\n端末 %s" : "\nPC %s", report_host(s, item->ledger));
    if (area && *area->kept)
        say_line(where, area->kept);
    if (!how->len && area)
        say_line(how, area->backing == POLICY_LUKS
                          ? (japanese ? "暗号化した保護領域" : "encrypted protected area")
                          : (japanese ? "保護領域" : "protected area"));
}

const struct report_text *report_item_kind(const struct report_item *item)
{
    static const struct report_text paper = {"紙媒体", "paper"}, medium = {"電磁的記録媒体", "electronic medium"};
    return item->form == FORM_PAPER ? &paper : &medium;
}

const struct report_text *report_item_store(const struct report_item *item)
{
    static const struct report_text cabinet = {"キャビネット", "cabinet"},
                                    medium = {"外部電磁的記録媒体（CD-R、USBメモリ等）",
                                              "external medium (CD-R, USB stick, …)"},
                                    terminal = {"端末", "PC"};
    if (item->form == FORM_PAPER)
        return &cabinet;
    bool outside = item->form == FORM_MEDIUM ||
                   str_eq(record_text(item->first, "destination.kind"), "medium");
    return outside ? &medium : &terminal;
}

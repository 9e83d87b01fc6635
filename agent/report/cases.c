/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cases.c owns how records become the rows of the contracts' ledgers. It must never fill a field that
 * no record supports. */
#include "report/cases.h"
#include <errno.h>
#include <inttypes.h>
#include <sekisho/record.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "record/record.h"

#define CASES_STEP    64 /* that the table grows by */
#define FILES_IN_CELL 5  /* more stand in the annex */

static void key_of(char *ret, size_t cap, unsigned ledger, const char *id)
{
    snprintf(ret, cap, "%u %s", ledger, id);
}

static struct report_case *add_case(struct report_cases *c)
{
    if (c->count == c->cap || !c->items) {
        struct report_case *more = reallocarray(c->items, c->cap + CASES_STEP + c->cap / 2, sizeof *more);
        if (!more)
            return NULL;
        c->items = more;
        c->cap += CASES_STEP + c->cap / 2;
    }
    struct report_case *e = &c->items[c->count++];
    *e = (struct report_case){.id = ""};
    return e;
}

static struct report_case *find(const struct report_cases *c, unsigned ledger, const char *id)
{
    char key[SK_ID_MAX + 16];
    key_of(key, sizeof key, ledger, id);
    const json_t *at = json_object_get(c->index, key);
    return at ? &c->items[json_integer_value(at)] : NULL;
}

const struct report_case *report_case_find(const struct report_cases *c, unsigned ledger, const char *id)
{
    return find(c, ledger, id);
}

/* Files of a request that is too long for one record come in records before it. */
static int take_part(struct report_cases *c, const char *key, const json_t *record)
{
    json_t *files = json_object_get(c->parts, key);
    if (!files) {
        files = json_array();
        if (json_object_set_new(c->parts, key, files) != 0)
            return -ENOMEM;
    }
    return json_array_extend(files, json_object_get(record_member(record, "content"), "files")) == 0
               ? 0
               : -ENOMEM;
}

static int take_request(struct report_cases *c, const struct report_record *r, const char *id)
{
    char key[SK_ID_MAX + 16];
    key_of(key, sizeof key, r->ledger, id);
    if (str_eq(record_text(r->record, "phase"), "content"))
        return take_part(c, key, r->record);
    if (find(c, r->ledger, id) || str_eq(record_text(r->record, "type"), "standing"))
        return 0; /* a standing permit is no case: those under it are, and name it */
    struct report_case *e = add_case(c);
    if (!e || json_object_set_new(c->index, key, json_integer((json_int_t)c->count - 1)) != 0)
        return -ENOMEM;
    e->id = id;
    e->ledger = r->ledger;
    e->take_out = str_eq(record_text(r->record, "type"), "takeout");
    e->request = r->record;
    e->at_s = r->at_s;
    e->parts = json_object_get(c->parts, key);
    return 0;
}

static int take_found(struct report_cases *c, const struct report_record *r)
{
    struct report_case *e = add_case(c);
    if (!e)
        return -ENOMEM;
    const char *id = record_text(r->record, "copy");
    char key[SK_ID_MAX + 16];
    key_of(key, sizeof key, r->ledger, id);
    if (*id && json_object_set_new(c->index, key, json_integer((json_int_t)c->count - 1)) != 0)
        return -ENOMEM;
    e->found = true;
    e->ledger = r->ledger;
    e->request = e->done = r->record;
    e->at_s = r->at_s;
    if (*record_text(r->record, "made-at"))
        (void)!clock_parse_time(record_text(r->record, "made-at"), &e->at_s);
    return 0;
}

static void take_transfer(struct report_case *e, const struct report_record *r)
{
    const char *phase = record_text(r->record, "phase");
    if (str_eq(phase, "intent") || str_eq(phase, "content"))
        return;
    e->done = r->record;
    if (str_eq(phase, "done") || str_eq(phase, "unknown"))
        e->at_s = r->at_s;
}

/* An area that was erased takes the copies that were found in it along. */
static void take_area(struct report_cases *c, const struct report_record *r)
{
    for (size_t i = 0; c->items && i < c->count; i++) {
        struct report_case *e = &c->items[i];
        if (e->found && !e->disposal && e->ledger == r->ledger && !str_eq(record_text(e->done, "found"), "outside") &&
            str_eq(record_text(e->done, "area"), record_text(r->record, "object.name")))
            e->disposal = r->record;
    }
}

/* Ends that the register has: of a found copy, of what the client received. */
static void take_end(struct report_cases *c, const struct report_record *r)
{
    const char *phase = record_text(r->record, "phase"), *of = record_text(r->record, "item");
    struct report_case *e = *of ? find(c, r->ledger, of) : NULL;
    if (str_eq(r->kind, "handover") && !e)
        e = find(c, r->ledger, record_text(r->record, "case"));
    if (str_eq(r->kind, "erasure") && str_eq(phase, "done") && str_eq(record_text(r->record, "object.kind"), "area"))
        take_area(c, r);
    else if (e && str_eq(r->kind, "handover") && str_eq(phase, "received") && record_flag(r->record, "to-client"))
        e->delivered = r->record;
    else if (e && e->found && str_eq(phase, "destroyed"))
        e->disposal = r->record;
}

static bool lists(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(json_string_value(json_array_get(list, i)), text))
            return true;
    return false;
}

/* Was it on the medium that this record says was lost, by the destination's name or by the medium that it went onto? */
static bool is_on(const struct report_case *e, const json_t *lost)
{
    const char *destination = record_text(report_case_main(e), "destination.id"), *on = record_text(e->done, "medium");
    const char *medium = record_text(lost, "medium"), *registered = record_text(lost, "registered");
    if (str_eq(destination, medium) || (*on && (str_eq(on, medium) || str_eq(on, registered))))
        return true;
    return !*on && lists(record_member(lost, "destinations"), destination);
}

/* What is on a lost medium is lost with it, but for what had come back from it. */
static void take_lost_medium(struct report_cases *c, const struct report_record *r)
{
    for (size_t i = 0; *record_text(r->record, "medium") && i < c->count; i++) {
        struct report_case *e = &c->items[i];
        if (e->ledger == r->ledger && !e->found && report_case_went(e) && !e->lost && !e->given_back && !e->disposal &&
            !e->delivered && is_on(e, r->record))
            e->lost = r->record;
    }
}

static int take_record(struct report_cases *c, const struct report_record *r)
{
    const char *id = record_text(r->record, "case");
    if (str_eq(r->kind, SK_KIND_COPY) && !*id)
        return *record_text(r->record, "found") ? take_found(c, r) : 0;
    if (str_eq(r->kind, "item") || str_eq(r->kind, "handover") || str_eq(r->kind, "erasure"))
        take_end(c, r);
    if (str_eq(r->kind, SK_KIND_LOST))
        take_lost_medium(c, r);
    if (!*id)
        return 0;
    if (str_eq(r->kind, SK_KIND_REQUEST))
        return take_request(c, r, id);
    struct report_case *e = find(c, r->ledger, id);
    if (!e)
        return 0;
    if (str_eq(r->kind, SK_KIND_PERMIT) && !str_eq(record_text(r->record, "phase"), "expired") &&
        !str_eq(record_text(r->record, "phase"), "withdrawn") && !str_eq(record_text(r->record, "phase"), "revoked"))
        e->permit = r->record;
    else if (str_eq(r->kind, SK_KIND_COPY) || str_eq(r->kind, SK_KIND_TAKEOUT))
        take_transfer(e, r);
    else if (str_eq(r->kind, SK_KIND_RETURN))
        e->given_back = r->record;
    else if (str_eq(r->kind, SK_KIND_DISPOSAL))
        e->disposal = r->record;
    else if (str_eq(r->kind, SK_KIND_LOST))
        e->lost = r->record;
    return 0;
}

int report_cases_read(const struct report_source *s, struct report_cases *ret)
{
    ret->index = json_object();
    ret->parts = json_object();
    int r = ret->index && ret->parts ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < s->count; i++)
        r = take_record(ret, &s->records[i]);
    return r;
}

void report_cases_free(struct report_cases *c)
{
    free(c->items);
    json_decref(c->index);
    json_decref(c->parts);
    *c = (struct report_cases){0};
}

bool report_case_went(const struct report_case *c)
{
    const char *phase = record_text(c->done, "phase");
    return c->done && (str_eq(phase, "done") || str_eq(phase, "unknown"));
}

const json_t *report_case_main(const struct report_case *c)
{
    return c->done ? c->done : c->request;
}

static void put_permission(struct report_paper *p, const struct report_case *c)
{
    static const struct report_text yes = {"有", "yes"}, no = {"無", "no"},
                                    by = {"許可者", "permitted by"}, consent = {"承諾", "consent"},
                                    rule = {"発注者の承諾による", "by the client's consent"};
    autobuf struct buf b = {0}, person = {0}, cited = {0};
    const json_t *from = record_member(report_case_main(c), "permission");
    const json_t *granted = record_member(from, "granted");
    bool is_granted = c->found ? json_is_true(granted)
                               : str_eq(record_text(c->permit, "phase"), "granted");
    buf_puts(&b, report_in(is_granted ? &yes : &no, p->japanese));
    if (c->permit)
        say_approvers(&person, c->permit, p->japanese);
    else if (c->found && is_granted)
        buf_puts(&person, report_in(&rule, p->japanese));
    say_labelled(&b, &by, person.data ? person.data : "", p->japanese);
    const json_t *document = record_member(from, "consent");
    say_consent(&cited, document ? document : record_member(c->request, "consent"), p->japanese);
    if (is_granted)
        say_labelled(&b, &consent, cited.data ? cited.data : "", p->japanese);
    const char *why = record_text(c->permit, "why");
    say_line(&b, *why ? why : c->found && !is_granted ? record_text(from, "why") : "");
    report_cell_buf(p, &b);
}

static size_t file_count(const struct report_case *c, const json_t **ret_files)
{
    const json_t *files = record_member(c->request, "content.files");
    *ret_files = files;
    return json_array_size(c->parts) + json_array_size(files);
}

static const json_t *file_at(const struct report_case *c, const json_t *files, size_t i)
{
    size_t parts = json_array_size(c->parts);
    return i < parts ? json_array_get(c->parts, i) : json_array_get(files, i - parts);
}

static void put_content(struct report_paper *p, const struct report_source *s,
                        const struct report_case *c)
{
    autobuf struct buf b = {0};
    const json_t *files, *main = c->request;
    size_t count = file_count(c, &files);
    const struct policy_area *area = report_area(s, record_text(main, "area"));
    buf_puts(&b, c->id);
    if (*report_host(s, c->ledger))
        buf_printf(&b, p->japanese ? "%s端末 %s" : "%sPC %s", b.len ? (p->japanese ? "、" : ", ") : "",
                   report_host(s, c->ledger));
    say_line(&b, area && *area->label ? area->label : record_text(main, "area"));
    buf_printf(&b, p->japanese ? "（機密性%" PRId64 "）" : " (level %" PRId64 ")",
               record_number(main, "level"));
    buf_printf(&b, p->japanese ? "\n%" PRId64 "件、" : "\nfiles: %" PRId64 ", ",
               record_number(main, "content.count") > 0 ? record_number(main, "content.count")
                                                        : (int64_t)count);
    say_size(&b, (uint64_t)record_number(main, "content.bytes"), p->japanese);
    for (size_t i = 0; i < count && i < FILES_IN_CELL; i++)
        say_line(&b, record_text(file_at(c, files, i), "name"));
    if (count > FILES_IN_CELL)
        buf_printf(&b, p->japanese ? "\nほか%zu件（別紙のとおり）" : "\nmore in the annex: %zu",
                   count - FILES_IN_CELL);
    const char *of = record_text(main, "of");
    if (c->found && *of)
        buf_printf(&b, p->japanese ? "\n（%s の複製）" : "\n(copy of %s)", of);
    report_cell_buf(p, &b);
}

void report_put_openers(struct buf *b, const struct report_source *s, const json_t *ids, const char *between, bool japanese)
{
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        const struct policy_recipient *r = s->policy && id ? policy_recipient(s->policy, id) : NULL;
        buf_puts(b, i == 0 ? "" : between);
        if (str_eq(id, POLICY_ESCROW))
            buf_puts(b, japanese ? "受託者の控えの鍵" : "the contractor's escrow key");
        else
            buf_printf(b, "%s%s%s", r ? r->name : id ? id : "", r && *r->organisation ? " " : "",
                       r ? r->organisation : "");
    }
}

static void put_kept(struct report_paper *p, const struct report_source *s, const struct report_case *c)
{
    static const struct report_text opened_by = {"開ける人", "can be opened by"};
    autobuf struct buf b = {0}, openers = {0};
    const char *label = record_text(c->request, "destination.label");
    const struct policy_area *area = report_area(s, record_text(c->request, "area"));
    if (c->found)
        label = area && *area->label ? area->label : record_text(c->request, "area");
    buf_puts(&b, *label ? label : record_text(c->request, "destination.id"));
    say_line(&b, record_text(c->request, "kept"));
    report_put_openers(&openers, s, record_member(report_case_main(c), "recipients"), p->japanese ? "、" : ", ", p->japanese);
    say_labelled(&b, &opened_by, openers.data ? openers.data : "", p->japanese);
    report_cell_buf(p, &b);
}

void report_case_cells(struct report_paper *p, const struct report_source *s,
                       const struct report_case *c)
{
    autobuf struct buf at = {0}, person = {0};
    const char *time = record_text(report_case_main(c), "at");
    if (c->found && *record_text(c->request, "made-at"))
        time = record_text(c->request, "made-at");
    say_moment(&at, time, p->japanese);
    say_person(&person, record_member(report_case_main(c), "person"));
    report_cell_buf(p, &at);
    report_cell_buf(p, &person);
    put_permission(p, c);
    put_content(p, s, c);
    report_cell(p, record_text(c->request, "purpose"));
    put_kept(p, s, c);
}

void report_end_cell(struct report_paper *p, const json_t *end, const struct report_text *open)
{
    static const struct report_text how = {"方法", "how"};
    autobuf struct buf b = {0};
    if (!end) {
        report_cell_text(p, open);
        return;
    }
    say_moment(&b, record_text(end, "at"), p->japanese);
    say_labelled(&b, &how, say_method(record_text(end, "method"), p->japanese), p->japanese);
    say_proof(&b, record_member(end, "proof"), p->japanese);
    report_cell_buf(p, &b);
}

static void annex_of(struct report_paper *p, const struct report_source *s, const struct report_case *c)
{
    const json_t *files;
    size_t count = file_count(c, &files);
    for (size_t i = 0; i < count; i++) {
        const json_t *file = file_at(c, files, i);
        autobuf struct buf id = {0}, size = {0};
        buf_printf(&id, "%s %s", c->id, report_host(s, c->ledger));
        say_size(&size, (uint64_t)record_number(file, "bytes"), p->japanese);
        report_row_begin(p);
        report_cell_buf(p, &id);
        report_cell(p, record_text(file, "name"));
        report_cell_buf(p, &size);
        report_cell(p, record_text(file, "sha256"));
        report_row_end(p);
    }
}

void report_files_annex(struct report_paper *p, const struct report_source *s,
                        const struct report_cases *cases, bool take_out)
{
    static const struct report_column name = {"files", {"別紙　ファイルの一覧", "Annex: files"}};
    static const struct report_column columns[] = {{"case", {"番号・端末", "case, PC"}},
                                                   {"name", {"名称", "name"}},
                                                   {"size", {"大きさ", "size"}},
                                                   {"sha256", {"SHA-256", "SHA-256"}}};
    bool begun = false;
    for (size_t i = 0; i < cases->count; i++) {
        const struct report_case *c = &cases->items[i];
        const json_t *files;
        if (c->take_out != take_out || c->found || !report_case_went(c) ||
            !report_in_range(s, c->at_s) || file_count(c, &files) <= FILES_IN_CELL)
            continue;
        if (!begun)
            report_table(p, &name, columns, array_count(columns));
        begun = true;
        annex_of(p, s, c);
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* case_facts.c owns the way from a case's VIEW to lines on the window. It must never leave out what
 * an approver answers for. */
#include "prompt/case_facts.h"
#include "base/clock.h"
#include "base/str.h"
#include "client/language.h"
#include "client/screen.h"
#include "client/steps.h"
#include "client/view.h"
#include "prompt/ui.h"
#include "record/record.h"

#define MINUTE_LEN 16 /* bytes of "2026-11-21 09:15" */

void case_put_amount(struct buf *b, const json_t *view)
{
    const json_t *bytes = record_member(view, "content.bytes");
    int64_t count = record_number(view, "content.count");
    if (str_eq(record_text(view, "type"), "standing")) {
        view_standing_here(b, view);
        return;
    }
    if (record_flag(view, "kept-in") || json_is_null(bytes)) {
        buf_puts(b, _("seen in its room only"));
        return;
    }
    buf_printf(b, ngettext("%lld file, ", "%lld files, ", (unsigned long)count), (long long)count);
    screen_short_size(b, (uint64_t)json_integer_value(bytes));
}

void case_put_destination(struct buf *b, const json_t *view)
{
    const char *label = record_text(view, "destination.label");
    screen_safe(b, *label ? label : view_id(view, "destination"));
}

void case_put_minute(struct buf *b, const char *at)
{
    autobuf struct buf whole = {0};
    screen_time(&whole, at, false);
    if (!whole.err)
        buf_put(b, whole.data ? whole.data : "", whole.len < MINUTE_LEN ? whole.len : MINUTE_LEN);
}

static void add(GtkWidget *facts, const char *name, const struct buf *value)
{
    if (value->len > 0 && !value->err)
        ui_facts_add(facts, name, value->data);
}

static void add_what(GtkWidget *facts, const json_t *view)
{
    autobuf struct buf b = {0};
    case_put_amount(&b, view);
    buf_printf(&b, _("; area %s, confidentiality level %lld"), record_text(view, "content.area"),
               (long long)record_number(view, "content.level"));
    add(facts, _("What"), &b);
}

static void add_permission(GtkWidget *facts, const json_t *view)
{
    const char *state = record_text(view, "state");
    autobuf struct buf consent = {0}, approver = {0}, until = {0};
    view_consent(&consent, record_member(view, "permission.consent"), false);
    add(facts, _("Consent"), &consent);
    view_approvers_here(&approver, record_member(view, "permission"));
    add(facts, str_eq(state, "rejected") ? _("Rejected by") : str_eq(state, "requested") ? _("Approved so far by") : _("Approved by"),
        &approver);
    if (str_eq(state, "permitted"))
        case_put_minute(&until, record_text(view, "permission.expires"));
    add(facts, _("Permit ends"), &until);
    ui_facts_add(facts, _("Reason"), record_text(view, "permission.why"));
}

static void add_end(GtkWidget *facts, const char *name, const json_t *end)
{
    autobuf struct buf b = {0};
    if (!json_is_object(end))
        return;
    case_put_minute(&b, record_text(end, "at"));
    buf_puts(&b, ", ");
    buf_puts(&b, record_text(end, "method"));
    buf_puts(&b, *record_text(end, "proof.text") ? ", " : "");
    buf_puts(&b, record_text(end, "proof.text"));
    add(facts, name, &b);
}

/* With what it is compared, and what is said otherwise than there; the files are in their list. */
static void add_again(GtkWidget *facts, const json_t *again)
{
    autobuf struct buf base = {0}, before = {0};
    size_t i;
    const json_t *row;
    if (!json_is_object(again))
        return;
    screen_safe(&before, record_text(again, "case"));
    add(facts, _("Asked again"), &before);
    view_base_here(&base, again);
    add(facts, _("Compared with"), &base);
    json_array_foreach(record_member(again, "differs"), i, row)
    {
        autobuf struct buf b = {0};
        buf_printf(&b, "%s: ", view_said_here(record_text(row, "what")));
        screen_safe(&b, record_text(row, "before"));
        buf_puts(&b, " → ");
        screen_safe(&b, record_text(row, "after"));
        add(facts, _("Said otherwise"), &b);
    }
}

void case_facts(GtkWidget *facts, const json_t *view, bool who)
{
    autobuf struct buf person = {0}, to = {0}, at = {0}, back = {0}, openers = {0};
    ui_facts_clear(facts);
    if (!view)
        return;
    screen_person(&person, record_member(view, "person"));
    if (who)
        add(facts, _("Who"), &person);
    case_put_minute(&at, record_text(view, "at"));
    add(facts, _("Asked"), &at);
    add_what(facts, view);
    case_put_destination(&to, view);
    add(facts, _("Where to"), &to);
    view_openers_here(&openers, record_member(view, "recipients"));
    add(facts, _("Can be opened by"), &openers);
    ui_facts_add(facts, _("What for"), record_text(view, "purpose"));
    ui_facts_add(facts, _("Kept"), record_text(view, "kept.how"));
    steps_put_due(&back, view, clock_wall_s());
    if (back.len == 0)
        buf_puts(&back, record_text(view, "return-by"));
    add(facts, _("Return by"), &back);
    add_permission(facts, view);
    add_again(facts, record_member(view, "again"));
    add_end(facts, _("Returned"), record_member(view, "return"));
    add_end(facts, _("Destroyed"), record_member(view, "disposal"));
}

GtkWidget *case_files_list(void)
{
    const struct ui_column columns[] = {
        {_("File"), TRUE, FALSE}, {_("Size"), FALSE, TRUE}, {_("Since the earlier request"), FALSE, FALSE}};
    return ui_list(columns, (int)array_count(columns), NULL, NULL);
}

/* Of a request that asks again, with what there was before and is there no more. */
static void show_changes(GtkWidget *list, const json_t *files)
{
    size_t i;
    const json_t *file;
    json_array_foreach(files, i, file)
    {
        autobuf struct buf size = {0}, change = {0};
        const json_t *before = record_member(file, "before"), *after = record_member(file, "after");
        bool same = str_eq(record_text(file, "change"), "unchanged");
        if (json_is_object(after))
            screen_short_size(&size, (uint64_t)record_number(after, "bytes"));
        buf_puts(&change, view_change_here(record_text(file, "change")));
        if (json_is_object(before) && !same) {
            buf_puts(&change, _("; before: "));
            screen_short_size(&change, (uint64_t)record_number(before, "bytes"));
            buf_printf(&change, ", %.8s", record_text(before, "sha256"));
        }
        const char *cells[] = {record_text(file, "name"), size.data ? size.data : "",
                               change.data ? change.data : ""};
        ui_list_add(list, cells, (int)array_count(cells), same ? PANGO_WEIGHT_NORMAL : PANGO_WEIGHT_BOLD);
    }
}

void case_files_show(GtkWidget *list, const json_t *view)
{
    size_t i;
    const json_t *file;
    gtk_list_store_clear(ui_list_store(list));
    if (record_member(view, "again.files")) {
        show_changes(list, record_member(view, "again.files"));
        return;
    }
    json_array_foreach(record_member(view, "content.files"), i, file)
    {
        autobuf struct buf size = {0};
        screen_short_size(&size, (uint64_t)record_number(file, "bytes"));
        const char *cells[] = {record_text(file, "name"), size.data ? size.data : "", ""};
        ui_list_add(list, cells, (int)array_count(cells), PANGO_WEIGHT_NORMAL);
    }
}

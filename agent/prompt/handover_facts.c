/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handover_facts.c owns the way from a hand-over to lines on the window: the eight fields by the
 * contracts' numbers. It must never leave one out: what is not known yet is shown as open. */
#include "prompt/handover_facts.h"
#include <inttypes.h>
#include "client/handover.h"
#include "client/language.h"
#include "client/screen.h"
#include "client/view.h"
#include "prompt/case_facts.h"
#include "prompt/ui.h"
#include "record/record.h"

static void add(GtkWidget *facts, const char *name, const struct buf *value)
{
    ui_facts_add(facts, name, value->len && !value->err ? value->data : _("still open"));
}

/* Two texts with a comma between, where there are two. */
static void put_pair(struct buf *b, const char *first, const char *second)
{
    screen_safe(b, first);
    buf_puts(b, *first && *second ? ", " : "");
    screen_safe(b, second);
}

void handover_put_thing(struct buf *b, const json_t *h)
{
    const char *name = record_text(h, "content.name");
    screen_safe(b, *name ? name : record_text(h, "of"));
}

void handover_put_receiver(struct buf *b, const json_t *h)
{
    put_pair(b, record_text(h, "to.name"), record_text(h, "to.organisation"));
}

static void add_people(GtkWidget *facts, const json_t *h)
{
    autobuf struct buf person = {0}, from = {0}, to = {0};
    screen_person(&person, record_member(h, "person"));
    add(facts, _("(2) Name"), &person);
    screen_person(&from, record_member(h, "from"));
    add(facts, _("Handed over by"), &from);
    handover_put_receiver(&to, h);
    add(facts, _("Handed over to"), &to);
}

static void add_permission(GtkWidget *facts, const json_t *h)
{
    autobuf struct buf verdict = {0}, consent = {0};
    const json_t *granted = record_member(h, "permission.granted");
    if (json_is_boolean(granted)) {
        buf_puts(&verdict, view_state_here(json_is_true(granted) ? "permitted" : "rejected"));
        buf_puts(&verdict, ", ");
        view_approvers_here(&verdict, record_member(h, "permission"));
    }
    add(facts, _("(3) Permission, by whom"), &verdict);
    ui_facts_add(facts, _("Reason"), record_text(h, "permission.why"));
    view_consent(&consent, record_member(h, "permission.consent"), false);
    ui_facts_add(facts, _("Consent"), consent.len && !consent.err ? consent.data : "");
}

static void add_content(GtkWidget *facts, const json_t *h)
{
    autobuf struct buf what = {0};
    put_pair(&what, record_text(h, "of"), record_text(h, "content.name"));
    buf_printf(&what, " (%s, %" PRId64 ")", view_word_here(record_text(h, "content.form")),
               record_number(h, "content.count"));
    add(facts, _("(4) Content"), &what);
}

static void add_end(GtkWidget *facts, const char *name, const json_t *end)
{
    autobuf struct buf b = {0}, who = {0};
    if (json_is_object(end)) {
        const char *proof = record_text(end, "proof.text"), *file = record_text(end, "proof.file");
        case_put_minute(&b, record_text(end, "at"));
        buf_puts(&b, *record_text(end, "method") ? ", " : "");
        screen_safe(&b, record_text(end, "method"));
        buf_puts(&b, *proof || *file ? ", " : "");
        screen_safe(&b, *proof ? proof : file);
        screen_person(&who, record_member(end, "person"));
        buf_printf(&b, who.len ? ", %s" : "%s", who.data ? who.data : "");
    }
    add(facts, name, &b);
}

static void add_receipt(GtkWidget *facts, const json_t *h)
{
    g_autofree char *text =
        g_strdup_printf(_("by the receipt of the colleague's PC, in a terminal: sekisho handover "
                          "confirm %s --receipt FILE"),
                        record_text(h, "handover"));
    ui_facts_add(facts, _("Confirmed"), text);
}

void handover_facts(GtkWidget *facts, const json_t *h)
{
    autobuf struct buf at = {0};
    ui_facts_clear(facts);
    if (!h)
        return;
    case_put_minute(&at, record_text(h, "at"));
    add(facts, _("(1) Date and time"), &at);
    add_people(facts, h);
    add_permission(facts, h);
    add_content(facts, h);
    ui_facts_add(facts, _("(5) Purpose, use"), record_text(h, "purpose"));
    ui_facts_add(facts, _("(6) Where and how kept"), record_text(h, "kept"));
    add_end(facts, _("(7) Return"), record_member(h, "return"));
    ui_facts_add(facts, _("Return by"), record_text(h, "return-by"));
    add_end(facts, _("(8) Disposal"), record_member(h, "disposal"));
    add_end(facts, _("Received"), record_member(h, "received"));
    if (handover_by_receipt(h) && json_is_null(record_member(h, "received")))
        add_receipt(facts, h);
}

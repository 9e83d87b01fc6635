/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_handovers.c owns the list of hand-overs and what the parties do with them: record that it was
 * given, that it was received, that it came to nothing. It must never record anything before it was
 * said a second time, nor one person's word for another's. */
#include <sekisho/ops.h>
#include <string.h>
#include "base/str.h"
#include "client/handover.h"
#include "client/language.h"
#include "client/screen.h"
#include "client/view.h"
#include "prompt/case_facts.h"
#include "prompt/handover_facts.h"
#include "prompt/prompt.h"
#include "prompt/ui.h"
#include "record/record.h"

#define LIST_HEIGHT 110 /* pixels, at least */

/* What stands below the facts. */
#define SHOW_STEPS "steps"
#define SHOW_SAY   "say"

struct page_handovers {
    struct prompt *prompt;
    char *id; /* hand-over that an action is about */
    enum handover_step step;
    bool asks; /* for a text: a reason or a proof */
    struct exchange *doing;
    GtkWidget *list, *facts, *below, *give, *confirm, *fail;
    GtkWidget *title, *said_row, *said_name, *said, *cancel;
};

static void show_below(struct page_handovers *g, const char *what)
{
    gtk_stack_set_visible_child_name(GTK_STACK(g->below), what);
    gtk_widget_set_sensitive(g->list, str_eq(what, SHOW_STEPS));
}

static bool is_saying(const struct page_handovers *g)
{
    return str_eq(gtk_stack_get_visible_child_name(GTK_STACK(g->below)), SHOW_SAY);
}

/* ---- the list ---- */

static void add_row(struct page_handovers *g, const json_t *h)
{
    autobuf struct buf what = {0}, from = {0}, to = {0}, at = {0};
    handover_put_thing(&what, h);
    screen_person(&from, record_member(h, "from"));
    handover_put_receiver(&to, h);
    case_put_minute(&at, record_text(h, "at"));
    const char *cells[] = {record_text(h, "handover"), view_word_here(record_text(h, "state")),
                           what.data ? what.data : "", from.data ? from.data : "",
                           to.data ? to.data : "",     at.data ? at.data : ""};
    unsigned steps = handover_steps(h, prompt_person(g->prompt), false);
    ui_list_add(g->list, cells, (int)array_count(cells),
                steps & HANDOVER_CONFIRM ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
}

static void on_chosen(struct page_handovers *g)
{
    if (is_saying(g))
        return;
    g_autofree char *id = ui_list_chosen(g->list);
    const json_t *h = prompt_handover(g->prompt, id);
    unsigned steps =
        h ? handover_steps(h, prompt_person(g->prompt), prompt_manages(g->prompt)) : 0;
    handover_facts(g->facts, h);
    gtk_widget_set_sensitive(g->give, (steps & HANDOVER_GIVE) != 0);
    gtk_widget_set_sensitive(g->confirm, (steps & HANDOVER_CONFIRM) != 0);
    gtk_widget_set_sensitive(g->fail, (steps & HANDOVER_FAIL) != 0);
}

void page_handovers_update(struct page_handovers *g)
{
    if (is_saying(g))
        return; /* what is being read stays where it is */
    g_autofree char *chosen = ui_list_chosen(g->list);
    gtk_list_store_clear(ui_list_store(g->list));
    for (size_t i = json_array_size(g->prompt->handovers); i-- > 0;) /* the latest first */
        add_row(g, json_array_get(g->prompt->handovers, i));
    ui_list_choose(g->list, chosen);
    on_chosen(g);
}

/* ---- saying what happened ---- */

static void leave(struct page_handovers *g)
{
    show_below(g, SHOW_STEPS);
    gtk_widget_grab_focus(g->list);
    prompt_refresh(g->prompt);
}

static void on_cancel(struct page_handovers *g)
{
    if (!g->doing)
        leave(g);
}

static const char *question_of(enum handover_step step, bool asks)
{
    if (step == HANDOVER_GIVE)
        return _("Is %s in the receiver's hands?");
    if (step == HANDOVER_FAIL)
        return _("Why did the hand-over %s come to nothing?");
    return asks ? _("What proves that %s was received?") : _("Did you receive what %s says?");
}

static void begin(struct page_handovers *g, enum handover_step step)
{
    char *id = ui_list_chosen(g->list);
    const json_t *h = prompt_handover(g->prompt, id);
    if (!h || g->doing) {
        g_free(id);
        return;
    }
    g_free(g->id);
    g->id = id;
    g->step = step;
    g->asks = step == HANDOVER_FAIL || (step == HANDOVER_CONFIRM && !handover_by_word(h));
    g_autofree char *title = g_strdup_printf(question_of(step, g->asks), id);
    gtk_label_set_text(GTK_LABEL(g->title), title);
    gtk_label_set_text_with_mnemonic(GTK_LABEL(g->said_name),
                                     step == HANDOVER_FAIL ? _("Reas_on") : _("_Proof"));
    gtk_entry_set_placeholder_text(
        GTK_ENTRY(g->said),
        step == HANDOVER_FAIL ? "" : _("for instance: receipt 3, signed by the city"));
    gtk_entry_set_text(GTK_ENTRY(g->said), "");
    gtk_widget_set_visible(g->said_row, g->asks);
    show_below(g, SHOW_SAY);
    gtk_widget_grab_focus(g->asks ? g->said : g->cancel);
}

static void on_give(struct page_handovers *g)
{
    begin(g, HANDOVER_GIVE);
}

static void on_confirm(struct page_handovers *g)
{
    begin(g, HANDOVER_CONFIRM);
}

static void on_fail(struct page_handovers *g)
{
    begin(g, HANDOVER_FAIL);
}

static void on_recorded(void *context, const struct reply *reply)
{
    struct page_handovers *g = context;
    if (reply->answer) {
        g_autofree char *what =
            g_strdup_printf(g->step == HANDOVER_GIVE   ? _("Recorded: %s is in the receiver's hands.\n")
                            : g->step == HANDOVER_FAIL ? _("Recorded: the hand-over %s failed.\n")
                                                       : _("Recorded: the hand-over %s was received.\n"),
                            g->id);
        g_strchomp(what);
        prompt_say(g->prompt, GTK_MESSAGE_INFO, what, "");
    } else {
        prompt_say_reply(g->prompt, reply);
    }
    leave(g);
}

/* What control is asked; NULL after a message. */
static json_t *question(struct page_handovers *g)
{
    const char *said = ui_entry_text(g->said);
    if (g->asks && !*said) {
        prompt_say(g->prompt, GTK_MESSAGE_WARNING,
                   g->step == HANDOVER_FAIL ? _("Why? Enter the reason.")
                                            : _("What proves it? Enter the proof."),
                   "");
        gtk_widget_grab_focus(g->said);
        return NULL;
    }
    if (g->step == HANDOVER_FAIL)
        return json_pack("{s:s, s:b, s:s}", "handover", g->id, "failed", 1, "why", said);
    return g->asks ? json_pack("{s:s, s:{s:s, s:s, s:s}}", "handover", g->id, "proof", "text", said,
                               "file", "", "sha256", "")
                   : json_pack("{s:s}", "handover", g->id);
}

static void on_record(struct page_handovers *g)
{
    json_t *asked = g->doing ? NULL : question(g);
    if (asked)
        exchange_start(&g->doing,
                       g->step == HANDOVER_GIVE ? SK_OP_HANDOVER_GIVE : SK_OP_HANDOVER_CONFIRM,
                       asked, NULL, on_recorded, g);
}

/* ---- the page ---- */

static GtkWidget *make_steps(struct page_handovers *g)
{
    GtkWidget *row = ui_box(GTK_ORIENTATION_HORIZONTAL);
    g->give = ui_button(_("_Given…"), G_CALLBACK(on_give), g);
    g->confirm = ui_button(_("Re_ceived…"), G_CALLBACK(on_confirm), g);
    g->fail = ui_button(_("_Failed…"), G_CALLBACK(on_fail), g);
    ui_put(row, g->give, FALSE);
    ui_put(row, g->confirm, FALSE);
    gtk_box_pack_end(GTK_BOX(row), g->fail, FALSE, FALSE, 0);
    gtk_widget_set_valign(row, GTK_ALIGN_END);
    return row;
}

static GtkWidget *make_say(struct page_handovers *g)
{
    GtkWidget *box = ui_box(GTK_ORIENTATION_VERTICAL), *row = ui_box(GTK_ORIENTATION_HORIZONTAL);
    g->title = ui_text("");
    g->said_row = ui_box(GTK_ORIENTATION_HORIZONTAL);
    g->said_name = gtk_label_new_with_mnemonic("");
    g->said = ui_entry("");
    gtk_label_set_mnemonic_widget(GTK_LABEL(g->said_name), g->said);
    ui_put(g->said_row, g->said_name, FALSE);
    ui_put(g->said_row, g->said, TRUE);
    gtk_widget_set_halign(row, GTK_ALIGN_END);
    g->cancel = ui_button(_("_Cancel"), G_CALLBACK(on_cancel), g);
    ui_put(row, g->cancel, FALSE);
    ui_put(row, ui_button(_("Put it on r_ecord"), G_CALLBACK(on_record), g), FALSE);
    ui_put(box, g->title, FALSE);
    ui_put(box, g->said_row, FALSE);
    ui_put(box, row, FALSE);
    return box;
}

/* Escape leaves what was begun. */
static gboolean on_key(GtkWidget *page, GdkEventKey *event, struct page_handovers *g)
{
    (void)page;
    if (event->keyval != GDK_KEY_Escape || !is_saying(g))
        return FALSE;
    on_cancel(g);
    return TRUE;
}

GtkWidget *page_handovers_new(struct prompt *p)
{
    struct page_handovers *g = g_new0(struct page_handovers, 1);
    const struct ui_column columns[] = {{_("Hand-over"), FALSE, FALSE}, {_("State"), FALSE, FALSE},
                                        {_("What"), TRUE, FALSE},       {_("From"), FALSE, FALSE},
                                        {_("To whom"), FALSE, FALSE},   {_("At"), FALSE, FALSE}};
    GtkWidget *page = ui_box(GTK_ORIENTATION_VERTICAL),
              *name = ui_heading(_("Hand-_overs, yours and those that wait for you"));
    g->prompt = p;
    p->hand = g;
    g->list = ui_list(columns, (int)array_count(columns), G_CALLBACK(on_chosen), g);
    gtk_label_set_mnemonic_widget(GTK_LABEL(name), g->list);
    g->facts = ui_facts();
    g->below = gtk_stack_new();
    gtk_stack_set_vhomogeneous(GTK_STACK(g->below), FALSE);
    gtk_stack_add_named(GTK_STACK(g->below), make_steps(g), SHOW_STEPS);
    gtk_stack_add_named(GTK_STACK(g->below), make_say(g), SHOW_SAY);
    ui_put(page, name, FALSE);
    ui_put(page, ui_scrolled(g->list, LIST_HEIGHT), TRUE);
    ui_put(page, ui_facts_frame(g->facts), FALSE);
    ui_put(page, g->below, FALSE);
    g_signal_connect(page, "key-press-event", G_CALLBACK(on_key), g);
    return page;
}

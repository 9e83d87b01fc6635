/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_waiting.c owns the approver's side: what waits, what is known of it, the yes and the no. It
 * must never sign what it has not shown, never say yes by a key that is pressed too often (no
 * button of it is a default), and never keep a passphrase. */
#include <sekisho/ops.h>
#include <sodium.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "client/handover.h"
#include "client/key.h"
#include "client/language.h"
#include "client/screen.h"
#include "client/steps.h"
#include "prompt/case_facts.h"
#include "prompt/handover_facts.h"
#include "prompt/key_maker.h"
#include "prompt/prompt.h"
#include "prompt/secret.h"
#include "prompt/signing.h"
#include "prompt/ui.h"
#include "record/record.h"

#define LIST_HEIGHT  90 /* pixels, at least */
#define FILES_HEIGHT 80
#define TEXT_HEIGHT  150

/* What is shown below the list. */
#define SHOW_NOTHING "nothing"
#define SHOW_FACTS   "facts"
#define SHOW_APPROVE "approve"
#define SHOW_REJECT  "reject"

struct page_waiting {
    struct prompt *prompt;
    char *id;         /* case that is being answered */
    json_t *prepared; /* permit.prepare's answer for it, NULL = none */
    char *key;        /* file of the approver's key */
    struct exchange *doing;
    bool signing; /* the thread has the passphrase */
    struct key_maker *key_maker;
    GtkWidget *key_making;
    GtkWidget *list, *facts, *files, *files_frame, *below;
    GtkWidget *question, *text, *passphrase, *sign, *cancel, *spinner;
    GtkWidget *reject_title, *why;
};

static void show_below(struct page_waiting *w, const char *what)
{
    gtk_stack_set_visible_child_name(GTK_STACK(w->below), what);
    gtk_widget_set_sensitive(w->list, str_eq(what, SHOW_FACTS));
    gtk_widget_set_sensitive(w->key_making,
                             str_eq(what, SHOW_FACTS) || str_eq(what, SHOW_NOTHING));
}

/* Is something being answered? */
static bool is_answering(const struct page_waiting *w)
{
    const char *what = gtk_stack_get_visible_child_name(GTK_STACK(w->below));
    return str_eq(what, SHOW_APPROVE) || str_eq(what, SHOW_REJECT);
}

/* ---- the list ---- */

/* A hand-over's permit is asked for and given as a case's. */
static bool waits(const struct page_waiting *w, const json_t *h)
{
    return handover_waits_for(h, w->prompt->policy, prompt_login(w->prompt),
                              prompt_person(w->prompt), clock_wall_s());
}

static void add_handover(struct page_waiting *w, const json_t *h)
{
    autobuf struct buf who = {0}, to = {0}, what = {0}, at = {0};
    screen_person(&who, record_member(h, "person"));
    handover_put_receiver(&to, h);
    handover_put_thing(&what, h);
    case_put_minute(&at, record_text(h, "at"));
    const char *cells[] = {record_text(h, "handover"), who.data ? who.data : "",
                           to.data ? to.data : "", what.data ? what.data : "",
                           at.data ? at.data : ""};
    ui_list_add(w->list, cells, (int)array_count(cells), PANGO_WEIGHT_NORMAL);
}

static void add_row(struct page_waiting *w, const json_t *request)
{
    autobuf struct buf who = {0}, to = {0}, amount = {0}, at = {0};
    const json_t *view = prompt_case(w->prompt, record_text(request, "case"));
    screen_person(&who, record_member(request, "person"));
    case_put_destination(&to, request);
    case_put_amount(&amount, view);
    case_put_minute(&at, record_text(request, "at"));
    const char *cells[] = {record_text(request, "case"), who.data ? who.data : "",
                           to.data ? to.data : "", amount.data ? amount.data : "",
                           at.data ? at.data : ""};
    ui_list_add(w->list, cells, (int)array_count(cells), PANGO_WEIGHT_NORMAL);
}

static void show_facts(struct page_waiting *w, const json_t *view)
{
    autobuf struct buf before = {0};
    struct history history;
    case_facts(w->facts, view, true);
    case_files_show(w->files, view);
    if (!view)
        return;
    steps_history(w->prompt->cases, record_text(view, "person.id"), record_text(view, "case"),
                  &history);
    steps_put_history(&before, &history);
    ui_facts_add(w->facts, _("This person"), before.data && !before.err ? before.data : "");
}

static void on_chosen(struct page_waiting *w)
{
    if (is_answering(w))
        return;
    g_autofree char *id = ui_list_chosen(w->list);
    const json_t *view = prompt_case(w->prompt, id), *h = prompt_handover(w->prompt, id);
    gtk_widget_set_visible(w->files_frame, h == NULL);
    if (h)
        handover_facts(w->facts, h);
    else
        show_facts(w, view);
    show_below(w, view || h ? SHOW_FACTS : SHOW_NOTHING);
}

size_t page_waiting_count(const struct page_waiting *w)
{
    size_t i, count = json_array_size(w->prompt->waiting);
    const json_t *h;
    json_array_foreach(w->prompt->handovers, i, h) count += waits(w, h);
    return count;
}

void page_waiting_update(struct page_waiting *w)
{
    size_t i;
    const json_t *request;
    key_maker_update(w->key_maker);
    if (is_answering(w))
        return; /* what is being read stays where it is */
    g_autofree char *chosen = ui_list_chosen(w->list);
    gtk_list_store_clear(ui_list_store(w->list));
    json_array_foreach(w->prompt->waiting, i, request) add_row(w, request);
    json_array_foreach(w->prompt->handovers, i, request) if (waits(w, request))
        add_handover(w, request);
    ui_list_choose(w->list, chosen);
    on_chosen(w);
}

/* ---- leaving an answer ---- */

static void leave(struct page_waiting *w)
{
    char *typed = secret_entry_take(w->passphrase);
    sodium_free(typed);
    if (!w->signing)
        (void)secret_guard(FALSE);
    json_decref(w->prepared);
    w->prepared = NULL;
    gtk_spinner_stop(GTK_SPINNER(w->spinner));
    gtk_text_buffer_set_text(gtk_text_view_get_buffer(GTK_TEXT_VIEW(w->text)), "", -1);
    show_below(w, SHOW_FACTS);
    gtk_widget_grab_focus(w->list);
    prompt_refresh(w->prompt);
}

static void on_cancel(struct page_waiting *w)
{
    if (w->signing || w->doing)
        return;
    leave(w);
}

static bool begin(struct page_waiting *w)
{
    char *id = ui_list_chosen(w->list);
    if (!id || w->doing || w->signing || key_maker_is_open(w->key_maker)) {
        g_free(id);
        return false;
    }
    g_free(w->id);
    w->id = id;
    return true;
}

static void set_busy(struct page_waiting *w, gboolean busy)
{
    gtk_widget_set_sensitive(w->sign, !busy);
    gtk_widget_set_sensitive(w->cancel, !busy);
    gtk_widget_set_sensitive(w->passphrase, !busy);
    if (busy)
        gtk_spinner_start(GTK_SPINNER(w->spinner));
    else
        gtk_spinner_stop(GTK_SPINNER(w->spinner));
}

/* ---- yes ---- */

static void on_submitted(void *context, const struct reply *reply)
{
    struct page_waiting *w = context;
    set_busy(w, FALSE);
    if (reply->answer) {
        autobuf struct buf until = {0};
        case_put_minute(&until, record_text(reply->answer, "expires"));
        bool enough = record_number(reply->answer, "approvals") >= record_number(reply->answer, "needed");
        g_autofree char *what = g_strdup_printf(enough ? _("%s is approved.") : _("You have approved %s."), w->id);
        g_autofree char *advice =
            enough ? g_strdup_printf(g_str_has_prefix(w->id, "S-")
                                         ? _("Requests that say the same are permitted until %s.")
                                         : _("To be used until %s, once."),
                                     until.data ? until.data : "")
                   : g_strdup_printf(_("It waits for another person's approval, by %s."),
                                     until.data ? until.data : "");
        prompt_say(w->prompt, GTK_MESSAGE_INFO, what, advice);
    } else {
        prompt_say_reply(w->prompt, reply);
    }
    leave(w);
}

static void on_failure_told(void *context, const struct reply *reply)
{
    struct page_waiting *w = context;
    autobuf struct buf until = {0}, advice = {0};
    set_busy(w, FALSE);
    if (!reply->answer) {
        prompt_say_reply(w->prompt, reply);
        leave(w);
        return;
    }
    case_put_minute(&until, record_text(reply->answer, "locked-until"));
    buf_printf(&advice, _("Failures so far: %lld."),
               (long long)record_number(reply->answer, "failures"));
    if (until.len)
        buf_printf(&advice, _(" Approvals of yours are locked until %s."), until.data);
    prompt_say(w->prompt, GTK_MESSAGE_ERROR, _("That passphrase is wrong."),
               advice.data ? advice.data : "");
    if (until.len)
        leave(w);
    else
        gtk_widget_grab_focus(w->passphrase);
}

static void on_signed(void *context, const struct signed_permit *permit)
{
    struct page_waiting *w = context;
    w->signing = false;
    (void)secret_guard(FALSE);
    if (permit->wrong_passphrase) {
        (void)secret_guard(TRUE); /* it is asked for again */
        exchange_start(&w->doing, SK_OP_APPROVAL_FAILED, json_pack("{s:s}", "case", w->id), NULL,
                       on_failure_told, w);
    } else if (!permit->signature) {
        prompt_say(w->prompt, GTK_MESSAGE_ERROR, permit->why, "");
        set_busy(w, FALSE);
        leave(w);
    } else {
        exchange_start(&w->doing, SK_OP_PERMIT_SUBMIT,
                       json_pack("{s:s, s:s, s:s}", "case", w->id, "permit",
                                 record_text(w->prepared, "permit"), "signature",
                                 permit->signature),
                       NULL, on_submitted, w);
    }
}

static void on_sign(struct page_waiting *w)
{
    if (w->signing || w->doing || !w->prepared)
        return;
    char *passphrase = secret_entry_take(w->passphrase);
    if (!passphrase) {
        prompt_say(w->prompt, GTK_MESSAGE_WARNING,
                   _("Enter the passphrase of your key: with it you sign."), "");
        gtk_widget_grab_focus(w->passphrase);
        return;
    }
    w->signing = true;
    set_busy(w, TRUE);
    signing_start(w->key, passphrase, w->id, w->prepared, on_signed, w);
}

/* Enter in the entry leads to the button and presses nothing. */
static void on_typed(struct page_waiting *w)
{
    gtk_widget_grab_focus(w->sign);
}

/* False: it can't be shown whole. */
static bool show_text(struct page_waiting *w, const char *permit)
{
    autobuf struct buf shown = {0};
    screen_lines(&shown, "", permit);
    buf_puts(&shown, "");
    gtk_text_buffer_set_text(gtk_text_view_get_buffer(GTK_TEXT_VIEW(w->text)),
                             !shown.err ? shown.data : "", -1);
    return !shown.err;
}

static void on_prepared(void *context, const struct reply *reply)
{
    struct page_waiting *w = context;
    struct fault f = {0};
    autobuf struct buf until = {0}, said = {0};
    if (!reply->answer) {
        prompt_say_reply(w->prompt, reply);
        prompt_refresh(w->prompt);
        return;
    }
    g_clear_pointer(&w->key, free);
    if (key_default_path(false, &w->key, &f) != 0) {
        language_put(&said, f.why);
        prompt_say(w->prompt, GTK_MESSAGE_ERROR, said.data ? said.data : "", "");
        return;
    }
    if (!show_text(w, record_text(reply->answer, "permit"))) {
        prompt_say(w->prompt, GTK_MESSAGE_ERROR, _("the text can't be shown"), "");
        return;
    }
    if (secret_guard(TRUE) != 0) {
        prompt_say(w->prompt, GTK_MESSAGE_ERROR,
                   _("The passphrase can't be protected here: approve on a terminal."), "");
        return;
    }
    w->prepared = json_incref(reply->answer);
    case_put_minute(&until, record_text(reply->answer, "expires"));
    g_autofree char *question = g_strdup_printf(
        _("With your passphrase you sign this text. The permit for %s then ends on %s."), w->id,
        until.data ? until.data : "");
    gtk_label_set_text(GTK_LABEL(w->question), question);
    set_busy(w, FALSE);
    show_below(w, SHOW_APPROVE);
    gtk_widget_grab_focus(w->passphrase);
}

static void on_approve(struct page_waiting *w)
{
    if (begin(w))
        exchange_start(&w->doing, SK_OP_PERMIT_PREPARE, json_pack("{s:s}", "case", w->id), NULL,
                       on_prepared, w);
}

/* ---- no ---- */

static void on_rejected(void *context, const struct reply *reply)
{
    struct page_waiting *w = context;
    g_autofree char *what = g_strdup_printf(_("%s is rejected."), w->id);
    if (reply->answer)
        prompt_say(w->prompt, GTK_MESSAGE_INFO, what, "");
    else
        prompt_say_reply(w->prompt, reply);
    leave(w);
}

static void on_reject(struct page_waiting *w)
{
    if (!begin(w))
        return;
    g_autofree char *title =
        g_strdup_printf(_("Why is %s rejected? Who asked for it sees the reason."), w->id);
    gtk_label_set_text(GTK_LABEL(w->reject_title), title);
    gtk_entry_set_text(GTK_ENTRY(w->why), "");
    show_below(w, SHOW_REJECT);
    gtk_widget_grab_focus(w->why);
}

static void on_reject_now(struct page_waiting *w)
{
    if (!*ui_entry_text(w->why)) {
        prompt_say(w->prompt, GTK_MESSAGE_WARNING, _("Why? Enter the reason."), "");
        gtk_widget_grab_focus(w->why);
    } else if (!w->doing) {
        exchange_start(&w->doing, SK_OP_PERMIT_REJECT,
                       json_pack("{s:s, s:s}", "case", w->id, "why", ui_entry_text(w->why)), NULL,
                       on_rejected, w);
    }
}

/* ---- the page ---- */

static GtkWidget *make_facts(struct page_waiting *w)
{
    GtkWidget *box = ui_box(GTK_ORIENTATION_VERTICAL), *row = ui_box(GTK_ORIENTATION_HORIZONTAL);
    w->facts = ui_facts();
    w->files = case_files_list();
    gtk_widget_set_halign(row, GTK_ALIGN_END);
    ui_put(row, ui_button(_("Re_ject…"), G_CALLBACK(on_reject), w), FALSE);
    ui_put(row, ui_button(_("A_pprove…"), G_CALLBACK(on_approve), w), FALSE);
    ui_put(box, ui_facts_frame(w->facts), FALSE);
    w->files_frame = ui_scrolled(w->files, FILES_HEIGHT);
    ui_put(box, w->files_frame, TRUE);
    ui_put(box, row, FALSE);
    return box;
}

static GtkWidget *make_approve(struct page_waiting *w)
{
    GtkWidget *box = ui_box(GTK_ORIENTATION_VERTICAL), *grid = ui_grid(),
              *row = ui_box(GTK_ORIENTATION_HORIZONTAL);
    w->question = ui_text("");
    w->text = gtk_text_view_new();
    gtk_text_view_set_editable(GTK_TEXT_VIEW(w->text), FALSE);
    gtk_text_view_set_monospace(GTK_TEXT_VIEW(w->text), TRUE);
    gtk_text_view_set_accepts_tab(GTK_TEXT_VIEW(w->text), FALSE);
    gtk_text_view_set_wrap_mode(GTK_TEXT_VIEW(w->text), GTK_WRAP_CHAR);
    gtk_text_view_set_left_margin(GTK_TEXT_VIEW(w->text), UI_GAP);
    w->passphrase = secret_entry_new();
    g_signal_connect_swapped(w->passphrase, "activate", G_CALLBACK(on_typed), w);
    ui_row(grid, 0, _("Pass_phrase"), w->passphrase);
    w->spinner = gtk_spinner_new();
    w->cancel = ui_button(_("_Cancel"), G_CALLBACK(on_cancel), w);
    w->sign = ui_button(_("_Sign and approve"), G_CALLBACK(on_sign), w);
    gtk_widget_set_halign(row, GTK_ALIGN_END);
    ui_put(row, w->spinner, FALSE);
    ui_put(row, w->cancel, FALSE);
    ui_put(row, w->sign, FALSE);
    ui_put(box, w->question, FALSE);
    ui_put(box, ui_scrolled(w->text, TEXT_HEIGHT), TRUE);
    ui_put(box, grid, FALSE);
    ui_put(box, row, FALSE);
    return box;
}

static GtkWidget *make_reject(struct page_waiting *w)
{
    GtkWidget *box = ui_box(GTK_ORIENTATION_VERTICAL), *grid = ui_grid(),
              *row = ui_box(GTK_ORIENTATION_HORIZONTAL);
    w->reject_title = ui_text("");
    w->why = ui_entry("");
    ui_row(grid, 0, _("Reas_on"), w->why);
    gtk_widget_set_halign(row, GTK_ALIGN_END);
    ui_put(row, ui_button(_("_Cancel"), G_CALLBACK(on_cancel), w), FALSE);
    ui_put(row, ui_button(_("Re_ject the request"), G_CALLBACK(on_reject_now), w), FALSE);
    ui_put(box, w->reject_title, FALSE);
    ui_put(box, grid, FALSE);
    ui_put(box, row, FALSE);
    return box;
}

/* Escape leaves what was begun. */
static gboolean on_key(GtkWidget *page, GdkEventKey *event, struct page_waiting *w)
{
    (void)page;
    if (event->keyval != GDK_KEY_Escape || !is_answering(w))
        return FALSE;
    on_cancel(w);
    return TRUE;
}

GtkWidget *page_waiting_new(struct prompt *p)
{
    struct page_waiting *w = g_new0(struct page_waiting, 1);
    const struct ui_column columns[] = {{_("Case"), FALSE, FALSE},
                                        {_("Who"), FALSE, FALSE},
                                        {_("Where to"), TRUE, FALSE},
                                        {_("What"), FALSE, FALSE},
                                        {_("Asked"), FALSE, FALSE}};
    GtkWidget *page = ui_box(GTK_ORIENTATION_VERTICAL),
              *name = ui_heading(_("Re_quests that wait for your answer"));
    w->prompt = p;
    p->others = w;
    w->list = ui_list(columns, (int)array_count(columns), G_CALLBACK(on_chosen), w);
    gtk_label_set_mnemonic_widget(GTK_LABEL(name), w->list);
    w->below = gtk_stack_new();
    GtkWidget *nothing = ui_remark(_("Nothing waits for your answer."));
    gtk_label_set_xalign(GTK_LABEL(nothing), 0.5f);
    gtk_stack_add_named(GTK_STACK(w->below), nothing, SHOW_NOTHING);
    gtk_stack_add_named(GTK_STACK(w->below), make_facts(w), SHOW_FACTS);
    gtk_stack_add_named(GTK_STACK(w->below), make_approve(w), SHOW_APPROVE);
    gtk_stack_add_named(GTK_STACK(w->below), make_reject(w), SHOW_REJECT);
    w->key_making = key_maker_new(p, &w->key_maker);
    ui_put(page, w->key_making, FALSE);
    ui_put(page, name, FALSE);
    ui_put(page, ui_scrolled(w->list, LIST_HEIGHT), FALSE);
    ui_put(page, w->below, TRUE);
    g_signal_connect(page, "key-press-event", G_CALLBACK(on_key), w);
    return page;
}

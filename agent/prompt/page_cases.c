/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_cases.c owns the list of a person's own requests and what that person does with them: carry
 * out, withdraw, give back, destroy. It must never record an end without method and proof. */
#include <sekisho/ops.h>
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "client/language.h"
#include "client/screen.h"
#include "client/steps.h"
#include "client/view.h"
#include "prompt/case_facts.h"
#include "prompt/prompt.h"
#include "prompt/ui.h"
#include "record/record.h"

#define LIST_HEIGHT 160 /* pixels, at least */

/* What stands below the facts. */
#define SHOW_STEPS    "steps"
#define SHOW_WITHDRAW "withdraw"
#define SHOW_END      "end"
#define SHOW_PROGRESS "progress"

struct page_cases {
    struct prompt *prompt;
    char *wanted; /* case to put the cursor on when it is known, NULL = none */
    char *id;     /* case that an action is about */
    struct exchange *doing;
    bool returning; /* else destroying */
    GtkWidget *list, *summary, *facts, *below;
    GtkWidget *carry_out, *withdraw, *give_back, *destroy;
    GtkWidget *why, *end_title, *method, *proof, *progress, *progress_text;
    uint64_t began_ns; /* boot clock, of what is carried out */
};

static void show_below(struct page_cases *c, const char *what)
{
    gtk_stack_set_visible_child_name(GTK_STACK(c->below), what);
}

static bool is_below(const struct page_cases *c, const char *what)
{
    return str_eq(gtk_stack_get_visible_child_name(GTK_STACK(c->below)), what);
}

/* ---- the list ---- */

/* The day, and whether it is over. */
static void put_back(struct buf *b, const json_t *view)
{
    buf_puts(b, record_text(view, "return-by"));
    if (record_flag(view, "overdue"))
        buf_printf(b, " %s", _("OVERDUE"));
}

static void add_row(struct page_cases *c, const json_t *view)
{
    autobuf struct buf to = {0}, amount = {0}, at = {0}, due = {0};
    case_put_destination(&to, view);
    case_put_amount(&amount, view);
    case_put_minute(&at, record_text(view, "at"));
    put_back(&due, view);
    const char *cells[] = {record_text(view, "case"), view_state_here(record_text(view, "state")),
                           to.data ? to.data : "",    amount.data ? amount.data : "",
                           at.data ? at.data : "",    due.data ? due.data : ""};
    ui_list_add(c->list, cells, (int)array_count(cells),
                record_flag(view, "overdue") ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
}

static void show_summary(struct page_cases *c, size_t out, size_t overdue)
{
    autobuf struct buf b = {0};
    if (out == 0)
        buf_puts(&b, _("nothing is out"));
    else
        buf_printf(&b, ngettext("%zu is out", "%zu are out", (unsigned long)out), out);
    if (overdue > 0)
        buf_printf(
            &b, ngettext(", %zu of them OVERDUE", ", %zu of them OVERDUE", (unsigned long)overdue),
            overdue);
    gtk_label_set_text(GTK_LABEL(c->summary), b.data && !b.err ? b.data : "");
}

static void show_rows(struct page_cases *c)
{
    const json_t *cases = c->prompt->cases;
    size_t out = 0, overdue = 0;
    int64_t days;
    gtk_list_store_clear(ui_list_store(c->list));
    for (size_t i = json_array_size(cases); i-- > 0;) { /* the latest first */
        const json_t *view = json_array_get(cases, i);
        if (!str_eq(record_text(view, "person.id"), prompt_person(c->prompt)))
            continue;
        out += str_eq(record_text(view, "state"), "out");
        overdue += record_flag(view, "overdue") && steps_due(view, clock_wall_s(), &days);
        add_row(c, view);
    }
    show_summary(c, out, overdue);
}

static void on_chosen(struct page_cases *c)
{
    g_autofree char *id = ui_list_chosen(c->list);
    const json_t *view = prompt_case(c->prompt, id);
    unsigned steps = steps_of(view);
    case_facts(c->facts, view, false);
    gtk_widget_set_sensitive(c->carry_out, (steps & STEP_CARRY_OUT) != 0);
    gtk_widget_set_sensitive(c->withdraw, (steps & STEP_WITHDRAW) != 0);
    gtk_widget_set_sensitive(c->give_back, (steps & STEP_RETURN) != 0);
    gtk_widget_set_sensitive(c->destroy, (steps & STEP_DESTROY) != 0);
    if (!c->doing && !is_below(c, SHOW_STEPS) && g_strcmp0(id, c->id) != 0 && id)
        show_below(c, SHOW_STEPS);
}

void page_cases_update(struct page_cases *c)
{
    g_autofree char *chosen = ui_list_chosen(c->list);
    bool found = c->wanted && prompt_case(c->prompt, c->wanted);
    show_rows(c);
    ui_list_choose(c->list, found ? c->wanted : chosen);
    if (found)
        g_clear_pointer(&c->wanted, g_free);
    on_chosen(c);
}

void page_cases_choose(struct page_cases *c, const char *id)
{
    g_free(c->wanted);
    c->wanted = g_strdup(id);
    gtk_widget_grab_focus(c->list);
}

/* ---- doing something ---- */

/* Begin something with the chosen case; false when none is, or something is still going on. */
static bool begin(struct page_cases *c)
{
    char *id = ui_list_chosen(c->list);
    if (!id || c->doing) {
        g_free(id);
        return false;
    }
    g_free(c->id);
    c->id = id;
    return true;
}

static void on_done(void *context, const struct reply *reply)
{
    struct page_cases *c = context;
    show_below(c, SHOW_STEPS);
    if (!reply->answer)
        prompt_say_reply(c->prompt, reply);
    gtk_widget_grab_focus(c->list);
    prompt_refresh(c->prompt);
}

static void say_done(struct page_cases *c, const char *format)
{
    g_autofree char *text = g_strdup_printf(format, c->id);
    prompt_say(c->prompt, GTK_MESSAGE_INFO, text, "");
}

static void on_carried_out(void *context, const struct reply *reply)
{
    struct page_cases *c = context;
    autobuf struct buf where = {0};
    if (reply->answer) {
        g_autofree char *text = g_strdup_printf(_("%s was carried out."), c->id);
        buf_puts(&where, _("It lies here: "));
        screen_safe(&where, record_text(reply->answer, "path"));
        prompt_say(c->prompt, GTK_MESSAGE_INFO, text, where.data ? where.data : "");
    }
    on_done(c, reply);
}

static void on_progress(void *context, const json_t *message)
{
    struct page_cases *c = context;
    autobuf struct buf b = {0};
    int64_t done = record_number(message, "bytes"), total = record_number(message, "total");
    if (done < 0 || total <= 0)
        return;
    screen_short_size(&b, (uint64_t)done);
    buf_puts(&b, " / ");
    screen_short_size(&b, (uint64_t)total);
    screen_pace(&b, (uint64_t)done, (uint64_t)total, clock_boot_ns() - c->began_ns);
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(c->progress), (double)done / (double)total);
    gtk_label_set_text(GTK_LABEL(c->progress_text), b.data && !b.err ? b.data : "");
}

static void on_carry_out(struct page_cases *c)
{
    if (!begin(c))
        return;
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(c->progress), 0);
    gtk_label_set_text(GTK_LABEL(c->progress_text), _("Carrying out…"));
    c->began_ns = clock_boot_ns();
    show_below(c, SHOW_PROGRESS);
    exchange_start(&c->doing, SK_OP_EXPORT, json_pack("{s:s}", "case", c->id), on_progress,
                   on_carried_out, c);
}

static void on_withdrawn(void *context, const struct reply *reply)
{
    struct page_cases *c = context;
    if (reply->answer)
        say_done(c, _("%s was withdrawn. Nobody can approve it or carry it out any more."));
    on_done(c, reply);
}

static void on_withdraw(struct page_cases *c)
{
    if (!begin(c))
        return;
    gtk_entry_set_text(GTK_ENTRY(c->why), "");
    show_below(c, SHOW_WITHDRAW);
    gtk_widget_grab_focus(c->why);
}

static void on_withdraw_now(struct page_cases *c)
{
    if (!c->doing)
        exchange_start(&c->doing, SK_OP_REQUEST_WITHDRAW,
                       json_pack("{s:s, s:s}", "case", c->id, "why", ui_entry_text(c->why)), NULL,
                       on_withdrawn, c);
}

static void begin_end(struct page_cases *c, bool returning)
{
    if (!begin(c))
        return;
    g_autofree char *title =
        g_strdup_printf(returning ? _("How did %s come back?") : _("How was %s destroyed?"), c->id);
    c->returning = returning;
    gtk_label_set_text(GTK_LABEL(c->end_title), title);
    gtk_entry_set_placeholder_text(GTK_ENTRY(c->method),
                                   returning ? _("for instance: by hand, to the city's office")
                                             : _("for instance: overwritten, shredded"));
    gtk_entry_set_text(GTK_ENTRY(c->method), "");
    gtk_entry_set_text(GTK_ENTRY(c->proof), "");
    show_below(c, SHOW_END);
    gtk_widget_grab_focus(c->method);
}

static void on_give_back(struct page_cases *c)
{
    begin_end(c, true);
}

static void on_destroy(struct page_cases *c)
{
    begin_end(c, false);
}

static void on_ended(void *context, const struct reply *reply)
{
    struct page_cases *c = context;
    if (reply->answer)
        say_done(c, c->returning ? _("It is on record that %s was returned.")
                                 : _("It is on record that %s was destroyed."));
    on_done(c, reply);
}

static void on_end_now(struct page_cases *c)
{
    GtkWidget *empty = !*ui_entry_text(c->method)  ? c->method
                       : !*ui_entry_text(c->proof) ? c->proof
                                                   : NULL;
    if (empty) {
        prompt_say(c->prompt, GTK_MESSAGE_WARNING,
                   empty == c->method ? _("How was it done? Enter the method.")
                                      : _("What proves it? Enter the proof."),
                   "");
        gtk_widget_grab_focus(empty);
        return;
    }
    if (!c->doing)
        exchange_start(&c->doing, c->returning ? SK_OP_RETURN : SK_OP_DISPOSE,
                       json_pack("{s:s, s:s, s:{s:s, s:s, s:s}, s:s}", "case", c->id, "method",
                                 ui_entry_text(c->method), "proof", "text", ui_entry_text(c->proof),
                                 "file", "", "sha256", "", "done-by", ""),
                       NULL, on_ended, c);
}

static void on_cancel(struct page_cases *c)
{
    if (c->doing)
        return;
    show_below(c, SHOW_STEPS);
    gtk_widget_grab_focus(c->list);
}

/* ---- the page ---- */

static GtkWidget *make_buttons(struct page_cases *c, const char *name, GCallback pressed)
{
    GtkWidget *row = ui_box(GTK_ORIENTATION_HORIZONTAL);
    gtk_widget_set_halign(row, GTK_ALIGN_END);
    ui_put(row, ui_button(_("_Cancel"), G_CALLBACK(on_cancel), c), FALSE);
    ui_put(row, ui_button(name, pressed, c), FALSE);
    return row;
}

static GtkWidget *make_steps(struct page_cases *c)
{
    GtkWidget *row = ui_box(GTK_ORIENTATION_HORIZONTAL);
    c->carry_out = ui_button(_("Carry _out"), G_CALLBACK(on_carry_out), c);
    c->withdraw = ui_button(_("With_draw…"), G_CALLBACK(on_withdraw), c);
    c->give_back = ui_button(_("_Given back…"), G_CALLBACK(on_give_back), c);
    c->destroy = ui_button(_("Dest_royed…"), G_CALLBACK(on_destroy), c);
    ui_put(row, c->carry_out, FALSE);
    ui_put(row, c->give_back, FALSE);
    ui_put(row, c->destroy, FALSE);
    gtk_box_pack_end(GTK_BOX(row), c->withdraw, FALSE, FALSE, 0);
    gtk_widget_set_valign(row, GTK_ALIGN_END);
    return row;
}

static GtkWidget *make_withdraw(struct page_cases *c)
{
    GtkWidget *box = ui_box(GTK_ORIENTATION_VERTICAL), *grid = ui_grid();
    c->why = ui_entry("");
    ui_row(grid, 0, _("Reas_on"), c->why);
    ui_put(box, ui_text(_("Withdraw this request? A permit that was given for it is void then.")),
           FALSE);
    ui_put(box, grid, FALSE);
    ui_put(box, make_buttons(c, _("With_draw the request"), G_CALLBACK(on_withdraw_now)), FALSE);
    return box;
}

static GtkWidget *make_end(struct page_cases *c)
{
    GtkWidget *box = ui_box(GTK_ORIENTATION_VERTICAL), *grid = ui_grid();
    c->end_title = ui_text("");
    c->method = ui_entry("");
    c->proof = ui_entry(_("for instance: receipt 3, signed by the city"));
    ui_row(grid, 0, _("_Method"), c->method);
    ui_row(grid, 1, _("_Proof"), c->proof);
    ui_put(box, c->end_title, FALSE);
    ui_put(box, grid, FALSE);
    ui_put(box, make_buttons(c, _("Put it on r_ecord"), G_CALLBACK(on_end_now)), FALSE);
    return box;
}

static GtkWidget *make_progress(struct page_cases *c)
{
    GtkWidget *box = ui_box(GTK_ORIENTATION_VERTICAL);
    c->progress = gtk_progress_bar_new();
    c->progress_text = ui_remark("");
    ui_put(box, c->progress, FALSE);
    ui_put(box, c->progress_text, FALSE);
    return box;
}

static GtkWidget *make_list(struct page_cases *c)
{
    const struct ui_column columns[] = {
        {_("Case"), FALSE, FALSE}, {_("State"), FALSE, FALSE}, {_("Where to"), TRUE, FALSE},
        {_("What"), FALSE, FALSE}, {_("Asked"), FALSE, FALSE}, {_("To be back"), FALSE, FALSE}};
    c->list = ui_list(columns, (int)array_count(columns), G_CALLBACK(on_chosen), c);
    return ui_scrolled(c->list, LIST_HEIGHT);
}

/* Escape leaves what was begun. */
static gboolean on_key(GtkWidget *page, GdkEventKey *event, struct page_cases *c)
{
    (void)page;
    if (event->keyval != GDK_KEY_Escape || is_below(c, SHOW_STEPS))
        return FALSE;
    on_cancel(c);
    return TRUE;
}

GtkWidget *page_cases_new(struct prompt *p)
{
    struct page_cases *c = g_new0(struct page_cases, 1);
    GtkWidget *page = ui_box(GTK_ORIENTATION_VERTICAL), *head = ui_box(GTK_ORIENTATION_HORIZONTAL);
    GtkWidget *name = ui_heading(_("Your re_quests"));
    c->prompt = p;
    p->own = c;
    c->summary = ui_remark("");
    gtk_label_set_xalign(GTK_LABEL(c->summary), 1);
    c->facts = ui_facts();
    c->below = gtk_stack_new();
    gtk_stack_set_vhomogeneous(GTK_STACK(c->below), FALSE);
    ui_put(head, name, TRUE);
    ui_put(head, c->summary, FALSE);
    ui_put(page, head, FALSE);
    ui_put(page, make_list(c), TRUE);
    ui_put(page, ui_facts_frame(c->facts), FALSE);
    gtk_label_set_mnemonic_widget(GTK_LABEL(name), c->list);
    gtk_stack_add_named(GTK_STACK(c->below), make_steps(c), SHOW_STEPS);
    gtk_stack_add_named(GTK_STACK(c->below), make_withdraw(c), SHOW_WITHDRAW);
    gtk_stack_add_named(GTK_STACK(c->below), make_end(c), SHOW_END);
    gtk_stack_add_named(GTK_STACK(c->below), make_progress(c), SHOW_PROGRESS);
    ui_put(page, c->below, FALSE);
    g_signal_connect(page, "key-press-event", G_CALLBACK(on_key), c);
    return page;
}

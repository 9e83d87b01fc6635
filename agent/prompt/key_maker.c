/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key_maker.c owns the making of an approver's key in the window: the passphrase twice, its strength,
 * the line for the policy. It must never make a key that opens without a passphrase, nor keep one. */
#include "prompt/key_maker.h"
#include <sodium.h>
#include <string.h>
#include "base/str.h"
#include "client/key.h"
#include "client/language.h"
#include "client/passphrase.h"
#include "client/screen.h"
#include "prompt/secret.h"
#include "prompt/ui.h"

#define SHOW_OFFER "offer"
#define SHOW_FORM  "form"
#define SHOW_LINE  "line"

struct key_maker {
    struct prompt *prompt;
    bool making; /* the thread has the passphrase */
    GtkWidget *stack, *form, *first, *again, *spinner, *line;
};

/* What the thread works on, alone until it is done. */
struct making {
    struct key_maker *maker;
    char *path, *passphrase;
    char key[MINISIGN_PUBLIC_TEXT_CAP];
    struct fault fault;
};

static void show(struct key_maker *k, const char *what)
{
    gtk_stack_set_visible_child_name(GTK_STACK(k->stack), what);
}

static bool is_shown(const struct key_maker *k, const char *what)
{
    return str_eq(gtk_stack_get_visible_child_name(GTK_STACK(k->stack)), what);
}

void key_maker_update(struct key_maker *k)
{
    struct fault f = {0};
    autofree char *path = NULL;
    bool needed = !is_shown(k, SHOW_OFFER) ||
                  (prompt_manages(k->prompt) && key_default_path(false, &path, &f) == 0 && path &&
                   access(path, F_OK) != 0 && errno == ENOENT);
    gtk_widget_set_visible(k->stack, needed);
}

bool key_maker_is_open(const struct key_maker *k)
{
    return is_shown(k, SHOW_FORM);
}

static void wipe(struct key_maker *k)
{
    sodium_free(secret_entry_take(k->first));
    sodium_free(secret_entry_take(k->again));
}

static void leave(struct key_maker *k)
{
    wipe(k);
    (void)secret_guard(FALSE);
    show(k, SHOW_OFFER);
    key_maker_update(k);
}

static void on_cancel(struct key_maker *k)
{
    if (!k->making)
        leave(k);
}

static void on_begin(struct key_maker *k)
{
    if (secret_guard(TRUE) != 0) {
        prompt_say(k->prompt, GTK_MESSAGE_ERROR,
                   _("The passphrase can't be protected here: use sekisho approver init."), "");
        return;
    }
    show(k, SHOW_FORM);
    gtk_widget_grab_focus(k->first);
}

/* ---- the thread ---- */

static void set_busy(struct key_maker *k, bool busy)
{
    k->making = busy;
    gtk_widget_set_sensitive(k->form, !busy);
    if (busy)
        gtk_spinner_start(GTK_SPINNER(k->spinner));
    else
        gtk_spinner_stop(GTK_SPINNER(k->spinner));
}

static gboolean on_made(gpointer data)
{
    struct making *m = data;
    struct key_maker *k = m->maker;
    set_busy(k, false);
    (void)secret_guard(FALSE);
    if (m->fault.code == 0) {
        g_autofree char *line = g_strdup_printf("key = %s", m->key);
        autobuf struct buf shown = {0};
        screen_safe(&shown, m->path);
        g_autofree char *where =
            g_strdup_printf(_("the secret key is in %s; without its passphrase it is worth nothing"),
                            shown.data ? shown.data : "");
        prompt_say(k->prompt, GTK_MESSAGE_INFO, _("Your key is made."), where);
        gtk_entry_set_text(GTK_ENTRY(k->line), line);
        show(k, SHOW_LINE);
        gtk_widget_grab_focus(k->line);
    } else {
        autobuf struct buf said = {0}, safe = {0};
        language_put(&said, m->fault.why);
        screen_safe(&safe, said.data ? said.data : "");
        prompt_say(k->prompt, GTK_MESSAGE_ERROR, safe.data ? safe.data : "", "");
        leave(k);
    }
    g_free(m->path);
    g_free(m);
    return G_SOURCE_REMOVE;
}

static gpointer run(gpointer data)
{
    struct making *m = data;
    struct minisign_public pub;
    if (passphrase_suits_policy(m->passphrase, &m->fault) == 0 &&
        key_make(m->path, m->passphrase, &pub, &m->fault) == 0)
        minisign_public_format(&pub, m->key);
    sodium_free(m->passphrase);
    m->passphrase = NULL;
    g_idle_add(on_made, m);
    return NULL;
}

/* Takes the passphrase. */
static void start(struct key_maker *k, char *passphrase)
{
    struct fault f = {0};
    autofree char *path = NULL;
    autobuf struct buf said = {0};
    if (key_default_path(true, &path, &f) != 0) {
        language_put(&said, f.why);
        prompt_say(k->prompt, GTK_MESSAGE_ERROR, said.data ? said.data : "", "");
        sodium_free(passphrase);
        return;
    }
    struct making *m = g_new0(struct making, 1);
    m->maker = k;
    m->path = g_strdup(path);
    m->passphrase = passphrase;
    set_busy(k, true);
    g_thread_unref(g_thread_new("making", run, m));
}

/* ---- the passphrase ---- */

/* What is wrong with it; NULL = nothing. */
static const char *fault_of(const char *first, const char *again)
{
    if (!first)
        return _("Choose a passphrase: without it the key is worth nothing to whoever finds it.");
    const char *weakness = passphrase_weakness(first);
    if (weakness)
        return weakness;
    return !again || strcmp(first, again) != 0 ? _("the two passphrases differ") : NULL;
}

static void on_make(struct key_maker *k)
{
    if (k->making)
        return;
    char *first = secret_entry_take(k->first), *again = secret_entry_take(k->again);
    const char *wrong = fault_of(first, again);
    sodium_free(again);
    if (wrong) {
        sodium_free(first);
        prompt_say(k->prompt, GTK_MESSAGE_WARNING, wrong, "");
        gtk_widget_grab_focus(k->first);
        return;
    }
    start(k, first);
}

static void on_copy(struct key_maker *k)
{
    gtk_clipboard_set_text(gtk_clipboard_get(GDK_SELECTION_CLIPBOARD),
                           gtk_entry_get_text(GTK_ENTRY(k->line)), -1);
}

/* ---- the parts ---- */

static GtkWidget *make_offer(struct key_maker *k)
{
    GtkWidget *row = ui_box(GTK_ORIENTATION_HORIZONTAL);
    ui_put(row, ui_text(_("You have no key yet with which you sign permits.")), TRUE);
    ui_put(row, ui_button(_("Make a _key…"), G_CALLBACK(on_begin), k), FALSE);
    return row;
}

static GtkWidget *make_form(struct key_maker *k)
{
    GtkWidget *box = ui_box(GTK_ORIENTATION_VERTICAL), *grid = ui_grid(),
              *row = ui_box(GTK_ORIENTATION_HORIZONTAL);
    k->form = box;
    k->first = secret_entry_new();
    k->again = secret_entry_new();
    k->spinner = gtk_spinner_new();
    ui_row(grid, 0, _("_New passphrase"), k->first);
    ui_row(grid, 1, _("The same a_gain"), k->again);
    gtk_widget_set_halign(row, GTK_ALIGN_END);
    ui_put(row, k->spinner, FALSE);
    ui_put(row, ui_button(_("_Cancel"), G_CALLBACK(on_cancel), k), FALSE);
    ui_put(row, ui_button(_("Make the _key"), G_CALLBACK(on_make), k), FALSE);
    ui_put(box, ui_text(_("At least 12 characters of two kinds. Nobody can restore it.")), FALSE);
    ui_put(box, grid, FALSE);
    ui_put(box, row, FALSE);
    return box;
}

static GtkWidget *make_line(struct key_maker *k)
{
    GtkWidget *box = ui_box(GTK_ORIENTATION_VERTICAL), *row = ui_box(GTK_ORIENTATION_HORIZONTAL);
    k->line = gtk_entry_new();
    gtk_editable_set_editable(GTK_EDITABLE(k->line), FALSE);
    ui_put(row, k->line, TRUE);
    ui_put(row, ui_button(_("_Copy"), G_CALLBACK(on_copy), k), FALSE);
    ui_put(row, ui_button(_("_Done"), G_CALLBACK(leave), k), FALSE);
    ui_put(box, row, FALSE);
    ui_put(box,
           ui_remark(_("give the line above to the administrator, for your [person] of the policy")),
           FALSE);
    return box;
}

/* Escape leaves what was begun. */
static gboolean on_key(GtkWidget *stack, GdkEventKey *event, struct key_maker *k)
{
    (void)stack;
    if (event->keyval != GDK_KEY_Escape || !is_shown(k, SHOW_FORM))
        return FALSE;
    on_cancel(k);
    return TRUE;
}

GtkWidget *key_maker_new(struct prompt *p, struct key_maker **ret)
{
    struct key_maker *k = g_new0(struct key_maker, 1);
    k->prompt = p;
    k->stack = gtk_stack_new();
    gtk_stack_set_vhomogeneous(GTK_STACK(k->stack), FALSE);
    gtk_stack_add_named(GTK_STACK(k->stack), make_offer(k), SHOW_OFFER);
    gtk_stack_add_named(GTK_STACK(k->stack), make_form(k), SHOW_FORM);
    gtk_stack_add_named(GTK_STACK(k->stack), make_line(k), SHOW_LINE);
    gtk_widget_show_all(k->stack);
    gtk_widget_hide(k->stack);
    gtk_widget_set_no_show_all(k->stack, TRUE);
    g_signal_connect(k->stack, "key-press-event", G_CALLBACK(on_key), k);
    *ret = k;
    return k->stack;
}

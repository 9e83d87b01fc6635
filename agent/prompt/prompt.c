/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prompt.c owns the window, what control has told, and the looking for news. It must never take the
 * focus, show a dialog over something else, or ask control by itself for what is recorded when it
 * is refused. */
#include "prompt/prompt.h"
#include <sekisho/ops.h>
#include <sekisho/reason.h>
#include <string.h>
#include "base/str.h"
#include "client/language.h"
#include "client/screen.h"
#include "prompt/ui.h"
#include "record/record.h"

#define WIDTH     760 /* pixels, at first */
#define HEIGHT    620
#define GATHER_MS 150   /* records of so long are one look */
#define RETRY_MS  3000  /* between two tries to reach the agent */
#define MINUTE_MS 60000 /* what becomes due or expires has no record */

const char *prompt_person(const struct prompt *p)
{
    return record_text(p->me, "person.id");
}

const char *prompt_login(const struct prompt *p)
{
    return record_text(p->me, "login");
}

const json_t *prompt_case(const struct prompt *p, const char *id)
{
    size_t i;
    const json_t *view;
    json_array_foreach(p->cases, i,
                       view) if (id && str_eq(record_text(view, "case"), id)) return view;
    return NULL;
}

const json_t *prompt_handover(const struct prompt *p, const char *id)
{
    size_t i;
    const json_t *h;
    json_array_foreach(p->handovers, i,
                       h) if (id && str_eq(record_text(h, "handover"), id)) return h;
    return NULL;
}

bool prompt_manages(const struct prompt *p)
{
    size_t i;
    const json_t *role;
    json_array_foreach(record_member(p->me, "person.roles"), i, role)
        if (str_eq(json_string_value(role), "manager"))
            return true;
    return false;
}

void prompt_say(struct prompt *p, GtkMessageType type, const char *what, const char *advice)
{
    gtk_info_bar_set_message_type(GTK_INFO_BAR(p->bar), type);
    gtk_label_set_text(GTK_LABEL(p->bar_what), what);
    gtk_label_set_text(GTK_LABEL(p->bar_advice), advice);
    gtk_widget_set_visible(p->bar_advice, *advice != '\0');
    gtk_widget_show(p->bar);
    gtk_info_bar_set_revealed(GTK_INFO_BAR(p->bar), TRUE);
}

void prompt_say_reply(struct prompt *p, const struct reply *reply)
{
    prompt_say(p, GTK_MESSAGE_ERROR, reply->what, reply->advice);
}

/* ---- looking ---- */

static gboolean on_later(gpointer data)
{
    struct prompt *p = data;
    p->later = 0;
    prompt_refresh(p);
    return G_SOURCE_REMOVE;
}

static void refresh_in(struct prompt *p, guint ms)
{
    if (p->later)
        g_source_remove(p->later);
    p->later = g_timeout_add(ms, on_later, p);
}

static void on_change(void *context, const json_t *message)
{
    (void)message;
    refresh_in(context, GATHER_MS);
}

static void on_watch_end(void *context, const struct reply *reply)
{
    (void)reply; /* the next look tells that the agent is away */
    refresh_in(context, RETRY_MS);
}

static void keep_watching(struct prompt *p)
{
    if (!p->watch)
        exchange_start(&p->watch, SK_OP_WATCH,
                       json_pack("{s:s, s:i, s:b}", "scope", "mine", "after", -1, "cases", 1),
                       on_change, on_watch_end, p);
}

static void show_waiting(struct prompt *p)
{
    page_waiting_update(p->others);
    size_t count = page_waiting_count(p->others);
    g_autofree char *name = count ? g_strdup_printf(_("_Waiting for you (%zu)"), count)
                                  : g_strdup(_("_Waiting for you"));
    gtk_label_set_text_with_mnemonic(GTK_LABEL(p->waiting_tab), name);
}

static void on_handovers(void *context, const struct reply *reply)
{
    struct prompt *p = context;
    if (reply->answer) {
        json_decref(p->handovers);
        p->handovers = json_incref(json_object_get(reply->answer, "handovers"));
    }
    page_cases_update(p->own);
    page_handovers_update(p->hand);
    show_waiting(p);
    refresh_in(p, reply->answer ? MINUTE_MS : RETRY_MS);
}

static void on_waiting(void *context, const struct reply *reply)
{
    struct prompt *p = context;
    if (reply->answer) {
        json_decref(p->waiting);
        p->waiting = json_incref(json_object_get(reply->answer, "requests"));
    }
    exchange_start(&p->asking, SK_OP_HANDOVER_LIST, NULL, NULL, on_handovers, p);
}

static void on_cases(void *context, const struct reply *reply)
{
    struct prompt *p = context;
    if (!reply->answer) {
        prompt_say_reply(p, reply);
        refresh_in(p, RETRY_MS);
        return;
    }
    json_decref(p->cases);
    p->cases = json_incref(json_object_get(reply->answer, "cases"));
    exchange_start(&p->asking, SK_OP_REQUESTS, json_pack("{s:s}", "scope", "waiting"), NULL,
                   on_waiting, p);
}

/* Another policy than before. While a request is on its way its page goes on with the one that it
 * was made with. */
static void take_policy(struct prompt *p, const char *text)
{
    struct policy_findings findings = {0};
    if (g_strcmp0(text, p->policy_text) == 0 || page_request_is_busy(p->request))
        return;
    g_free(p->policy_text);
    p->policy_text = g_strdup(text);
    policy_free(&p->policy);
    if (policy_parse(text, strlen(text), &p->policy, &findings) != 0)
        p->policy = NULL;
    policy_findings_free(&findings);
    page_request_update(p->request);
}

static void on_policy(void *context, const struct reply *reply)
{
    struct prompt *p = context;
    take_policy(p, reply->answer ? record_text(reply->answer, "text") : "");
    if (*prompt_person(p))
        exchange_start(&p->asking, SK_OP_CASES, NULL, NULL, on_cases, p);
    else
        refresh_in(p, RETRY_MS);
}

static void on_me(void *context, const struct reply *reply)
{
    struct prompt *p = context;
    bool known = p->me != NULL;
    if (!reply->answer) {
        if (!p->away)
            prompt_say_reply(p, reply); /* once: who closes it has read it */
        p->away = true;
        refresh_in(p, RETRY_MS);
        return;
    }
    if (p->away)
        gtk_widget_hide(p->bar);
    p->away = false;
    json_decref(p->me);
    p->me = json_incref(reply->answer);
    if (!known && !*prompt_person(p))
        prompt_say(p, GTK_MESSAGE_WARNING, gettext(sk_reason_text(SK_REASON_NOT_ON_ROSTER)),
                   _("Ask the information manager to be put on the roster."));
    keep_watching(p);
    exchange_start(&p->asking, SK_OP_POLICY_SHOW, NULL, NULL, on_policy, p);
}

void prompt_refresh(struct prompt *p)
{
    exchange_start(&p->asking, SK_OP_WHOAMI, NULL, NULL, on_me, p);
}

void prompt_start(struct prompt *p)
{
    prompt_refresh(p);
}

/* ---- the window ---- */

void prompt_show_case(struct prompt *p, const char *id)
{
    gtk_notebook_set_current_page(GTK_NOTEBOOK(p->notebook), PROMPT_CASES);
    page_cases_choose(p->own, id);
    prompt_refresh(p);
}

static void on_bar_closed(struct prompt *p)
{
    gtk_widget_hide(p->bar);
}

static GtkWidget *make_bar(struct prompt *p)
{
    GtkWidget *texts = ui_box(GTK_ORIENTATION_VERTICAL);
    p->bar = gtk_info_bar_new();
    p->bar_what = ui_text("");
    p->bar_advice = ui_remark("");
    gtk_box_set_spacing(GTK_BOX(texts), UI_GAP / 2);
    ui_put(texts, p->bar_what, FALSE);
    ui_put(texts, p->bar_advice, FALSE);
    gtk_widget_show_all(texts);
    gtk_container_add(GTK_CONTAINER(gtk_info_bar_get_content_area(GTK_INFO_BAR(p->bar))), texts);
    gtk_info_bar_set_show_close_button(GTK_INFO_BAR(p->bar), TRUE);
    g_signal_connect_swapped(p->bar, "response", G_CALLBACK(on_bar_closed), p);
    gtk_widget_set_no_show_all(p->bar, TRUE);
    return p->bar;
}

static GtkWidget *add_page(struct prompt *p, GtkWidget *page, const char *name)
{
    GtkWidget *label = gtk_label_new_with_mnemonic(name);
    gtk_container_set_border_width(GTK_CONTAINER(page), UI_EDGE);
    gtk_notebook_append_page(GTK_NOTEBOOK(p->notebook), page, label);
    return label;
}

/* Alt+1 to Alt+4 beside the mnemonics. */
static gboolean on_key(GtkWidget *window, GdkEventKey *event, struct prompt *p)
{
    (void)window;
    if ((event->state & GDK_MOD1_MASK) && event->keyval >= GDK_KEY_1 &&
        event->keyval <= GDK_KEY_4) {
        gtk_notebook_set_current_page(GTK_NOTEBOOK(p->notebook), (gint)(event->keyval - GDK_KEY_1));
        return TRUE;
    }
    if ((event->state & GDK_CONTROL_MASK) &&
        (event->keyval == GDK_KEY_q || event->keyval == GDK_KEY_w)) {
        gtk_window_close(GTK_WINDOW(p->window));
        return TRUE;
    }
    return FALSE;
}

struct prompt *prompt_new(const struct prompt_given *given, enum prompt_page first)
{
    struct prompt *p = g_new0(struct prompt, 1);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    p->window = gtk_window_new(GTK_WINDOW_TOPLEVEL);
    p->notebook = gtk_notebook_new();
    gtk_window_set_title(GTK_WINDOW(p->window), _("Taking out protected data"));
    gtk_window_set_default_size(GTK_WINDOW(p->window), WIDTH, HEIGHT);
    ui_put(box, make_bar(p), FALSE);
    ui_put(box, p->notebook, TRUE);
    gtk_notebook_set_show_border(GTK_NOTEBOOK(p->notebook), FALSE);
    add_page(p, page_request_new(p, given), _("_Request"));
    add_page(p, page_cases_new(p), _("_Your cases"));
    p->waiting_tab = add_page(p, page_waiting_new(p), _("_Waiting for you"));
    add_page(p, page_handovers_new(p), _("_Hand-overs"));
    gtk_container_add(GTK_CONTAINER(p->window), box);
    g_signal_connect(p->window, "key-press-event", G_CALLBACK(on_key), p);
    g_signal_connect(p->window, "destroy", G_CALLBACK(gtk_main_quit), NULL);
    gtk_widget_show_all(box);
    gtk_notebook_set_current_page(GTK_NOTEBOOK(p->notebook), (gint)first);
    return p;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page_request.c owns the form in which somebody asks for a take-out or a copy. It must never offer
 * what the policy does not, and never send what the person has not pressed the button for. */
#include <sekisho/ops.h>
#include <string.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/str.h"
#include "client/asking.h"
#include "client/language.h"
#include "client/offers.h"
#include "client/paths.h"
#include "client/screen.h"
#include "client/view.h"
#include "prompt/prompt.h"
#include "prompt/ui.h"
#include "record/record.h"

#define LIST_HEIGHT 120 /* pixels, at least */

struct page_request {
    struct prompt *prompt;
    char *const *words; /* of the command line, taken when the policy is known */
    int word_count;
    const char *wanted;   /* destination of the command line, "" = none, or chosen by now */
    json_t *files;        /* absolute paths, escaped */
    const char *area;     /* id, of the policy; "" = none yet */
    struct offers offers; /* for it */
    gboolean date_typed;  /* the day of the return is the person's own */
    struct exchange *sending;
    GtkWidget *form, *list, *total, *to, *purpose, *consent, *kept, *back, *send, *progress;
};

/* ---- the files ---- */

static const struct policy_area *area_of(const struct page_request *r, const char *escaped)
{
    autobuf struct buf raw = {0};
    if (!r->prompt->policy || str_unescape(&raw, escaped, strlen(escaped)) != 0 || !raw.data ||
        raw.err)
        return NULL;
    return policy_area_of_path(r->prompt->policy, raw.data);
}

/* Bytes, or -1 where it can't be seen from here (in a room). */
static int64_t size_of(const char *escaped)
{
    struct stat st;
    autobuf struct buf raw = {0};
    if (str_unescape(&raw, escaped, strlen(escaped)) != 0 || !raw.data || raw.err ||
        lstat(raw.data, &st) != 0)
        return -1;
    return st.st_size;
}

/* What stands behind the area's mount point. */
static const char *name_in(const struct policy_area *area, const char *path)
{
    size_t len = area ? strlen(area->mount) : 0;
    return len > 1 && strncmp(path, area->mount, len) == 0 && path[len] == '/' ? path + len + 1
                                                                               : path;
}

static void list_file(struct page_request *r, const char *path, int64_t *total)
{
    const struct policy_area *area = area_of(r, path);
    int64_t bytes = size_of(path);
    autobuf struct buf size = {0};
    if (bytes < 0)
        buf_puts(&size, _("in its room"));
    else
        screen_short_size(&size, (uint64_t)bytes);
    *total += bytes > 0 ? bytes : 0;
    const char *cells[] = {name_in(area, path), size.data ? size.data : "",
                           area                ? area->label
                           : r->prompt->policy ? _("in no protected area")
                                               : ""};
    ui_list_add(r->list, cells, (int)array_count(cells), PANGO_WEIGHT_NORMAL);
}

static void show_total(struct page_request *r, int64_t total)
{
    autobuf struct buf b = {0};
    size_t count = json_array_size(r->files);
    const struct policy_area *area = *r->area ? policy_area(r->prompt->policy, r->area) : NULL;
    if (count == 0) {
        gtk_label_set_text(GTK_LABEL(r->total),
                           _("Add files, or drop them here from the file manager."));
        return;
    }
    buf_printf(&b, ngettext("%lld file, ", "%lld files, ", (unsigned long)count), (long long)count);
    screen_short_size(&b, (uint64_t)total);
    if (area) {
        buf_printf(&b, _("; area %s, confidentiality level %lld"), area->label,
                   (long long)area->level);
        buf_puts(&b, area->top_secret ? _(", top secret") : "");
    }
    gtk_label_set_text(GTK_LABEL(r->total), b.data && !b.err ? b.data : "");
}

/* ---- what is offered for them ---- */

static const char *chosen(GtkWidget *combo)
{
    const char *id = gtk_combo_box_get_active_id(GTK_COMBO_BOX(combo));
    return id ? id : "";
}

/* The first offer for the destination, and for the purpose unless that is NULL. */
static const struct offer *offer_of(const struct page_request *r, const char *destination,
                                    const char *purpose)
{
    for (size_t i = 0; i < r->offers.count; i++) {
        const struct offer *o = &r->offers.items[i];
        if (str_eq(o->destination->head.id, destination) &&
            (!purpose || policy_list_has(&o->consent->purposes, purpose)))
            return o;
    }
    return NULL;
}

static void fill_destinations(struct page_request *r)
{
    GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT(r->to);
    g_autofree char *before = g_strdup(*r->wanted ? r->wanted : chosen(r->to));
    const char *last = "";
    size_t count = 0;
    gtk_combo_box_text_remove_all(combo);
    for (size_t i = 0; i < r->offers.count; i++) {
        const struct policy_destination *d = r->offers.items[i].destination;
        if (str_eq(d->head.id, last))
            continue;
        g_autofree char *text =
            g_strdup_printf("%s — %s", *d->label ? d->label : d->head.id, gettext(offers_way(d)));
        gtk_combo_box_text_append(combo, d->head.id, text);
        last = d->head.id;
        count++;
    }
    if (!gtk_combo_box_set_active_id(GTK_COMBO_BOX(combo), before) && count == 1)
        gtk_combo_box_set_active(GTK_COMBO_BOX(combo), 0);
}

static void fill_purposes(struct page_request *r)
{
    GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT(r->purpose);
    g_autofree char *before = g_strdup(chosen(r->purpose));
    gtk_combo_box_text_remove_all(combo);
    for (size_t i = 0; i < r->offers.count; i++) {
        const struct offer *o = &r->offers.items[i];
        for (size_t k = 0;
             str_eq(o->destination->head.id, chosen(r->to)) && k < o->consent->purposes.count;
             k++) {
            const char *text = o->consent->purposes.items[k];
            if (offer_of(r, chosen(r->to), text) == o) /* two consents may name it */
                gtk_combo_box_text_append(combo, text, text);
        }
    }
    if (!gtk_combo_box_set_active_id(GTK_COMBO_BOX(combo), before) &&
        gtk_tree_model_iter_n_children(gtk_combo_box_get_model(GTK_COMBO_BOX(combo)), NULL) == 1)
        gtk_combo_box_set_active(GTK_COMBO_BOX(combo), 0);
}

static void suggest_date(struct page_request *r, const struct policy_destination *d)
{
    char day[CLOCK_TIME_CAP] = "";
    if (r->date_typed)
        return;
    if (d && d->return_within_s > 0)
        clock_format_date(day, clock_wall_s() + d->return_within_s);
    gtk_entry_set_text(GTK_ENTRY(r->back), day);
    r->date_typed = FALSE; /* this was not the person */
}

static void put_openers(struct buf *b, const struct policy *p, const struct policy_destination *d)
{
    autobuf struct buf who = {0};
    autojson json_t *recipients = offers_recipients(p, d);
    view_openers_here(&who, recipients);
    if (who.len && !who.err) {
        buf_putc(b, '\n');
        buf_printf(b, _("Can be opened by: %s"), who.data);
    }
}

static void show_consent(struct page_request *r)
{
    const struct offer *o =
        offer_of(r, chosen(r->to), *chosen(r->purpose) ? chosen(r->purpose) : NULL);
    autobuf struct buf b = {0};
    char day[CLOCK_TIME_CAP];
    if (o) {
        clock_format_date(day, o->consent->date);
        buf_printf(&b, _("The client's consent: %s, %s"), o->consent->document, day);
        put_openers(&b, r->prompt->policy, o->destination);
    } else if (json_array_size(r->files) > 0 && r->prompt->policy && r->offers.count == 0) {
        enum sk_reason why = r->offers.why != SK_REASON_ALLOWED ? r->offers.why
                             : *r->area                         ? SK_REASON_NO_CONSENT
                                                                : SK_REASON_NO_AREA;
        buf_printf(&b, _("These files may not be taken anywhere: %s"),
                   gettext(sk_reason_text(why)));
    }
    gtk_label_set_text(GTK_LABEL(r->consent), b.data && !b.err ? b.data : "");
}

static void on_purpose(struct page_request *r)
{
    show_consent(r);
}

static void on_destination(struct page_request *r)
{
    if (*chosen(r->to) && (json_array_size(r->files) > 0 || !str_eq(chosen(r->to), r->wanted)))
        r->wanted = ""; /* from here on it is the person's choice */
    const struct offer *o = offer_of(r, chosen(r->to), NULL);
    fill_purposes(r);
    suggest_date(r, o ? o->destination : NULL);
    show_consent(r);
}

static void on_date(struct page_request *r)
{
    r->date_typed = TRUE;
}

static void find_offers(struct page_request *r, const char *area)
{
    offers_free(&r->offers);
    if (offers_for(r->prompt->policy, prompt_login(r->prompt), area, clock_wall_s(), &r->offers) !=
        0)
        r->offers = (struct offers){0};
}

/* Of the first area whose files may go to the destination that is wanted, as long as there are no
 * files that say which. */
static void find_wanted_offers(struct page_request *r)
{
    const struct policy *p = r->prompt->policy;
    for (size_t i = 0; p && i < p->area_count && !offer_of(r, r->wanted, NULL); i++)
        find_offers(r, p->areas[i].head.id);
    if (!offer_of(r, r->wanted, NULL))
        offers_free(&r->offers);
}

/* All that follows from the files and the policy. */
static void show_files(struct page_request *r)
{
    int64_t total = 0;
    size_t i;
    const json_t *path;
    const struct policy_area *area =
        area_of(r, json_array_size(r->files) ? json_string_value(json_array_get(r->files, 0)) : "");
    r->area = area ? area->head.id : "";
    offers_free(&r->offers);
    if (area)
        find_offers(r, r->area);
    else if (json_array_size(r->files) == 0 && *r->wanted)
        find_wanted_offers(r);
    gtk_list_store_clear(ui_list_store(r->list));
    json_array_foreach(r->files, i, path) list_file(r, json_string_value(path), &total);
    show_total(r, total);
    fill_destinations(r);
    on_destination(r);
}

/* ---- adding and removing ---- */

/* The areas whose files are seen in their rooms only, as area.list has them. */
static json_t *rooms_of(const struct policy *p)
{
    json_t *rows = json_array();
    for (size_t i = 0; p && i < p->area_count; i++) {
        autobuf struct buf mount = {0};
        str_escape(&mount, p->areas[i].mount, strlen(p->areas[i].mount));
        if (p->areas[i].gate == POLICY_ROOM && mount.data && !mount.err)
            json_array_append_new(rows,
                                  json_pack("{s:s, s:s}", "gate", "room", "mount", mount.data));
    }
    return rows;
}

static void take(struct page_request *r, const char *word)
{
    struct fault f = {0};
    autojson json_t *rooms = rooms_of(r->prompt->policy);
    if (paths_in_rooms(r->files, word, rooms, &f) ||
        (f.code == 0 && paths_walk(r->files, word, &f) == 0))
        return;
    autobuf struct buf said = {0}, safe = {0};
    language_put(&said, f.why);
    screen_safe(&safe, said.data ? said.data : "");
    prompt_say(r->prompt, GTK_MESSAGE_WARNING, safe.data ? safe.data : "", "");
}

static void on_files_chosen(GtkFileChooser *chooser, int response, struct page_request *r)
{
    GSList *names =
        response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_filenames(chooser) : NULL;
    for (GSList *at = names; at; at = at->next)
        take(r, at->data);
    g_slist_free_full(names, g_free);
    gtk_widget_destroy(GTK_WIDGET(chooser));
    show_files(r);
}

/* Where the person's files are: the area of what is listed, else the first that can be looked into.
 */
static void begin_in_area(const struct page_request *r, GtkFileChooser *chooser)
{
    const struct policy *p = r->prompt->policy;
    for (size_t i = 0; p && i < p->area_count; i++)
        if ((!*r->area || str_eq(r->area, p->areas[i].head.id)) &&
            access(p->areas[i].mount, R_OK | X_OK) == 0) {
            gtk_file_chooser_set_current_folder(chooser, p->areas[i].mount);
            return;
        }
}

static void on_add(struct page_request *r)
{
    GtkWidget *chooser = gtk_file_chooser_dialog_new(
        _("Files to take out"), GTK_WINDOW(r->prompt->window), GTK_FILE_CHOOSER_ACTION_OPEN,
        _("_Cancel"), GTK_RESPONSE_CANCEL, _("_Add"), GTK_RESPONSE_ACCEPT, NULL);
    gtk_file_chooser_set_select_multiple(GTK_FILE_CHOOSER(chooser), TRUE);
    begin_in_area(r, GTK_FILE_CHOOSER(chooser));
    g_signal_connect(chooser, "response", G_CALLBACK(on_files_chosen), r);
    gtk_widget_show(chooser);
}

static void on_remove(struct page_request *r)
{
    GtkTreePath *path = NULL;
    gtk_tree_view_get_cursor(GTK_TREE_VIEW(r->list), &path, NULL);
    if (!path)
        return;
    json_array_remove(r->files, (size_t)gtk_tree_path_get_indices(path)[0]);
    show_files(r);
    gtk_tree_view_set_cursor(GTK_TREE_VIEW(r->list), path, NULL, FALSE);
    gtk_tree_path_free(path);
}

static void on_dropped(GtkWidget *widget, GdkDragContext *context, int x, int y,
                       GtkSelectionData *data, guint info, guint when, struct page_request *r)
{
    g_auto(GStrv) uris = gtk_selection_data_get_uris(data);
    (void)widget, (void)x, (void)y, (void)info;
    for (char **at = uris; at && *at; at++) {
        g_autofree char *name = g_filename_from_uri(*at, NULL, NULL);
        if (name)
            take(r, name);
    }
    gtk_drag_finish(context, uris != NULL, FALSE, when);
    show_files(r);
}

/* ---- sending ---- */

static void set_busy(struct page_request *r, gboolean busy)
{
    gtk_widget_set_sensitive(r->form, !busy);
    gtk_widget_set_sensitive(r->send, !busy);
    gtk_widget_set_visible(r->progress, busy);
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(r->progress), 0);
}

static void on_progress(void *context, const json_t *message)
{
    struct page_request *r = context;
    int64_t done = record_number(message, "bytes"), total = record_number(message, "total");
    if (done >= 0 && total > 0)
        gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(r->progress), (double)done / (double)total);
}

static void put_people(struct buf *b, const json_t *people)
{
    size_t i;
    const json_t *person;
    json_array_foreach(people, i, person)
    {
        buf_puts(b, i ? ", " : "");
        screen_person(b, person);
    }
}

static void on_sent(void *context, const struct reply *reply)
{
    struct page_request *r = context;
    autobuf struct buf what = {0}, who = {0}, advice = {0};
    set_busy(r, FALSE);
    if (!reply->answer) {
        prompt_say_reply(r->prompt, reply);
        gtk_widget_grab_focus(r->send);
        return;
    }
    const char *under = record_text(reply->answer, "permitted.under");
    put_people(&who, record_member(reply->answer, "approvers"));
    buf_printf(&what, *under ? _("%s is permitted.") : _("%s was requested."),
               record_text(reply->answer, "case"));
    if (*under)
        buf_printf(&advice, _("By the standing permit %s. Now it can be carried out."), under);
    else
        buf_printf(&advice, _("It waits for the approval of: %s"),
                   who.data ? who.data : _("nobody: ask the information manager"));
    prompt_say(r->prompt, GTK_MESSAGE_INFO, what.data ? what.data : "",
               advice.data ? advice.data : "");
    json_array_clear(r->files);
    gtk_entry_set_text(GTK_ENTRY(r->kept), "");
    r->date_typed = FALSE;
    show_files(r);
    prompt_show_case(r->prompt, record_text(reply->answer, "case"));
}

/* What is still to be said, and where the person says it. */
static bool tell_lack(struct page_request *r, enum asking_lack lack)
{
    const struct {
        const char *text;
        GtkWidget *field;
    } lacks[] = {
        [ASKING_FILES] = {_("Which files? Add them to the list."), r->list},
        [ASKING_DESTINATION] = {_("Where are they to go? Choose a destination."), r->to},
        [ASKING_PURPOSE] = {_("What for? Choose a purpose that the client has consented to."),
                            r->purpose},
        [ASKING_KEPT] = {_("Where and how will it be kept there?"), r->kept},
        [ASKING_DATE] = {_("That is no day; write it as 2026-12-01, or leave it empty."), r->back},
    };
    if (lack == ASKING_NOTHING)
        return false;
    prompt_say(r->prompt, GTK_MESSAGE_WARNING, lacks[lack].text, "");
    gtk_widget_grab_focus(lacks[lack].field);
    return true;
}

static void on_send(struct page_request *r)
{
    const struct offer *o = offer_of(r, chosen(r->to), NULL);
    const struct asking asking = {.files = r->files,
                                  .destination = chosen(r->to),
                                  .purpose = chosen(r->purpose),
                                  .kept = ui_entry_text(r->kept),
                                  .return_by = ui_entry_text(r->back),
                                  .copy = o && offers_is_copy(o->destination)};
    if (r->sending || tell_lack(r, asking_lacks(&asking)))
        return;
    set_busy(r, TRUE);
    exchange_start(&r->sending, SK_OP_REQUEST, asking_question(&asking), on_progress, on_sent, r);
}

/* ---- the page ---- */

void page_request_update(struct page_request *r)
{
    for (; r->prompt->policy && r->word_count > 0; r->word_count--, r->words++)
        take(r, r->words[0]);
    show_files(r);
}

bool page_request_is_busy(const struct page_request *r)
{
    return r->sending != NULL;
}

static GtkWidget *make_files(struct page_request *r)
{
    static const struct ui_column columns[] = {
        {N_("File"), TRUE, FALSE}, {N_("Size"), FALSE, TRUE}, {N_("Area"), FALSE, FALSE}};
    struct ui_column here[array_count(columns)];
    GtkWidget *box = ui_box(GTK_ORIENTATION_VERTICAL), *head = ui_box(GTK_ORIENTATION_HORIZONTAL);
    GtkWidget *name = ui_heading(_("_Files"));
    for (size_t i = 0; i < array_count(columns); i++)
        here[i] =
            (struct ui_column){gettext(columns[i].title), columns[i].grows, columns[i].number};
    r->list = ui_list(here, (int)array_count(here), NULL, NULL);
    r->total = ui_remark("");
    gtk_label_set_mnemonic_widget(GTK_LABEL(name), r->list);
    ui_put(head, name, TRUE);
    ui_put(head, ui_button(_("_Add…"), G_CALLBACK(on_add), r), FALSE);
    ui_put(head, ui_button(_("Re_move"), G_CALLBACK(on_remove), r), FALSE);
    ui_put(box, head, FALSE);
    ui_put(box, ui_scrolled(r->list, LIST_HEIGHT), TRUE);
    ui_put(box, r->total, FALSE);
    return box;
}

static GtkWidget *make_form(struct page_request *r)
{
    GtkWidget *grid = ui_grid();
    r->to = gtk_combo_box_text_new();
    r->purpose = gtk_combo_box_text_new();
    r->consent = ui_remark("");
    r->kept = ui_entry(_("for instance: locked cabinet in the head office"));
    r->back = ui_entry(_("2026-12-01, or empty when it does not come back"));
    ui_row(grid, 0, _("_Destination"), r->to);
    ui_row(grid, 1, _("_Purpose"), r->purpose);
    gtk_grid_attach(GTK_GRID(grid), r->consent, 1, 2, 1, 1);
    ui_row(grid, 3, _("_Kept where and how"), r->kept);
    ui_row(grid, 4, _("Return _by"), r->back);
    g_signal_connect_swapped(r->to, "changed", G_CALLBACK(on_destination), r);
    g_signal_connect_swapped(r->purpose, "changed", G_CALLBACK(on_purpose), r);
    g_signal_connect_swapped(r->back, "changed", G_CALLBACK(on_date), r);
    return grid;
}

GtkWidget *page_request_new(struct prompt *p, const struct prompt_given *given)
{
    struct page_request *r = g_new0(struct page_request, 1);
    GtkWidget *page = ui_box(GTK_ORIENTATION_VERTICAL), *end = ui_box(GTK_ORIENTATION_HORIZONTAL);
    *r = (struct page_request){.prompt = p,
                               .words = given->files,
                               .word_count = given->count,
                               .wanted = given->destination,
                               .files = json_array(),
                               .area = ""};
    p->request = r;
    r->form = ui_box(GTK_ORIENTATION_VERTICAL);
    gtk_box_set_spacing(GTK_BOX(r->form), UI_EDGE);
    ui_put(r->form, make_files(r), TRUE);
    ui_put(r->form, make_form(r), FALSE);
    r->send = ui_button(_("_Send the request"), G_CALLBACK(on_send), r);
    r->progress = gtk_progress_bar_new();
    gtk_widget_set_valign(r->progress, GTK_ALIGN_CENTER);
    gtk_widget_set_no_show_all(r->progress, TRUE);
    ui_put(end, r->progress, TRUE);
    gtk_box_pack_end(GTK_BOX(end), r->send, FALSE, FALSE, 0);
    ui_put(page, r->form, TRUE);
    ui_put(page, end, FALSE);
    gtk_drag_dest_set(page, GTK_DEST_DEFAULT_ALL, NULL, 0, GDK_ACTION_COPY);
    gtk_drag_dest_add_uri_targets(page);
    g_signal_connect(page, "drag-data-received", G_CALLBACK(on_dropped), r);
    show_total(r, 0);
    return page;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ui.c owns the looks that all pages share. It must never show text from outside that was not made
 * safe, nor as markup. */
#include "prompt/ui.h"
#include <string.h>
#include "client/screen.h"

#define TEXT_CHARS   40  /* the least width of what breaks into lines */
#define FACTS_HEIGHT 320 /* pixels, at most; then they scroll */

GtkWidget *ui_box(GtkOrientation orientation)
{
    return gtk_box_new(orientation, UI_GAP);
}

void ui_put(GtkWidget *box, GtkWidget *child, gboolean grows)
{
    gtk_box_pack_start(GTK_BOX(box), child, grows, TRUE, 0);
}

static void set_safe(GtkWidget *label, const char *text)
{
    autobuf struct buf b = {0};
    screen_safe(&b, text);
    gtk_label_set_text(GTK_LABEL(label), b.data && !b.err ? b.data : "");
}

GtkWidget *ui_text(const char *text)
{
    GtkWidget *label = gtk_label_new(text);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_line_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_line_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_width_chars(GTK_LABEL(label),
                              TEXT_CHARS); /* else it may be one character wide, and so high */
    return label;
}

static void add_class(GtkWidget *widget, const char *class)
{
    gtk_style_context_add_class(gtk_widget_get_style_context(widget), class);
}

static void set_attribute(GtkWidget *label, PangoAttribute *attribute)
{
    PangoAttrList *list = pango_attr_list_new();
    pango_attr_list_insert(list, attribute);
    gtk_label_set_attributes(GTK_LABEL(label), list);
    pango_attr_list_unref(list);
}

GtkWidget *ui_heading(const char *text)
{
    GtkWidget *label = ui_text(NULL);
    gtk_label_set_text_with_mnemonic(GTK_LABEL(label), text);
    set_attribute(label, pango_attr_weight_new(PANGO_WEIGHT_BOLD));
    return label;
}

GtkWidget *ui_remark(const char *text)
{
    GtkWidget *label = ui_text(text);
    add_class(label, GTK_STYLE_CLASS_DIM_LABEL);
    return label;
}

GtkWidget *ui_grid(void)
{
    GtkWidget *grid = gtk_grid_new();
    gtk_grid_set_row_spacing(GTK_GRID(grid), UI_GAP);
    gtk_grid_set_column_spacing(GTK_GRID(grid), UI_EDGE);
    return grid;
}

void ui_row(GtkWidget *grid, int row, const char *name, GtkWidget *field)
{
    GtkWidget *label = gtk_label_new_with_mnemonic(name);
    gtk_label_set_mnemonic_widget(GTK_LABEL(label), field);
    gtk_label_set_xalign(GTK_LABEL(label), 1);
    gtk_widget_set_hexpand(field, TRUE);
    gtk_grid_attach(GTK_GRID(grid), label, 0, row, 1, 1);
    gtk_grid_attach(GTK_GRID(grid), field, 1, row, 1, 1);
}

GtkWidget *ui_button(const char *name, GCallback pressed, void *context)
{
    GtkWidget *button = gtk_button_new_with_mnemonic(name);
    g_signal_connect_swapped(button, "clicked", pressed, context);
    return button;
}

GtkWidget *ui_entry(const char *example)
{
    GtkWidget *entry = gtk_entry_new();
    gtk_entry_set_placeholder_text(GTK_ENTRY(entry), example);
    return entry;
}

const char *ui_entry_text(GtkWidget *entry)
{
    return gtk_entry_get_text(GTK_ENTRY(entry));
}

static void add_column(GtkTreeView *view, int number, int weight, const struct ui_column *c)
{
    GtkCellRenderer *cell = gtk_cell_renderer_text_new();
    GtkTreeViewColumn *column = gtk_tree_view_column_new_with_attributes(
        c->title, cell, "text", number, "weight", weight, NULL);
    if (c->number)
        gtk_cell_renderer_set_alignment(cell, 1, 0.5f);
    if (c->number)
        gtk_tree_view_column_set_alignment(column, 1);
    if (c->grows)
        g_object_set(cell, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
    gtk_tree_view_column_set_expand(column, c->grows);
    gtk_tree_view_column_set_resizable(column, TRUE);
    gtk_tree_view_append_column(view, column);
}

GtkWidget *ui_list(const struct ui_column *columns, int count, GCallback chosen, void *context)
{
    GType types[UI_FACTS];
    for (int i = 0; i < count; i++)
        types[i] = G_TYPE_STRING;
    types[count] = G_TYPE_INT;
    GtkListStore *store = gtk_list_store_newv(count + 1, types);
    GtkWidget *list = gtk_tree_view_new_with_model(GTK_TREE_MODEL(store));
    g_object_unref(store);
    gtk_tree_view_set_enable_search(GTK_TREE_VIEW(list), FALSE);
    for (int i = 0; i < count; i++)
        add_column(GTK_TREE_VIEW(list), i, count, &columns[i]);
    if (chosen)
        g_signal_connect_swapped(gtk_tree_view_get_selection(GTK_TREE_VIEW(list)), "changed",
                                 chosen, context);
    return list;
}

GtkListStore *ui_list_store(GtkWidget *list)
{
    return GTK_LIST_STORE(gtk_tree_view_get_model(GTK_TREE_VIEW(list)));
}

void ui_list_add(GtkWidget *list, const char *const *cells, int count, int weight)
{
    GtkTreeIter at;
    GtkListStore *store = ui_list_store(list);
    gtk_list_store_append(store, &at);
    for (int i = 0; i < count; i++) {
        autobuf struct buf b = {0};
        screen_safe(&b, cells[i]);
        gtk_list_store_set(store, &at, i, b.data && !b.err ? b.data : "", -1);
    }
    gtk_list_store_set(store, &at, count, weight, -1);
}

char *ui_list_chosen(GtkWidget *list)
{
    GtkTreeIter at;
    GtkTreeModel *model;
    char *text = NULL;
    if (gtk_tree_selection_get_selected(gtk_tree_view_get_selection(GTK_TREE_VIEW(list)), &model,
                                        &at))
        gtk_tree_model_get(model, &at, 0, &text, -1);
    return text;
}

void ui_list_choose(GtkWidget *list, const char *first)
{
    GtkTreeIter at;
    GtkTreeModel *model = gtk_tree_view_get_model(GTK_TREE_VIEW(list));
    GtkTreePath *path = gtk_tree_path_new_first();
    gboolean found = gtk_tree_model_get_iter_first(model, &at);
    for (gboolean more = found && first; more; more = gtk_tree_model_iter_next(model, &at)) {
        g_autofree char *text = NULL;
        gtk_tree_model_get(model, &at, 0, &text, -1);
        if (g_strcmp0(text, first) == 0) {
            gtk_tree_path_free(path);
            path = gtk_tree_model_get_path(model, &at);
            break;
        }
    }
    if (found)
        gtk_tree_view_set_cursor(GTK_TREE_VIEW(list), path, NULL, FALSE);
    gtk_tree_path_free(path);
}

GtkWidget *ui_scrolled(GtkWidget *child, int height)
{
    GtkWidget *scrolled = gtk_scrolled_window_new(NULL, NULL);
    gtk_scrolled_window_set_shadow_type(GTK_SCROLLED_WINDOW(scrolled), GTK_SHADOW_IN);
    gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(scrolled), height);
    gtk_container_add(GTK_CONTAINER(scrolled), child);
    return scrolled;
}

GtkWidget *ui_facts_frame(GtkWidget *facts)
{
    GtkWidget *scrolled = gtk_scrolled_window_new(NULL, NULL);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scrolled), TRUE);
    gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(scrolled), FACTS_HEIGHT);
    gtk_container_add(GTK_CONTAINER(scrolled), facts);
    gtk_widget_set_can_focus(scrolled, TRUE); /* where it is too low, keys scroll it */
    return scrolled;
}

GtkWidget *ui_facts(void)
{
    GtkWidget *grid = ui_grid();
    gtk_grid_set_row_spacing(GTK_GRID(grid), UI_GAP / 2);
    return grid;
}

void ui_facts_clear(GtkWidget *facts)
{
    gtk_container_foreach(GTK_CONTAINER(facts), (GtkCallback)(void (*)(void))gtk_widget_destroy,
                          NULL);
}

void ui_facts_add(GtkWidget *facts, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    GtkWidget *label = ui_remark(name), *text = ui_text("");
    set_safe(text, value);
    gtk_label_set_yalign(GTK_LABEL(label), 0);
    gtk_label_set_line_wrap(GTK_LABEL(label), FALSE);
    gtk_label_set_width_chars(GTK_LABEL(label), -1);
    gtk_widget_set_hexpand(text, TRUE);
    gtk_grid_attach_next_to(GTK_GRID(facts), label, NULL, GTK_POS_BOTTOM, 1, 1);
    gtk_grid_attach_next_to(GTK_GRID(facts), text, label, GTK_POS_RIGHT, 1, 1);
    gtk_widget_show(label);
    gtk_widget_show(text);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces that all pages are made of. Texts are translated already; mnemonics are marked by "_".
 * Widgets belong to what they are put into. A handler is called with its context first and may
 * leave out what else GTK passes. */
#ifndef PROMPT_UI_H
#define PROMPT_UI_H

#include <gtk/gtk.h>

#define UI_GAP  8  /* pixels between two things */
#define UI_EDGE 12 /* pixels around a page */

GtkWidget *ui_box(GtkOrientation orientation);
/* Put a widget at the end of a box; one that grows takes what room is left. */
void ui_put(GtkWidget *box, GtkWidget *child, gboolean grows);

/* A text that begins at the left and breaks into lines. */
GtkWidget *ui_text(const char *text);
/* The same in bold, as a heading. */
GtkWidget *ui_heading(const char *text);
/* A small, fainter remark below something. */
GtkWidget *ui_remark(const char *text);

/* A row of a form: a name with its mnemonic, and the field that it leads to. */
void ui_row(GtkWidget *grid, int row, const char *name, GtkWidget *field);
GtkWidget *ui_grid(void);

GtkWidget *ui_button(const char *name, GCallback pressed, void *context);

/* An entry, with an example of what belongs into it. */
GtkWidget *ui_entry(const char *example);
/* What is in it, without blanks around; lent until it changes. */
const char *ui_entry_text(GtkWidget *entry);

/* A list: its store has a text for each column (numbered from 0), then an int, the weight in which
 * the row is written (PANGO_WEIGHT_NORMAL, …). */
struct ui_column {
    const char *title;
    gboolean grows;  /* takes the room that is left; what does not fit is cut with "…" */
    gboolean number; /* stands at the right */
};
GtkWidget *ui_list(const struct ui_column *columns, int count, GCallback chosen, void *context);
GtkListStore *ui_list_store(GtkWidget *list);
/* A row at its end. */
void ui_list_add(GtkWidget *list, const char *const *cells, int count, int weight);
/* The text of the first column where the cursor is: a copy (g_free), or NULL. */
char *ui_list_chosen(GtkWidget *list);
/* Put the cursor on the row whose first column says this, else on the first one. `chosen` is
 * called. */
void ui_list_choose(GtkWidget *list, const char *first);

/* A thing in a frame that scrolls and is at least so high, in pixels. */
GtkWidget *ui_scrolled(GtkWidget *child, int height);

/* Names and values below each other, at most UI_FACTS; what has no value is not shown. */
#define UI_FACTS 16
GtkWidget *ui_facts(void);
/* What they lie in: it is as high as they are, and scrolls where that is too much. */
GtkWidget *ui_facts_frame(GtkWidget *facts);
void ui_facts_clear(GtkWidget *facts);
void ui_facts_add(GtkWidget *facts, const char *name, const char *value);

#endif

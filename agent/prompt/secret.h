/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of an entry that holds a passphrase: in locked memory, wiped with each change and at its
 * end. */
#ifndef PROMPT_SECRET_H
#define PROMPT_SECRET_H

#include <gtk/gtk.h>

/* An entry that shows dots, whose text lies in such memory; never the clipboard's to read, no input
 * method's. */
GtkWidget *secret_entry_new(void);

/* A copy of what was typed, to be freed by sodium_free; NULL when nothing was or memory is short.
 * The entry is emptied. */
char *secret_entry_take(GtkWidget *entry);

/* Before a passphrase is asked for (on) and when all of it is wiped again: no core file, and no
 * look into this process for the person's other programs (prctl(2) PR_SET_DUMPABLE). 0, or a
 * negative code. */
int secret_guard(gboolean on);

#endif

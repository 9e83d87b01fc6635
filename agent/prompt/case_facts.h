/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A case as both lists show it. */
#ifndef PROMPT_CASE_FACTS_H
#define PROMPT_CASE_FACTS_H

#include <gtk/gtk.h>
#include <jansson.h>
#include "base/buf.h"

/* Append "3 files, 2.8 MiB", or that it is seen in its room only. */
void case_put_amount(struct buf *b, const json_t *view);

/* Append the label of the destination. */
void case_put_destination(struct buf *b, const json_t *view);

/* Append a time to the minute. */
void case_put_minute(struct buf *b, const char *at);

/* What a VIEW (sekisho/ops.h) tells, into ui_facts; whose it is too where `who`. */
void case_facts(GtkWidget *facts, const json_t *view, bool who);

/* A list for the files of a case, and what fills it. */
GtkWidget *case_files_list(void);
void case_files_show(GtkWidget *list, const json_t *view);

#endif

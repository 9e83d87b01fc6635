/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hand-over as the pages show it. */
#ifndef PROMPT_HANDOVER_FACTS_H
#define PROMPT_HANDOVER_FACTS_H

#include <gtk/gtk.h>
#include <jansson.h>
#include "base/buf.h"

/* Append what is handed over: its name, or the case whose files it is. */
void handover_put_thing(struct buf *b, const json_t *h);

/* Append "name, organisation" of who receives it. */
void handover_put_receiver(struct buf *b, const json_t *h);

/* The eight fields (REC-3) of H (sekisho/ops.h), into ui_facts. */
void handover_facts(GtkWidget *facts, const json_t *h);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The register's rows (ROW of sekisho/ops.h) as tables, CSV and forms. */
#ifndef CLI_REGISTER_FORM_H
#define CLI_REGISTER_FORM_H

#include <jansson.h>
#include <stdbool.h>

/* A table of the rows that are, or are not, specific personal information. 0 or -ENOMEM. */
int register_table(const json_t *rows, bool personal);

/* All rows with every field of REC-6, heads in English. */
void register_csv(const json_t *rows);

/* One entry with every field of REC-6 by its heading, open ones visible, and its records. */
void register_form(const json_t *row, const json_t *events, bool japanese);

/* A hand-over (H of sekisho/ops.h): the eight fields with both parties (REC-3). */
void register_handover(const json_t *handover, bool japanese);

#endif

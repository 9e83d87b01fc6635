/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole form of a case's VIEW (sekisho/ops.h), in English or Japanese. */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include "client/view.h"

/* The form of one case to stdout: seven fields of a copy (REC-1), eight of a take-out (REC-2). */
void view_print(const json_t *view, bool japanese);

/* The form of one copy that the agent found (COPY of sekisho/ops.h): the seven fields of a copy. */
void view_print_found(const json_t *view, bool japanese);

#endif

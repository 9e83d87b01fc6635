/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How refusals speak of questions to people, who know commands and options but neither ops nor fields. */
#ifndef CONTROL_WORDS_H
#define CONTROL_WORDS_H

#include <jansson.h>
#include "base/buf.h"

struct ask;
struct op_row;

/* The command that asks it, as it is typed behind "sekisho": "register check". The op itself where no command asks it. */
const char *words_of_op(const char *op);

/* What people call a field, as a phrase; the name itself where only programs fill it. */
const char *words_of_field(const char *name);

/* For whom it is, with commas, phrases; and what the asker is. */
void words_of_rights(const struct op_row *row, struct buf *ret);
void words_of_roles(const struct ask *a, struct buf *ret);

/* {"of":"areas"|"contracts"|"destinations"|"consents"|"persons"|"purposes"|"roles","words":[…]} that the asker could
 * have used instead, by the reason of the refusal or the field whose form is wrong ("" = none); NULL: no list helps. */
json_t *words_valid(const struct ask *a, const char *field);

#endif

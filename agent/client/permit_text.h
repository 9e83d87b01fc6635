/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A permit's text (control/texts.h has its form) as it is read where no agent runs. */
#ifndef CLIENT_PERMIT_TEXT_H
#define CLIENT_PERMIT_TEXT_H

#include <sekisho/limits.h>
#include "base/buf.h"
#include "base/fault.h"

/* Is it a permit's text that holds together: its lines, and the request below them, whose digest it states? 0, or
 * the code of the fault; name is for its words. *ret_case: the id of the case or hand-over. */
int permit_text_check(const char *text, const char *name, char ret_case[static SK_ID_MAX + 1], struct fault *f)
    SK_MUST_CHECK;

/* Append the value of the first line "key: value", as it stands there (escaped); false: there is none. */
bool permit_text_value(const char *text, const char *key, struct buf *out);

/* The id that a text starts with ("T-20261121-0001", also C-, H- and S-); false: it starts with none. */
bool permit_text_id(const char *text, char ret[static SK_ID_MAX + 1]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people read is in their language: the programs' own texts (gettext), and the sentences that
 * daemons and records hold (base/phrase.h). */
#ifndef CLIENT_LANGUAGE_H
#define CLIENT_LANGUAGE_H

#include <libintl.h>
#include <stdbool.h>
#include "base/buf.h"
#include "record/phrases.h"

#define _(text)        gettext(text)
#define NG_(one, many) one, many /* of a table, for ngettext */

/* Once, at the beginning of main: the locale of the environment, of which a program needs
 * characters and messages only, and the catalogue (of SEKISHO_LOCALE_DIR, where that is set). */
void language_start(void);

/* Once, before the other functions: the language of forms ("ja" or "en"), which is also that of the
 * sentences in answers, and whether the output is JSON, which stays English. */
void language_choose(const char *lang, bool json);

/* Say all sentences of an answer, finding or record, in place. 0 or -ENOMEM. */
int language_say(json_t *value) SK_MUST_CHECK;

/* Append one text. */
void language_put(struct buf *b, const char *text);

/* What an error code (base or -errno) means. */
const char *language_strerror(int code);

#endif

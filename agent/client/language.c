/* SPDX-License-Identifier: GPL-3.0-or-later */
/* language.c owns the catalogue, and the way from a phrase to the reader's words. It must never
 * change what is no phrase, or leave the locale another than it found it once the program has
 * begun. */
#include "client/language.h"
#include <locale.h>
#include <sekisho/err.h>
#include <stdlib.h>
#include <string.h>
#include "base/phrase.h"
#include "base/str.h"

/* glibc asks for LANGUAGE again after this has changed (gettext's manual, "Being a gettext grok").
 */
extern int _nl_msg_cat_cntr; // NOLINT(bugprone-reserved-identifier)

static bool plain, foreign; /* foreign: the form's language is not the screen's */

/* What messages need and no more: each category is a file or two to look for at every start.
 * Numbers are then written alike in every language. */
static bool take_locale(const char *name)
{
    return setlocale(LC_CTYPE, name) && setlocale(LC_MESSAGES, name);
}

/* Debian's own locale names are often not generated on a PC; messages need only the language. */
void language_start(void)
{
    const char *wanted = getenv("LC_ALL");
    if (!wanted || !wanted[0])
        wanted = getenv("LC_MESSAGES");
    if (!wanted || !wanted[0])
        wanted = getenv("LANG");
    if (!take_locale("") && take_locale("C.UTF-8") && wanted)
        setenv("LANGUAGE", wanted, 0);
    const char *folder = getenv("SEKISHO_LOCALE_DIR");
    bindtextdomain("sekisho", folder ? folder : SEKISHO_LOCALE_DIR);
    bind_textdomain_codeset("sekisho", "UTF-8");
    textdomain("sekisho");
}

void language_choose(const char *lang, bool json)
{
    bool japanese = str_eq(lang, "ja"), screen = str_eq(_("en"), "ja");
    foreign = japanese && !screen;
    plain = json || (!japanese && screen);
}

static void set_language(const char *language, const char *locale)
{
    if (language)
        setenv("LANGUAGE", language, 1);
    else
        unsetenv("LANGUAGE");
    setlocale(LC_MESSAGES, locale);
    _nl_msg_cat_cntr++;
}

static const char *say(const char *id)
{
    if (plain)
        return id;
    if (!foreign)
        return gettext(id);
    const char *language = getenv("LANGUAGE"), *locale = setlocale(LC_MESSAGES, NULL);
    autofree char *language_before = language ? strdup(language) : NULL;
    autofree char *locale_before = locale ? strdup(locale) : NULL;
    if (!locale_before || (language && !language_before))
        return id;
    set_language("ja", "C.UTF-8"); /* in "C" no language is looked for */
    const char *text = gettext(id);
    set_language(language_before, locale_before);
    return text;
}

int language_say(json_t *value)
{
    return phrases_show(value, say);
}

void language_put(struct buf *b, const char *text)
{
    phrase_show(b, text, say);
}

const char *language_strerror(int code)
{
    const char *text = sk_strerror(code), *here = gettext(text);
    return here == text ? dgettext("libc", text) : here;
}

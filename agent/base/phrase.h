/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences that one process says and another shows. They are English wherever they are made, kept or
 * compared; so that a reader's own language can stand in their place on a screen or paper, a phrase
 * carries marks (control characters, which no name, path or text of a person's can hold) around itself
 * and around what was put into it:
 *
 *     MARK_PHRASE literal MARK_ARGUMENT %zu MARK_VALUE 5 MARK_END literal … MARK_END
 *
 * Without its marks it is the English sentence; the literals with the conversions between them are the
 * message id for gettext. A value may hold phrases itself, and text around phrases stays what it is, so a
 * phrase may be copied, cut and put into others like any text. Phrases go between the processes as they
 * are; into records with phrases_put, onto screens with phrase_show (record/phrases.h). */
#ifndef BASE_PHRASE_H
#define BASE_PHRASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <sekisho/err.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/clean.h"

#define MARK_PHRASE   '\x02'
#define MARK_END      '\x03'
#define MARK_ARGUMENT '\x0e'
#define MARK_VALUE    '\x0f'

/* A whole sentence without anything put into it. installer/po/update collects these. */
#define PHRASE(text) "\x02" text "\x03"

/* Like snprintf and buf_printf, as a phrase. Of conversions only d i u x c s are taken, without flags and
 * width. What does not fit is cut, and then is plain English. Nothing is allocated by the first two. */
void phrase_print(char *out, size_t cap, const char *format, ...) SK_PRINTF(3, 4);
void phrase_vprint(char *out, size_t cap, const char *format, va_list ap) SK_PRINTF(3, 0);
void phrase_put(struct buf *b, const char *format, ...) SK_PRINTF(2, 3);
void phrase_vput(struct buf *b, const char *format, va_list ap) SK_PRINTF(2, 0);

/* An English word or sentence that some table or the C library has, as a phrase kept in ret; what does not fit
 * is cut. The macros' texts live as long as the block that they stand in. */
#define PHRASE_OF_CAP 96
const char *phrase_of(char ret[static PHRASE_OF_CAP], const char *english);
#define PHRASE_OF(english) phrase_of((char[PHRASE_OF_CAP]){""}, english)
#define PHRASE_ERROR(code) PHRASE_OF(sk_strerror(code))

/* Are there marks in it? */
bool phrase_is(const char *text);

/* Take the marks out: English. */
void phrase_plain(char *text);

/* Append with str_escape everything but the marks. */
void phrase_escape(struct buf *b, const char *text);

/* Append in the language that lookup (gettext) gives. Cut or senseless marks do no harm. */
void phrase_show(struct buf *b, const char *text, const char *(*lookup)(const char *id));

/* Where text begins, not before end: the parts of one phrase. False when there is none. */
#define PHRASE_ARGUMENTS_MAX 16
struct phrase_part {
    const char *at; /* in the text */
    size_t len;
};
struct phrase_parts {
    struct buf id; /* the message id */
    struct phrase_part argument[PHRASE_ARGUMENTS_MAX];
    size_t count;
    size_t used;   /* bytes of text that the phrase takes, marks included */
};
/* Take apart the phrase that text, len bytes, begins with. 0, or a negative code when it is none. id is to
 * be freed in any case. */
int phrase_split(const char *text, size_t len, struct phrase_parts *ret) SK_MUST_CHECK;

#endif

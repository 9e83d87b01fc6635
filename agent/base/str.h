/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strings: strict numbers, UTF-8, escaping for screens, hex, base64, nearest match. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

/* A text that the command-line tool translates where it shows it. */
#define N_(text) text

bool str_eq(const char *a, const char *b);
bool str_starts(const char *s, const char *prefix);

/* How many of the first len bytes are those of an id: [A-Za-z0-9._-]. */
size_t str_span_id(const char *s, size_t len);

/* A whole decimal number 0…max, digits only (no sign, space or leading zero but "0" itself).
 * 0, or SK_ERR_FORMAT / SK_ERR_LIMIT. */
int str_to_u64(const char *s, uint64_t max, uint64_t *ret) SK_MUST_CHECK;

/* True when the len bytes are valid UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool str_is_utf8(const char *s, size_t len);

/* A character that moves, hides or reorders what is shown (a control, line breaks among them, of direction, of width
 * zero) at the beginning of s: its bytes and *ret; 0 when another one stands there. */
size_t str_deceptive(const char *s, size_t len, uint32_t *ret);

/* Append s for a terminal or a text record: printable UTF-8 as it is; control characters (C0, DEL,
 * C1), bidirectional controls, line separators, backslash and invalid bytes as \n, \t, \\, \xHH or
 * \u{HHHH}. The result holds no newline and no escape sequence and can be turned back. */
void str_escape(struct buf *b, const char *s, size_t len);

/* The inverse of str_escape: raw bytes appended to b. 0 or SK_ERR_FORMAT. */
int str_unescape(struct buf *b, const char *s, size_t len) SK_MUST_CHECK;

/* Columns that a terminal gives to UTF-8 text (East Asian wide = 2, combining = 0). */
size_t str_columns(const char *s, size_t len);

/* Lower-case hexadecimal; out holds 2 * len + 1 bytes. */
void str_hex(char *out, const void *data, size_t len);
/* Exactly 2 * len lower- or upper-case hex digits into data. 0 or SK_ERR_FORMAT. */
int str_unhex(const char *hex, size_t hex_len, void *data, size_t len) SK_MUST_CHECK;

/* Standard base64 with padding, appended to b. */
void str_base64(struct buf *b, const void *data, size_t len);
/* Decode exactly len bytes of canonical padded base64. 0 or SK_ERR_FORMAT. */
int str_unbase64(const char *text, size_t text_len, void *data, size_t len) SK_MUST_CHECK;

/* The entry of names[count] nearest to word (edit distance at most a third of its length, at least
 * 1), or NULL when none is near. */
const char *str_nearest(const char *word, const char *const *names, size_t count);

/* The next word of a comma-separated list, blanks around it skipped; empty words are returned too.
 * *at moves on and becomes NULL after the last. False when *at is NULL. Pointers into the list. */
bool str_next_word(const char **at, const char **ret_word, size_t *ret_len);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people are shown, whatever shows it: foreign text made safe, sizes, times, persons. */
#ifndef CLIENT_SCREEN_H
#define CLIENT_SCREEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

/* Append text that came from outside so that it can't steer a terminal. Text that is already in
 * the form of str_escape (names from records) is taken as it is, anything else is escaped. */
void screen_safe(struct buf *b, const char *text);

/* Append a text of several lines as people check it before they sign it: line by line, each made
 * safe, with `before` at its beginning, newlines between them. */
void screen_lines(struct buf *b, const char *before, const char *text);

/* Append "12,345 bytes (12.1 KiB)", translated. */
void screen_size(struct buf *b, uint64_t bytes, bool japanese);

/* Append "12.1 KiB" or "345 B". */
void screen_short_size(struct buf *b, uint64_t bytes);

/* Append a record's time (RFC 3339) or date as people read it, in Japan's time:
 * "2026-11-21 09:15:30 +09:00", or in Japanese "令和8年11月21日 9時15分 (2026-11-21 09:15:30
 * +09:00)". What is no time is appended safely as it is. */
void screen_time(struct buf *b, const char *text, bool japanese);

/* Append "3 h 20 min" for nanoseconds. */
void screen_duration(struct buf *b, uint64_t ns);

/* Append ", 12.1 MiB/s, 3 min 20 s left" for what was done of a total in so many nanoseconds;
 * nothing in the first second, which says too little, and no time left at the end. */
void screen_pace(struct buf *b, uint64_t done, uint64_t total, uint64_t ns);

/* "name (id)" of a person object, or the id or login alone, or "" when there is none. */
void screen_person(struct buf *b, const json_t *person);

#endif

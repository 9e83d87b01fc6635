/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a record says, in the words of a form. A form is written in the language that was asked for,
 * never in the locale's; its days and times are Japan's. All functions append to a buf whose err is
 * looked at in the end; nothing is appended for what a record does not say. */
#ifndef REPORT_SAY_H
#define REPORT_SAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

/* One text in both languages. */
struct report_text {
    const char *ja, *en;
};
const char *report_in(const struct report_text *text, bool japanese);

/* What is not to be filled in (yet). */
extern const struct report_text report_none; /* なし / none */
extern const struct report_text report_open; /* 未了 / open */

/* "令和8年4月1日 9時05分" or "2026-04-01 09:05"; of a date without a time the day alone. */
void say_time(struct buf *b, const char *time, bool japanese);
/* The same on two lines, for a narrow cell. */
void say_moment(struct buf *b, const char *time, bool japanese);
/* "令和8年4月1日" of a second. */
void say_day(struct buf *b, int64_t wall_s, bool japanese);
void say_size(struct buf *b, uint64_t bytes, bool japanese);
/* "佐藤 花子 (sato)", or the id or login alone. */
void say_person(struct buf *b, const json_t *person);
/* The i-th who approved, by a permit's record or by what another says of the permission: of several each one's row, else
 * the one approver; NULL = there are no more. */
const json_t *say_approval(const json_t *permission, size_t i, const json_t **ret_person);
/* All of them: "佐藤 花子 (sato)、田中 (tanaka)（管理 責子 (boss) の代理）". */
void say_approvers(struct buf *b, const json_t *permission, bool japanese);
/* Behind them, of a case that a standing permit permitted: which, and when that was granted. */
void say_standing(struct buf *b, const json_t *permission, bool japanese);
/* How it was erased, where the agent's own word says it ("overwrite", "keys"); people's texts as they are. */
const char *say_method(const char *method, bool japanese);
/* A proof {text, file, sha256}, or a text. */
void say_proof(struct buf *b, const json_t *proof, bool japanese);
/* 「海辺市 住民第12号」 令和8年4月1日 [letter-12] */
void say_consent(struct buf *b, const json_t *consent, bool japanese);
/* Two lines of one cell: a newline between, when there is something before and after. */
void say_line(struct buf *b, const char *text);
void say_labelled(struct buf *b, const struct report_text *label, const char *text, bool japanese);

/* Second of the day in Japan, and the day of the week (0 = Sunday). */
unsigned say_second_of_day(int64_t wall_s);
unsigned say_weekday(int64_t wall_s);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One notice: what sekisho-control may say (<sekisho/proto.h>, NOTICE), and its text. */
#ifndef NOTIFY_NOTICE_H
#define NOTIFY_NOTICE_H

#include <jansson.h>
#include <sekisho/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/clock.h"

enum notice_kind { NOTICE_OPENED, NOTICE_ADDED, NOTICE_LATE };

#define NOTICE_NONE (~0u)

/* Every text is one of a table's words, an id or a time: nothing else is ever sent. It holds no pointer, so
 * that it can be handed to another process as it is. */
struct notice {
    char incident[SK_ID_MAX + 1];
    unsigned kind;                                    /* enum notice_kind */
    unsigned type, trigger, which;                    /* rows of <sekisho/incident.h>; trigger NOTICE_NONE: a person
                                                         opened it; which: the report that is late, else NOTICE_NONE */
    uint8_t again;                                    /* bool: it may have come through before */
    char opened[CLOCK_TIME_CAP], due[CLOCK_TIME_CAP]; /* in Japan's time; due "" = nothing */
    uint8_t skip[SK_NOTICES_MAX + 1];                 /* bool: numbers of those who know */
};

/* Exactly the members of NOTICE, with known words. 0 or SK_ERR_FORMAT. */
int notice_read(const json_t *message, struct notice *ret) SK_MUST_CHECK;
/* Is each member what notice_read could have made? */
bool notice_valid(const struct notice *n);
/* "opened", "added", "late" */
const char *notice_kind(const struct notice *n);

/* A line for a subject, ASCII; the text in Japanese and English. host is made harmless. out's error. */
int notice_subject(const struct notice *n, const char *host, struct buf *out) SK_MUST_CHECK;
int notice_text(const struct notice *n, const char *host, struct buf *out) SK_MUST_CHECK;

#endif

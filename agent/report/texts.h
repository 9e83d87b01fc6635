/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts kept once each, by number, so that a million access records fit into memory. */
#ifndef REPORT_TEXTS_H
#define REPORT_TEXTS_H

#include <stddef.h>
#include <stdint.h>
#include "base/clean.h"

struct texts; /* opaque */

/* 0 or -ENOMEM. */
int texts_new(struct texts **ret) SK_MUST_CHECK;
void texts_free(struct texts **n);

/* The text's number; number 0 is "". 0, -ENOMEM, SK_ERR_LIMIT. */
int texts_take(struct texts *n, const char *text, size_t len, uint32_t *ret) SK_MUST_CHECK;
/* Lives until the next texts_take. "" for a number that was not given. */
const char *texts_text(const struct texts *n, uint32_t number);
uint32_t texts_count(const struct texts *n);

#endif
